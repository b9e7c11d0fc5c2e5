package import Domain

/// Brings stored events of older versions to the form that is decoded, one version at a time; what
/// is stored stays as it is.
///
/// A version is needed only where a member changes its meaning, its name or its place. Members that
/// are new, and absent from what was stored before, are read as their default.
package struct EventLifts: Sendable {
    package typealias Step =
        @Sendable (_ members: [String: JSONValue]) throws(EventError) -> [String: JSONValue]

    /// The version that is decoded.
    private let version: Int64
    /// Version → what makes the next one's members of its members; `v` is seen to.
    private let steps: [Int64: Step]

    package init(to version: Int64, steps: [Int64: Step]) {
        self.version = version
        self.steps = steps
    }

    /// Version 1 is the first.
    package static let all = EventLifts(to: RunEvent.version, steps: [:])

    package func lift(_ json: JSONValue) throws(EventError) -> JSONValue {
        let stored = try EventReader(json: json).integer("v")
        if stored == version { return json }
        guard stored < version else { throw .newerVersion(stored) }
        var members = json.objectValue ?? [:]
        for current in stored..<version {
            guard let step = steps[current] else { throw .unknownVersion(stored) }
            members = try step(members)
            members["v"] = .integer(current + 1)
        }
        return .object(members)
    }
}
