package import Domain
package import OCI
import Storage
import Workflows

/// What runs and memos need of the stores: every digest that they name.
extension RunStore {
    /// Rows that are held at once; an event may have a mebibyte.
    private static let pageSize: Int64 = 200
    private static let mark = SQLValue.blob(Array("sha256:".utf8))

    /// Calls with every event that names a digest, run by run. Streams.
    package func forEachNaming(
        _ body: (_ run: String, _ event: [UInt8]) throws -> Void
    ) async throws {
        var run = ""
        var sequence: Int64 = 0
        while true {
            let values: [SQLValue] = [
                .text(run), .integer(sequence), Self.mark, .integer(Self.pageSize),
            ]
            let rows = try await database.read {
                try $0.query(
                    """
                    SELECT run_id, sequence, body FROM run_events
                    WHERE (run_id, sequence) > (?, ?) AND instr(body, ?) > 0
                    ORDER BY run_id, sequence LIMIT ?
                    """, values)
            }
            for row in rows {
                run = try row.text(at: 0)
                sequence = try row.integer(at: 1)
                try body(run, try row.blob(at: 2))
            }
            if rows.count < Int(Self.pageSize) { return }
        }
    }

    /// Calls with every memo: its key, when it was made, and what it gives. Streams.
    package func forEachMemo(
        _ body: (_ key: Digest, _ madeAt: Timestamp, _ report: [UInt8]) throws -> Void
    ) async throws {
        var last = ""
        while true {
            let values: [SQLValue] = [
                .integer(namespace.value), .text(last), .integer(Self.pageSize),
            ]
            let rows = try await database.read {
                try $0.query(
                    """
                    SELECT key, created_at, report FROM memos
                    WHERE namespace_id = ? AND key > ? ORDER BY key LIMIT ?
                    """, values)
            }
            for row in rows {
                last = try row.text(at: 0)
                try body(
                    try Digest(parsing: last), Timestamp(microseconds: try row.integer(at: 1)),
                    try row.blob(at: 2))
            }
            if rows.count < Int(Self.pageSize) { return }
        }
    }

    /// The digests that a memo's report names; one that cannot be read names none.
    package static func digests(ofMemo report: [UInt8]) -> [Digest] {
        do {
            let read = try AttemptReport(json: try JSONParser.parse(report))
            return read.artifacts.values.map(\.digest) + read.reports.map(\.digest)
        } catch {
            return []
        }
    }

    /// Forgets some memos in one transaction, but for those that were made anew since.
    package func removeMemos(_ memos: [(key: Digest, madeAt: Timestamp)]) async throws {
        let namespace = namespace
        let keys = memos.map { ($0.key.description, $0.madeAt.microseconds) }
        try await database.write { transaction in
            for (key, time) in keys {
                try transaction.execute(
                    "DELETE FROM memos WHERE namespace_id = ? AND key = ? AND created_at = ?",
                    [.integer(namespace.value), .text(key), .integer(time)])
            }
        }
    }

    /// The attempts, out of some, that belong to a run of this home which has ended.
    package func ended(_ runs: Set<RunID>) async throws -> Set<RunID> {
        var ended: Set<RunID> = []
        for run in runs {
            let rows = try await database.read {
                try $0.query(
                    """
                    SELECT 1 FROM runs
                    WHERE id = ? AND state NOT IN ('queued', 'running', 'paused')
                    """, [.text(run.text)])
            }
            if !rows.isEmpty { ended.insert(run) }
        }
        return ended
    }

    /// Whether a run is recorded.
    package func isRecorded(_ run: RunID) async throws -> Bool {
        try await database.read {
            try !$0.query("SELECT 1 FROM runs WHERE id = ?", [.text(run.text)]).isEmpty
        }
    }
}
