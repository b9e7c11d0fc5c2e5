package import Domain
import Storage
package import Workflows

/// A run as lists show it.
package struct ListedRun: Sendable {
    package let id: RunID
    package let number: Int64
    package let workflow: String
    package let file: String
    package let actor: String
    package let phase: RunPhase
    package let reason: String?
    package let createdAt: Timestamp
    package let startedAt: Timestamp?
    package let endedAt: Timestamp?
}

extension RunStore {
    private static let columns =
        "id, number, workflow, file, actor, state, reason, created_at, started_at, ended_at"

    /// The newest runs first, at most `limit`.
    package func list(limit: Int) async throws -> [ListedRun] {
        try await rows(
            "SELECT \(Self.columns) FROM runs WHERE namespace_id = ? "
                + "ORDER BY number DESC LIMIT ?",
            [.integer(namespace.value), .integer(Int64(limit))])
    }

    /// The newest runs of a workflow first, at most `limit`.
    package func list(limit: Int, workflow: String) async throws -> [ListedRun] {
        try await rows(
            "SELECT \(Self.columns) FROM runs WHERE namespace_id = ? AND workflow = ? "
                + "ORDER BY number DESC LIMIT ?",
            [.integer(namespace.value), .text(workflow), .integer(Int64(limit))])
    }

    /// The run that a number, an id, or the word `last` names.
    package func find(_ text: String) async throws -> ListedRun {
        let found: [ListedRun]
        if text == "last" {
            found = try await list(limit: 1)
        } else if let number = Int64(text) {
            found = try await rows(
                "SELECT \(Self.columns) FROM runs WHERE namespace_id = ? AND number = ?",
                [.integer(namespace.value), .integer(number)])
        } else if let id = RunID(parsing: text) {
            found = try await rows(
                "SELECT \(Self.columns) FROM runs WHERE namespace_id = ? AND id = ?",
                [.integer(namespace.value), .text(id.text)])
        } else {
            found = []
        }
        guard let run = found.first else { throw RunsError.noSuchRun(text) }
        return run
    }

    /// The run that an attempt called; nil when it called none yet.
    func run(calledBy id: AttemptID) async throws -> ListedRun? {
        try await rows(
            "SELECT \(Self.columns) FROM runs WHERE namespace_id = ? AND called_by = ?",
            [.integer(namespace.value), .text(id.description)]
        ).first
    }

    /// The runs that a run called, oldest first, each with the attempt that called it.
    package func called(by run: RunID) async throws -> [(attempt: AttemptID, run: ListedRun)] {
        // Attempts are RUN-LEG-NUMBER; '.' is the character behind '-'.
        let callers = try await database.read { transaction in
            try transaction.query(
                "SELECT called_by, id FROM runs WHERE called_by > ? AND called_by < ? "
                    + "ORDER BY number",
                [.text(run.text + "-"), .text(run.text + ".")]
            ).map { (try $0.text(at: 0), try $0.text(at: 1)) }
        }
        var found: [(attempt: AttemptID, run: ListedRun)] = []
        for (caller, id) in callers {
            guard let attempt = AttemptID(parsing: caller) else { continue }
            found.append((attempt, try await find(id)))
        }
        return found
    }

    /// Runs that have not ended, newest first.
    package func unfinished() async throws -> [ListedRun] {
        try await rows(
            "SELECT \(Self.columns) FROM runs WHERE namespace_id = ? "
                + "AND state IN ('queued', 'running', 'paused') ORDER BY number DESC",
            [.integer(namespace.value)])
    }

    /// The newest runs that have ended, at most `limit`; of one workflow alone where it is named.
    package func ended(workflow: String?, limit: Int) async throws -> [ListedRun] {
        var values: [SQLValue] = [.integer(namespace.value)]
        if let workflow { values.append(.text(workflow)) }
        values.append(.integer(Int64(limit)))
        return try await rows(
            "SELECT \(Self.columns) FROM runs WHERE namespace_id = ? "
                + "AND state NOT IN ('queued', 'running', 'paused') "
                + (workflow == nil ? "" : "AND workflow = ? ") + "ORDER BY number DESC LIMIT ?",
            values)
    }

    private func rows(_ sql: String, _ values: [SQLValue]) async throws -> [ListedRun] {
        let rows = try await database.read { try $0.query(sql, values) }
        return try rows.map { row in
            let text = try row.text(at: 0)
            guard let id = RunID(parsing: text) else { throw RunsError.noSuchRun(text) }
            func time(_ index: Int) throws -> Timestamp? {
                try row.optionalInteger(at: index).map(Timestamp.init(microseconds:))
            }
            return ListedRun(
                id: id, number: try row.integer(at: 1), workflow: try row.text(at: 2),
                file: try row.text(at: 3), actor: try row.text(at: 4),
                phase: RunPhase(rawValue: try row.text(at: 5)) ?? .errored,
                reason: try row.optionalText(at: 6),
                createdAt: Timestamp(microseconds: try row.integer(at: 7)),
                startedAt: try time(8), endedAt: try time(9))
        }
    }
}

extension RunEvent {
    /// Whether lists of runs show something new after this event.
    var changesListing: Bool {
        switch self {
        // A pause begins and ends with its stage.
        case .started, .runEnded, .cancelRequested, .stageStarted, .stageEnded,
            .stageConditionEvaluated:
            true
        default: false
        }
    }
}
