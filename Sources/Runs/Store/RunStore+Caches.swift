package import Domain
package import OCI
import Storage
import Workflows

/// Who may read and write a cache (DESIGN §5, "Memoisation"): runs of others' code will read what
/// trusted ones keep, and never write it.
package enum CacheScope: String, Sendable {
    case trusted
}

/// One cache of a home, as lists show it.
package struct ListedCache: Sendable {
    package let workflow: String
    package let key: String
    package let paths: [String]
    package let digest: Digest
    package let size: Int64
    package let savedAt: Timestamp
    package let usedAt: Timestamp
    /// The run that kept it.
    package let run: String
}

/// Which content belongs to a key; the content itself is the executor's.
extension RunStore {
    private static func text(_ paths: [String]) -> String {
        JSONValue.array(paths.sorted().map(JSONValue.string)).canonicalText
    }

    /// What a key stands for, for these very paths; notes that it was asked for.
    func cache(
        _ key: String, of workflow: String, paths: [String], in scope: CacheScope = .trusted,
        usedAt now: Timestamp
    ) async throws -> ArtifactRecord? {
        let place: [SQLValue] = [
            .integer(namespace.value), .text(scope.rawValue), .text(workflow), .text(key),
            .text(Self.text(paths)),
        ]
        return try await database.write { transaction in
            let rows = try transaction.query(
                """
                SELECT digest, size FROM caches WHERE namespace_id = ? AND scope = ?
                AND workflow = ? AND key = ? AND paths = ?
                """, place)
            guard let row = rows.first else { return nil }
            try transaction.execute(
                """
                UPDATE caches SET used_at = ? WHERE namespace_id = ? AND scope = ?
                AND workflow = ? AND key = ? AND paths = ?
                """, [.integer(now.microseconds)] + place)
            return ArtifactRecord(
                kind: .folder, digest: try Digest(parsing: try row.text(at: 0)),
                size: try row.integer(at: 1), isExecutable: false)
        }
    }

    /// Lets a key stand for a content from now on.
    func keepCache(
        _ key: String, of workflow: String, paths: [String], _ content: ArtifactRecord,
        in scope: CacheScope = .trusted, run: RunID, at now: Timestamp
    ) async throws {
        let values: [SQLValue] = [
            .integer(namespace.value), .text(scope.rawValue), .text(workflow), .text(key),
            .text(Self.text(paths)), .text(content.digest.description), .integer(content.size),
            .integer(now.microseconds), .integer(now.microseconds), .text(run.text),
        ]
        try await database.write { transaction in
            try transaction.execute(
                """
                INSERT OR REPLACE INTO caches
                (namespace_id, scope, workflow, key, paths, digest, size, saved_at, used_at, run_id)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """, values)
        }
    }

    /// All caches, the last used first.
    package func caches() async throws -> [ListedCache] {
        let namespace = namespace
        let rows = try await database.read {
            try $0.query(
                """
                SELECT workflow, key, paths, digest, size, saved_at, used_at, run_id
                FROM caches WHERE namespace_id = ? ORDER BY used_at DESC, workflow, key, paths
                """,
                [.integer(namespace.value)])
        }
        return try rows.map { row in
            let paths = try JSONParser.parse(Array(try row.text(at: 2).utf8)).arrayValue ?? []
            return ListedCache(
                workflow: try row.text(at: 0), key: try row.text(at: 1),
                paths: paths.compactMap(\.stringValue),
                digest: try Digest(parsing: try row.text(at: 3)), size: try row.integer(at: 4),
                savedAt: Timestamp(microseconds: try row.integer(at: 5)),
                usedAt: Timestamp(microseconds: try row.integer(at: 6)),
                run: try row.text(at: 7))
        }
    }

    /// Forgets the caches that nobody asked for since a moment; of one workflow, or of all.
    package func forgetCaches(unusedSince time: Timestamp, of workflow: String?) async throws {
        let values: [SQLValue] = [
            .integer(namespace.value), .integer(time.microseconds),
            .integer(workflow == nil ? 1 : 0), .text(workflow ?? ""),
        ]
        try await database.write { transaction in
            try transaction.execute(
                """
                DELETE FROM caches WHERE namespace_id = ? AND used_at <= ? AND (? OR workflow = ?)
                """, values)
        }
    }
}
