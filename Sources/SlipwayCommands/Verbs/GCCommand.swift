import ArgumentParser
import Domain
import Glibc
import Storage
import Workflows

/// `slipway gc`: gives back what nothing needs.
struct GCCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gc", abstract: "Remove what nothing needs, and old runs.",
        discussion: """
            Without a policy, what nothing needs goes: content that no image, run, result
            or cache names, and what ended processes left. A policy lets old runs go
            before, with their events, logs, reports and artifacts: --older-than, --keep
            and --max-size, or 'retention' in config.yaml (an option stands over its key).
            A run that has not ended stays in any case; a run that was called goes with
            its caller.
            Others may work in the home meanwhile. Ctrl-C ends it at any time; the next
            one goes on.
            Ends with 0, 2 when something could not be removed (the rest was), 7
            interrupted.
            """)

    @Option(help: "Runs that ended so long ago go, such as 30d or 12h; so do unused caches.")
    var olderThan: String?

    @Option(help: "So many newest runs of each workflow stay; alone, the others go.")
    var keep: Int?

    @Option(help: "The oldest runs go until the home takes no more, such as 20GiB.")
    var maxSize: String?

    @Flag(help: "Say what would go, and what the home takes; remove nothing.")
    var dryRun = false

    @Flag(name: .shortAndLong, help: "Name each thing that goes.")
    var verbose = false

    @Option(help: "How progress is shown on standard error: auto, tty, plain, json or quiet.")
    var progress = ProgressKind.auto

    @OptionGroup var output: OutputOptions

    func validate() throws { _ = try policy(over: RetentionPolicy()) }

    private func policy(over configured: RetentionPolicy) throws -> RetentionPolicy {
        var policy = configured
        if let olderThan {
            do { policy.age = try Duration(parsing: olderThan) } catch {
                throw ValidationError("--older-than: \(error)")
            }
        }
        if let keep {
            guard RetentionPolicy.runsRange.contains(keep) else {
                throw ValidationError("--keep is \(keep); expected 0 to 1,000,000")
            }
            policy.runs = keep
        }
        if let maxSize {
            do { policy.size = try RetentionPolicy.size(parsing: maxSize) } catch {
                throw ValidationError("--max-size: \(error)")
            }
        }
        return policy
    }

    func run() async throws {
        let services = try await HomeServices.open()
        let policy = try policy(
            over: try services.settings().retention)
        let printsItems = verbose && output.output == .table
        let reporter = CollectionReporter(progress, isDry: dryRun, hasLines: printsItems)
        let isDry = dryRun
        let tally = CollectionTally(
            isDry: isDry, keepsItems: verbose && !printsItems, announce: { reporter.begin($0) }
        ) { item in
            reporter.take(item)
            if printsItems { Console.print(CollectionReport.line(item, isDry: isDry)) }
        }
        try StopSignals.listen({ _ in tally.stop() }, force: {})
        let collection = HomeCollection(
            services: services, policy: policy, tally: tally, countsUsage: dryRun,
            note: { reporter.note($0) })
        let outcome: HomeCollection.Outcome
        do { outcome = try await collection.run() } catch {
            reporter.stop()
            throw error
        }
        reporter.stop()
        let report = CollectionReport(
            tally: tally, outcome: outcome, policy: policy, isVerbose: verbose)
        output.print(table: { report.text }, json: { report.json })
        await services.close()
        let problems = tally.problems
        for problem in problems.told { Console.error("slipway: \(problem)") }
        if problems.count > problems.told.count {
            Console.error("slipway: and \(problems.count - problems.told.count) more problems")
        }
        if outcome.isStopped { throw ExitStatus.cancelled }
        if problems.count > 0 { throw ExitStatus.errored }
    }
}
