import ArgumentParser
import Domain
import Runs
import Workflows

/// `slipway logs RUN [JOB]`: what jobs printed, also while they run.
struct LogsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs", abstract: "Print what the jobs of a run printed.",
        discussion: """
            Without a job, all jobs in order, each line behind its job's name. With -f the backlog
            comes first, then live lines until the run has ended.
            """)

    @Argument(help: "The run: its number, its id, or 'last'.")
    var run: String

    @Argument(help: "The job, such as test.unit, or one shard of it: test.unit[2].")
    var job: String?

    @Flag(name: .shortAndLong, help: "Go on until the run has ended.")
    var follow = false

    @Flag(name: .shortAndLong, help: "Put the time before each line.")
    var timestamps = false

    @Option(help: "Which attempt (default: the newest).")
    var attempt: Int?

    @OptionGroup var options: OutputOptions

    func run() async throws {
        let services = try await HomeServices.open()
        let listed = try await services.runs.store.find(run)
        let plan = try await services.runs.load(listed.id).state.plan
        let legs = try Self.legs(job, in: plan, run: listed.number)
        var followers = legs.map {
            LogFollower(
                run: listed.id, leg: $0, label: plan.label(leg: $0), attempt: attempt,
                logs: services.runs.logs)
        }
        let printer = LogPrinter(
            isJSON: options.output == .json, hasTimes: timestamps, hasLabels: legs.count > 1)
        while true {
            // Asked first: what was printed before the end is then read for certain.
            let isOver = try await isOver(listed.id, services)
            var hasMore = false
            for index in followers.indices {
                hasMore = try followers[index].advance(printer) || hasMore
            }
            if hasMore { continue }
            if isOver { break }
            try await Task.sleep(for: .milliseconds(100))
        }
        for index in followers.indices { followers[index].finish(printer) }
    }

    private func isOver(_ run: RunID, _ services: HomeServices) async throws -> Bool {
        guard follow else { return true }
        if try await services.runs.store.find(run.text).phase.isFinal { return true }
        return try !services.runs.isOwned(run)
    }

    private static func legs(_ job: String?, in plan: RunPlan, run: Int64) throws -> [Int] {
        guard let job else { return Array(plan.legs.indices) }
        if let index = plan.jobIndex(key: job) { return Array(plan.jobs[index].legs) }
        if let leg = plan.legs.indices.first(where: { plan.label(leg: $0) == job }) {
            return [leg]
        }
        throw RunsError.noSuchJob(job, run: run)
    }
}

/// Where one leg's log was read to.
struct LogFollower {
    let run: RunID
    let leg: Int
    let label: String
    /// Nil for the newest.
    let attempt: Int?
    let logs: LogStore
    private var current = 0
    private var offset: Int64 = 0
    private var joiner = LineJoiner()

    init(run: RunID, leg: Int, label: String, attempt: Int?, logs: LogStore) {
        self.run = run
        self.leg = leg
        self.label = label
        self.attempt = attempt
        self.logs = logs
    }

    /// Prints what is new; false when there is nothing for now.
    mutating func advance(_ printer: LogPrinter) throws -> Bool {
        if current == 0 { current = try attempt ?? logs.attempts(of: run, leg: leg).max() ?? 0 }
        guard current > 0,
            let reader = try logs.reader(AttemptID(run: run, leg: leg, number: current))
        else { return false }
        let page = try reader.read(from: offset, limit: 1 << 18)
        offset = page.nextOffset
        for piece in page.lines {
            guard let line = joiner.take(piece) else { continue }
            printer.print(line, label: label, attempt: current)
        }
        if page.lines.isEmpty, page.isComplete, attempt == nil,
            let newer = try logs.attempts(of: run, leg: leg).max(), newer > current
        {
            finish(printer)
            (current, offset) = (newer, 0)
            return true
        }
        return !page.lines.isEmpty
    }

    /// Prints the beginning of a line that never ended.
    mutating func finish(_ printer: LogPrinter) {
        for line in joiner.rest() { printer.print(line, label: label, attempt: current) }
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
