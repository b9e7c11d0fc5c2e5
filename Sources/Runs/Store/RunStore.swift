package import Domain
package import Storage
import Workflows

/// The tables of runs: events are the truth, the rest are projections of them.
package struct RunStore: Sendable {
    let database: Database
    let namespace: NamespaceID

    package init(database: Database, namespace: NamespaceID = .local) {
        self.database = database
        self.namespace = namespace
    }

    /// Stores a new run's first events; `make` is given the number that the run gets. With
    /// `isAlone` a run of the same group that has not ended is an error.
    func create(
        at now: Timestamp, reused: [RunEvent] = [], group: String? = nil, isAlone: Bool = false,
        _ make: @escaping @Sendable (Int64) -> RunCreation
    ) async throws -> RunCreation {
        let namespace = namespace
        return try await database.write { transaction in
            // Also of runs that are gone.
            let last = try transaction.query(
                """
                SELECT max(last) FROM (
                    SELECT max(number) AS last FROM runs WHERE namespace_id = ?1
                    UNION ALL SELECT last FROM run_numbers WHERE namespace_id = ?1)
                """,
                [.integer(namespace.value)])
            let creation = make((try last.first?.optionalInteger(at: 0) ?? 0) + 1)
            if isAlone, let group,
                let other = try Self.active(
                    creation.workflow, group, before: creation.number, namespace, transaction
                ).first
            {
                throw RunRefusal.conflict(group: group, run: other)
            }
            try transaction.execute(
                """
                INSERT INTO runs
                (id, namespace_id, number, workflow, file, actor, state, created_at,
                concurrency_group, called_by)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
                [
                    .text(creation.id.text), .integer(namespace.value), .integer(creation.number),
                    .text(creation.workflow), .text(creation.file), .text(creation.actor),
                    .text(RunPhase.queued.rawValue), .integer(now.microseconds),
                    group.map(SQLValue.text) ?? .null,
                    creation.calledBy.map { .text($0.description) } ?? .null,
                ])
            let events = ([.created(creation)] + reused).enumerated().map { index, event in
                RecordedEvent(sequence: Int64(index + 1), time: now, event: event)
            }
            try Self.insert(events, of: creation.id, in: namespace, transaction)
            return creation
        }
    }

    /// Numbers of the older runs of a group that have not ended, oldest first.
    func active(workflow: String, group: String, before number: Int64) async throws -> [Int64] {
        let namespace = namespace
        return try await database.read {
            try Self.active(workflow, group, before: number, namespace, $0)
        }
    }

    private static func active(
        _ workflow: String, _ group: String, before number: Int64, _ namespace: NamespaceID,
        _ transaction: Transaction
    ) throws -> [Int64] {
        try transaction.query(
            """
            SELECT number FROM runs WHERE namespace_id = ? AND workflow = ?
            AND concurrency_group = ? AND number < ?
            AND state IN ('queued', 'running', 'paused') ORDER BY number
            """,
            [
                .integer(namespace.value), .text(workflow), .text(group), .integer(number),
            ]
        ).map { try $0.integer(at: 0) }
    }

    /// Commits events and what lists show of them, in one transaction.
    func append(
        _ events: [RecordedEvent], to state: RunState, id: RunID, memos: [MemoEntry] = []
    ) async throws {
        let namespace = namespace
        let kept = memos.map { memo in
            (memo, state.plan.jobs[state.plan.legs[memo.attempt.leg].job].key)
        }
        let now = events.last?.time
        let isListed = events.contains { $0.event.changesListing }
        let row = (state.phase, state.reason, state.startedAt, state.endedAt)
        let artifacts = events.flatMap { Self.artifacts(of: $0.event, in: state.plan) }
        try await database.write { transaction in
            try Self.insert(events, of: id, in: namespace, transaction)
            for artifact in artifacts {
                try Self.insert(artifact, of: id, in: namespace, transaction)
            }
            try Self.insert(reports: events, of: id, in: namespace, transaction)
            for (memo, job) in kept {
                guard let now else { continue }
                try Self.insert(memo, job: job, at: now, in: namespace, transaction)
            }
            guard isListed else { return }
            try transaction.execute(
                """
                UPDATE runs SET state = ?, reason = ?, started_at = ?, ended_at = ? WHERE id = ?
                """,
                [
                    .text(row.0.rawValue), row.1.map(SQLValue.text) ?? .null,
                    row.2.map { .integer($0.microseconds) } ?? .null,
                    row.3.map { .integer($0.microseconds) } ?? .null, .text(id.text),
                ])
        }
    }

    private static func insert(
        _ events: [RecordedEvent], of id: RunID, in namespace: NamespaceID,
        _ transaction: Transaction
    ) throws {
        for recorded in events {
            try transaction.execute(
                """
                INSERT INTO run_events (run_id, sequence, namespace_id, recorded_at, body)
                VALUES (?, ?, ?, ?, ?)
                """,
                [
                    .text(id.text), .integer(recorded.sequence), .integer(namespace.value),
                    .integer(recorded.time.microseconds),
                    .blob(recorded.event.json.canonicalBytes),
                ])
        }
    }

    /// The events of a run, oldest first; those behind a sequence number alone.
    func events(of id: RunID, after sequence: Int64 = 0) async throws -> [RecordedEvent] {
        let rows = try await database.read { transaction in
            try transaction.query(
                "SELECT sequence, recorded_at, body FROM run_events WHERE run_id = ? "
                    + "AND sequence > ? ORDER BY sequence",
                [.text(id.text), .integer(sequence)])
        }
        var events: [RecordedEvent] = []
        events.reserveCapacity(rows.count)
        for row in rows {
            let sequence = try row.integer(at: 0)
            do {
                let json = try JSONParser.parse(try row.blob(at: 2))
                events.append(
                    RecordedEvent(
                        sequence: sequence, time: Timestamp(microseconds: try row.integer(at: 1)),
                        event: try RunEvent(json: json)))
            } catch {
                throw RunsError.damagedEvent(
                    await name(of: id), sequence: sequence, why: "\(error)")
            }
        }
        return events
    }
}
