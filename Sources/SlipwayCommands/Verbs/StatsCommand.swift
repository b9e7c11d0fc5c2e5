import ArgumentParser
import Domain
import Runs
import Workflows

/// `slipway stats [WORKFLOW]`: what the runs of this home say together.
struct StatsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stats", abstract: "Say how runs and jobs did: success, times, flakiness.",
        discussion: """
            Looks at the newest runs that have ended. A job is flaky when it succeeded and
            failed on the same definition and source, or succeeded only after another
            attempt.
            """)

    @Argument(help: "The workflow's name (default: all).")
    var workflow: String?

    @Option(help: "How many runs at most.")
    var last = 100

    @OptionGroup var options: OutputOptions

    func validate() throws {
        guard (1...100_000).contains(last) else {
            throw ValidationError("--last is \(last); expected 1 to 100,000")
        }
    }

    func run() async throws {
        let services = try await HomeServices.open()
        var statistics = RunStatistics()
        var damaged: [Int64] = []
        // One run after the other: none is kept.
        for listed in try await services.runs.store.ended(workflow: workflow, limit: last) {
            do {
                statistics.add(try await services.runs.load(listed.id).state)
            } catch {
                damaged.append(listed.number)
                if damaged.count == 1 { Console.error("slipway: warning: \(error)") }
            }
        }
        if damaged.count > 1 {
            Console.error("slipway: warning: \(damaged.count) runs could not be read")
        }
        if statistics.count == 0, let workflow { try await check(workflow, services) }
        let report = StatisticsReport(
            statistics: statistics, workflow: workflow, isUTF8: Console.isUTF8)
        options.print(table: { report.text }, json: { report.json })
    }

    /// A name that no run has is a mistake, not an empty answer.
    private func check(_ name: String, _ services: HomeServices) async throws {
        let names = Set(try await services.runs.store.list(limit: 1000).map(\.workflow))
        guard !names.contains(name) else { return }
        let hint = Suggestion.hint(for: name, among: names.sorted())
        throw CommandFailure(
            message: "no run of a workflow '\(name)'; \(hint ?? "'slipway runs' lists all runs")",
            status: ExitStatus.notFound)
    }
}
