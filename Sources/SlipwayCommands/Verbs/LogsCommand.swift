import ArgumentParser
import Domain
import Runs
import Workflows

/// `slipway logs RUN [JOB]`: what jobs printed, also while they run.
struct LogsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs", abstract: "Print what the jobs of a run printed.",
        discussion: """
            Without a job, all jobs in order, each line behind its job's name. With -f the
            backlog comes first, then live lines until the run has ended.
            """)

    @Argument(help: "The run: its number, its id, or 'last'.", completion: Completions.run)
    var run: String

    @Argument(
        help: "The job, such as test.unit, or one shard of it: test.unit[2].",
        completion: Completions.jobs(ofRun: .positional(0)))
    var job: String?

    @Flag(name: .shortAndLong, help: "Go on until the run has ended.")
    var follow = false

    @Flag(name: .shortAndLong, help: "Put the time before each line.")
    var timestamps = false

    @Option(help: "Which attempt (default: the newest).")
    var attempt: Int?

    @OptionGroup var options: OutputOptions

    func validate() throws {
        if let attempt, attempt < 1 {
            throw ValidationError("--attempt is \(attempt); attempts count from 1")
        }
    }

    func run() async throws {
        let services = try await HomeServices.open()
        let listed = try await services.runs.store.find(run)
        var view = try await services.runs.view(listed.id)
        let legs = try Self.legs(job, in: view.state.plan, run: listed.number)
        if !follow || view.state.phase.isFinal { try checkAttempt(of: legs, view.state) }
        let printer = LogPrinter(
            isJSON: options.output == .json, hasTimes: timestamps,
            hasLabels: legs.count > 1 || legs.isEmpty
                || legs.contains { Self.hasServices($0, in: view.state.plan) })
        var followers = LogFollowers(
            run: listed.id, attempt: attempt, logs: services.runs.logs)
        while true {
            // Asked first: what was printed before the end is then read for certain.
            let isOver =
                try !follow || view.state.phase.isFinal || !services.runs.isOwned(listed.id)
            if follow { try await view.refresh() }
            followers.take(
                try Self.legs(job, in: view.state.plan, run: listed.number), of: view.state)
            let hasMore = try followers.advance(view.state, isOver: isOver, show: printer.print)
            if isOver { break }
            if !hasMore { try await Task.sleep(for: .milliseconds(100)) }
        }
    }

    private static func hasServices(_ leg: Int, in plan: RunPlan) -> Bool {
        !plan.jobs[plan.legs[leg].job].definition.services.isEmpty
    }

    /// An attempt that none of the legs has made would print nothing, as if it had been silent.
    private func checkAttempt(of legs: Range<Int>, _ state: RunState) throws {
        guard let attempt, let most = legs.map({ state.legs[$0].attempt }).max(), attempt > most
        else { return }
        let made = most == 1 ? "1 attempt" : "\(most) attempts"
        let what =
            job.map { "\($0) has \(made)" }
            ?? "no job of run \(state.creation?.number ?? 0) has more than \(made)"
        throw CommandFailure(
            message: "there is no attempt \(attempt): \(what)", status: ExitStatus.notFound)
    }

    private static func legs(_ job: String?, in plan: RunPlan, run: Int64) throws -> Range<Int> {
        guard let job else { return plan.legs.indices }
        if let index = plan.jobIndex(key: job) { return plan.jobs[index].legs }
        if let leg = plan.legs.indices.first(where: { plan.label(leg: $0) == job }) {
            return leg..<(leg + 1)
        }
        throw LegName.unknown(job, in: plan, run: run)
    }
}

struct LogPrinter {
    let isJSON: Bool
    let hasTimes: Bool
    let hasLabels: Bool
    private let isTerminal = Console.isTerminal(1)
    private let style = Style.of(1)

    init(isJSON: Bool, hasTimes: Bool, hasLabels: Bool) {
        self.isJSON = isJSON
        self.hasTimes = hasTimes
        self.hasLabels = hasLabels
    }

    func print(_ line: LogLine, label: String, attempt: Int) {
        guard !isJSON else {
            return Console.print(
                LogText.json(line, job: label, attempt: attempt).canonicalText)
        }
        var prefix = ""
        if hasTimes { prefix += style.paint("\(line.time) ", .grey) }
        if hasLabels { prefix += style.paint("\(label) │ ", .grey) }
        guard isTerminal else {
            // Bytes as the job printed them: whoever reads a pipe gets them unaltered.
            return Console.print(Array(prefix.utf8) + line.text + [0x0a])
        }
        let reset = style.hasColour ? "\u{1b}[0m" : ""
        Console.print(prefix + LogText.shown(line, isTerminal: true) + reset)
    }
}
