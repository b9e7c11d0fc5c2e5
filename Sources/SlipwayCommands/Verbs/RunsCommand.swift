import ArgumentParser
import Domain
import Runs
import Workflows

/// `slipway runs`: the newest runs of this home.
struct RunsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "runs", abstract: "List the runs of this home, newest first.")

    @Option(name: .shortAndLong, help: "How many at most.")
    var limit = 20

    @Flag(name: .shortAndLong, help: "Show the list anew each second, until q or Ctrl-C.")
    var watch = false

    @OptionGroup var options: OutputOptions

    func validate() throws {
        guard !watch || options.output == .table else {
            throw ValidationError("--watch shows a table; expected -o table")
        }
        guard (1...100_000).contains(limit) else {
            throw ValidationError("--limit is \(limit); expected 1 to 100,000")
        }
    }

    func run() async throws {
        let services = try await HomeServices.open()
        if watch, let screen = WatchScreen() {
            return try await screen.show { _ in
                let (runs, standings) = try await list(services)
                return Self.table(runs, standings).split(separator: "\n").map(String.init)
            }
        }
        let (runs, standings) = try await list(services)
        options.print(
            table: { Self.table(runs, standings) }, json: { .array(runs.map(Self.json)) })
        guard options.output == .table else { return }
        let first = runs.first { standings[$0.id] == .interrupted }
        if let first {
            let root = try await services.runs.root(of: first).number
            Console.error(
                "an interrupted run has no process any more: slipway resume \(root) goes on with "
                    + "it, slipway cancel \(root) closes it")
        }
    }

    /// The runs, and who goes on with those that have not ended.
    private func list(
        _ services: HomeServices
    ) async throws -> (runs: [ListedRun], standings: [RunID: RunStanding]) {
        let runs = try await services.runs.store.list(limit: limit)
        var standings: [RunID: RunStanding] = [:]
        for run in runs where !run.phase.isFinal {
            standings[run.id] = try await services.runs.standing(of: run)
        }
        return (runs, standings)
    }

    private static func table(
        _ runs: [ListedRun], _ standings: [RunID: RunStanding]
    ) -> String {
        guard !runs.isEmpty else { return "no runs yet; begin with: slipway run FILE" }
        let now = HomeServices.now()
        var table = Table("NUMBER", "WORKFLOW", "STATE", "STARTED", "TIME", "BY")
        for run in runs {
            let state = run.phase.rawValue + (standings[run.id]?.suffix ?? "")
            table.add(
                String(run.number), run.workflow, state,
                (run.startedAt ?? run.createdAt).description,
                Shown.duration(from: run.startedAt, to: run.endedAt, now: now), run.actor)
        }
        return table.text
    }

    private static func json(_ run: ListedRun) -> JSONValue {
        [
            "id": .string(run.id.text), "number": .integer(run.number),
            "workflow": .string(run.workflow), "file": .string(run.file),
            "actor": .string(run.actor), "state": .string(run.phase.rawValue),
            "reason": run.reason.map(JSONValue.string) ?? .null,
            "createdAt": RunDocument.time(run.createdAt),
            "startedAt": RunDocument.time(run.startedAt),
            "endedAt": RunDocument.time(run.endedAt),
        ]
    }
}
