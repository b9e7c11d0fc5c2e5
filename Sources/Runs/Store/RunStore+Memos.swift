package import Domain
package import OCI
import Storage
package import Workflows

/// A result that is kept for attempts with the same key.
package struct ListedMemo: Sendable {
    package let key: Digest
    package let attempt: AttemptID
    /// Number of its run.
    package let run: Int64
    /// `stage.job` of the leg that made it.
    package let job: String
    package let createdAt: Timestamp
    package let artifactBytes: Int64
}

extension RunStore {
    static let memoMigration = Migration(
        name: "memos-1",
        statements: [
            """
            CREATE TABLE memos (
                namespace_id INTEGER NOT NULL,
                key TEXT NOT NULL,
                attempt TEXT NOT NULL,
                run INTEGER NOT NULL,
                job TEXT NOT NULL,
                report BLOB NOT NULL,
                artifact_bytes INTEGER NOT NULL,
                created_at INTEGER NOT NULL,
                PRIMARY KEY (namespace_id, key)
            ) WITHOUT ROWID
            """
        ])

    /// The last result wins: it was made by the same inputs, and is the one that is still here.
    static func insert(
        _ memo: MemoEntry, job: String, at now: Timestamp, in namespace: NamespaceID,
        _ transaction: Transaction
    ) throws {
        try transaction.execute(
            """
            INSERT INTO memos
            (namespace_id, key, attempt, run, job, report, artifact_bytes, created_at)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (namespace_id, key) DO UPDATE SET attempt = excluded.attempt,
            run = excluded.run, job = excluded.job, report = excluded.report,
            artifact_bytes = excluded.artifact_bytes, created_at = excluded.created_at
            """,
            [
                .integer(namespace.value), .text(memo.key.description),
                .text(memo.attempt.description), .integer(memo.run), .text(job),
                .blob(memo.report.json.canonicalBytes),
                .integer(memo.report.artifacts.values.reduce(0) { $0 + $1.size }),
                .integer(now.microseconds),
            ])
    }

    func memo(_ key: Digest) async throws -> MemoEntry? {
        let namespace = namespace
        let row = try await database.read { transaction in
            try transaction.query(
                "SELECT attempt, report, run FROM memos WHERE namespace_id = ? AND key = ?",
                [.integer(namespace.value), .text(key.description)]
            ).first.map { (try $0.text(at: 0), try $0.blob(at: 1), try $0.integer(at: 2)) }
        }
        guard let (attempt, report, run) = row, let id = AttemptID(parsing: attempt) else {
            return nil
        }
        return MemoEntry(
            key: key, attempt: id, run: run,
            report: try AttemptReport(json: try JSONParser.parse(report)))
    }

    package func removeMemo(_ key: Digest) async throws {
        let namespace = namespace
        try await database.write { transaction in
            try transaction.execute(
                "DELETE FROM memos WHERE namespace_id = ? AND key = ?",
                [.integer(namespace.value), .text(key.description)])
        }
    }

    /// Forgets results that were made before a time; how many.
    package func forgetMemos(madeBefore time: Timestamp) async throws -> Int {
        let namespace = namespace
        return try await database.write { transaction in
            let values: [SQLValue] = [.integer(namespace.value), .integer(time.microseconds)]
            let count = try transaction.query(
                "SELECT count(*) FROM memos WHERE namespace_id = ? AND created_at < ?", values
            ).first?.integer(at: 0)
            try transaction.execute(
                "DELETE FROM memos WHERE namespace_id = ? AND created_at < ?", values)
            return Int(count ?? 0)
        }
    }

    /// The newest first.
    package func memos() async throws -> [ListedMemo] {
        let namespace = namespace
        let rows = try await database.read { transaction in
            try transaction.query(
                """
                SELECT key, attempt, job, created_at, artifact_bytes, run FROM memos
                WHERE namespace_id = ? ORDER BY created_at DESC, key
                """, [.integer(namespace.value)])
        }
        return try rows.compactMap { row in
            guard let attempt = AttemptID(parsing: try row.text(at: 1)) else { return nil }
            return ListedMemo(
                key: try Digest(parsing: try row.text(at: 0)), attempt: attempt,
                run: try row.integer(at: 5), job: try row.text(at: 2),
                createdAt: Timestamp(microseconds: try row.integer(at: 3)),
                artifactBytes: try row.integer(at: 4))
        }
    }
}
