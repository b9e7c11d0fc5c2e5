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

    /// Stores a new run's first events; `make` is given the number that the run gets.
    func create(
        at now: Timestamp, reused: [RunEvent] = [],
        _ make: @escaping @Sendable (Int64) -> RunCreation
    ) async throws -> RunCreation {
        let namespace = namespace
        return try await database.write { transaction in
            let last = try transaction.query(
                "SELECT max(number) FROM runs WHERE namespace_id = ?",
                [.integer(namespace.value)])
            let creation = make((try last.first?.optionalInteger(at: 0) ?? 0) + 1)
            try transaction.execute(
                """
                INSERT INTO runs
                (id, namespace_id, number, workflow, file, actor, state, created_at)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                """,
                [
                    .text(creation.id.text), .integer(namespace.value), .integer(creation.number),
                    .text(creation.workflow), .text(creation.file), .text(creation.actor),
                    .text(RunPhase.queued.rawValue), .integer(now.microseconds),
                ])
            let events = ([.created(creation)] + reused).enumerated().map { index, event in
                RecordedEvent(sequence: Int64(index + 1), time: now, event: event)
            }
            try Self.insert(events, of: creation.id, in: namespace, transaction)
            return creation
        }
    }

    /// Commits events and what lists show of them, in one transaction.
    func append(_ events: [RecordedEvent], to state: RunState, id: RunID) async throws {
        let namespace = namespace
        let isListed = events.contains { $0.event.changesListing }
        let row = (state.phase, state.reason, state.startedAt, state.endedAt)
        let artifacts = events.flatMap { Self.artifacts(of: $0.event, in: state.plan) }
        try await database.write { transaction in
            try Self.insert(events, of: id, in: namespace, transaction)
            for artifact in artifacts {
                try Self.insert(artifact, of: id, in: namespace, transaction)
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

    /// The events of a run, oldest first.
    func events(of id: RunID) async throws -> [RecordedEvent] {
        let rows = try await database.read { transaction in
            try transaction.query(
                "SELECT sequence, recorded_at, body FROM run_events WHERE run_id = ? "
                    + "ORDER BY sequence",
                [.text(id.text)])
        }
        return try rows.map { row in
            let sequence = try row.integer(at: 0)
            do {
                let json = try JSONParser.parse(try row.blob(at: 2))
                return RecordedEvent(
                    sequence: sequence, time: Timestamp(microseconds: try row.integer(at: 1)),
                    event: try RunEvent(json: json))
            } catch {
                throw RunsError.damagedEvent(id, sequence: sequence, why: "\(error)")
            }
        }
    }
}
