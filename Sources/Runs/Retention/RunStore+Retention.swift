package import Domain
import Storage
import Workflows

/// What collecting asks of the tables, in pages, and takes from them, in small transactions.
extension RunStore {
    /// Numbers of runs that are gone are not given again, and runs that are gone leave nothing.
    static let retentionMigration = Migration(
        name: "retention-1",
        statements: [
            """
            CREATE TABLE run_numbers (
                namespace_id INTEGER PRIMARY KEY, last INTEGER NOT NULL
            )
            """
        ])

    private static let pageSize = 5000

    /// All runs with those that they called; 200 bytes a run are held.
    package func families(isOwned: (RunID) throws -> Bool) async throws -> [RunFamily] {
        var runs: [RetainedRun] = []
        while true {
            let last = runs.last?.number ?? 0
            let page = try await retained(after: last)
            runs += page
            if page.count < Self.pageSize { break }
        }
        var needed = try await neededByUnfinished()
        for run in runs where try isOwned(run.id) { needed.insert(run.id) }
        return RunFamily.all(runs, needed: needed)
    }

    private func retained(after number: Int64) async throws -> [RetainedRun] {
        let values: [SQLValue] = [
            .integer(namespace.value), .integer(number), .integer(Int64(Self.pageSize)),
        ]
        let rows = try await database.read {
            try $0.query(
                """
                SELECT id, number, workflow, state, created_at, ended_at, called_by FROM runs
                WHERE namespace_id = ? AND number > ? ORDER BY number LIMIT ?
                """, values)
        }
        return try rows.map { row in
            let text = try row.text(at: 0)
            guard let id = RunID(parsing: text) else { throw RunsError.noSuchRun(text) }
            return RetainedRun(
                id: id, number: try row.integer(at: 1), workflow: try row.text(at: 2),
                // What a later version may know has not ended for all that is known here.
                phase: RunPhase(rawValue: try row.text(at: 3)) ?? .running,
                createdAt: Timestamp(microseconds: try row.integer(at: 4)),
                endedAt: try row.optionalInteger(at: 5).map(Timestamp.init(microseconds:)),
                caller: try row.optionalText(at: 6).flatMap { AttemptID(parsing: $0)?.run })
        }
    }

    /// Runs that those which have not ended were made from.
    private func neededByUnfinished() async throws -> Set<RunID> {
        var needed: Set<RunID> = []
        for run in try await unfinished() {
            let origins = try await database.read {
                try $0.query(
                    """
                    SELECT body FROM run_events WHERE run_id = ?
                    AND (sequence = 1 OR instr(body, ?) > 0)
                    """, [.text(run.id.text), .blob(Array("\"job-reused\"".utf8))])
            }
            for row in origins {
                switch try RunEvent(json: try JSONParser.parse(try row.blob(at: 0))) {
                case .created(let creation): if let old = creation.rerunOf { needed.insert(old) }
                case .jobReused(_, let reused): needed.insert(reused.run)
                default: break
                }
            }
        }
        return needed
    }

    /// Removes what is known of runs, but for their events and reports (`removeForgotten`), in one
    /// transaction; a family of which one has not ended stays. Gives those that went.
    package func remove(_ families: [RunFamily]) async throws -> [RunFamily] {
        let namespace = namespace
        return try await database.write { transaction in
            var gone: [RunFamily] = []
            for family in families where try Self.haveEnded(family.runs, transaction) {
                for run in family.runs { try Self.remove(run, namespace, transaction) }
                gone.append(family)
            }
            return gone
        }
    }

    private static func haveEnded(_ runs: [RunID], _ transaction: Transaction) throws -> Bool {
        try runs.allSatisfy { run in
            try transaction.query(
                """
                SELECT 1 FROM runs WHERE id = ? AND state IN ('queued', 'running', 'paused')
                """, [.text(run.text)]
            ).isEmpty
        }
    }

    private static func remove(
        _ run: RunID, _ namespace: NamespaceID, _ transaction: Transaction
    ) throws {
        try transaction.execute(
            """
            INSERT INTO run_numbers (namespace_id, last) SELECT ?1, number FROM runs WHERE id = ?2
            ON CONFLICT (namespace_id) DO UPDATE SET last = max(last, excluded.last)
            """, [.integer(namespace.value), .text(run.text)])
        for statement in [
            "DELETE FROM run_artifacts WHERE run_id = ?", "DELETE FROM runs WHERE id = ?",
        ] {
            try transaction.execute(statement, [.text(run.text)])
        }
    }

    /// Events that one transaction removes at most.
    private static let eventsAtOnce = 5000

    /// Removes events and reports of runs that are gone, some at a time; says whether there were
    /// any, so that the caller comes again.
    package func removeForgotten() async throws -> Bool {
        try await database.write { transaction in
            let runs = try transaction.query(
                """
                WITH RECURSIVE seen (id) AS (
                    SELECT min(run_id) FROM run_events
                    UNION ALL
                    SELECT (SELECT min(run_id) FROM run_events WHERE run_id > seen.id)
                    FROM seen WHERE seen.id IS NOT NULL
                )
                SELECT id FROM seen
                WHERE id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM runs WHERE runs.id = seen.id)
                LIMIT 500
                """
            ).map { try $0.text(at: 0) }
            var left = Self.eventsAtOnce
            for run in runs where left > 0 {
                let last = try transaction.query(
                    """
                    SELECT count(*), max(sequence) FROM (
                        SELECT sequence FROM run_events WHERE run_id = ? ORDER BY sequence LIMIT ?)
                    """, [.text(run), .integer(Int64(left))])
                guard let row = last.first, let sequence = try row.optionalInteger(at: 1) else {
                    continue
                }
                try transaction.execute(
                    "DELETE FROM run_events WHERE run_id = ? AND sequence <= ?",
                    [.text(run), .integer(sequence)])
                left -= Int(try row.integer(at: 0))
            }
            if runs.isEmpty {
                for table in ["run_artifacts", "run_reports"] {
                    try transaction.execute(
                        "DELETE FROM \(table) WHERE run_id NOT IN (SELECT id FROM runs)")
                }
            }
            return !runs.isEmpty
        }
    }

    /// How many events there are of runs that are gone.
    package func forgottenEvents() async throws -> Int64 {
        try await database.read { transaction in
            try transaction.query(
                "SELECT count(*) FROM run_events WHERE run_id NOT IN (SELECT id FROM runs)"
            ).first?.integer(at: 0) ?? 0
        }
    }
}
