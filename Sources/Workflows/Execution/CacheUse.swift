import Domain

/// A cache of one attempt: its key expanded, and what it begins with.
package struct CacheRequest: Hashable, Sendable {
    package let key: String
    /// Relative to the working folder.
    package let paths: [String]
    /// A folder that holds the paths; nil for a miss.
    package var content: ArtifactRecord?

    package init(key: String, paths: [String], content: ArtifactRecord? = nil) {
        self.key = key
        self.paths = paths
        self.content = content
    }
}

/// What became of a cache in one attempt.
package struct CacheUse: Hashable, Sendable {
    package let key: String
    /// What the attempt began with; nil for a miss.
    package let restored: ArtifactRecord?
    /// What was kept afterwards; nil where nothing had changed, or the attempt did not succeed.
    package let saved: ArtifactRecord?
    /// Why it could not be kept; that fails no job.
    package let problem: String?

    package init(
        key: String, restored: ArtifactRecord?, saved: ArtifactRecord? = nil,
        problem: String? = nil
    ) {
        self.key = key
        self.restored = restored
        self.saved = saved
        self.problem = problem
    }
}

extension CacheUse {
    package func with(saved: ArtifactRecord?, problem: String? = nil) -> CacheUse {
        CacheUse(key: key, restored: restored, saved: saved, problem: problem ?? self.problem)
    }

    var json: JSONValue {
        var members: [String: JSONValue] = ["key": .string(key)]
        members["restored"] = restored?.json
        members["saved"] = saved?.json
        members["problem"] = problem.map(JSONValue.string)
        return .object(members)
    }

    init(_ reader: EventReader) throws(EventError) {
        func record(_ key: String) throws(EventError) -> ArtifactRecord? {
            reader.json[key] == nil ? nil : try ArtifactRecord(try reader.object(key))
        }
        self.init(
            key: try reader.text("key"), restored: try record("restored"),
            saved: try record("saved"), problem: reader.json["problem"]?.stringValue)
    }
}
