import Domain
import Executors
import Runs
import Workflows

/// What a person wants to see first when a run did not succeed: which job, why, the end of its
/// log, and the command that looks further.
struct FailureSummary {
    let state: RunState
    let services: HomeServices
    private let style = Style.of(2)

    /// More failed jobs than this are counted, not shown.
    private static let jobLimit = 5
    private static let lineLimit = 12
    private static let testLimit = 10
    private static let columnLimit = 400

    init(state: RunState, services: HomeServices) {
        self.state = state
        self.services = services
    }

    func print() async {
        guard let creation = state.creation else { return }
        let failed = state.legs.indices.filter { Self.isFailure(state.legs[$0].state) }
        for leg in failed.prefix(Self.jobLimit) { await show(leg, creation) }
        if failed.count > Self.jobLimit {
            Console.error("… and \(failed.count - Self.jobLimit) more")
        }
        let number = creation.number
        if state.phase == .paused {
            Console.error(
                "\nrun \(number) waits: slipway approve \(number) (or reject), "
                    + "then slipway resume \(number)")
        } else if state.phase == .succeeded {
            let hasArtifacts = state.legs.contains { !$0.artifacts.isEmpty }
            let next = hasArtifacts ? "slipway artifact list \(number)" : "slipway show \(number)"
            Console.error("\nnext: \(next)")
        } else if failed.isEmpty {
            Console.error("\nlook further: slipway show \(number)")
        }
    }

    /// The last lines of an attempt's log, one that never ended among them.
    static func lastLines(of id: AttemptID, in logs: LogStore) throws -> [LogLine] {
        guard let reader = try logs.reader(id) else { return [] }
        var offset = try reader.tail(lines: lineLimit)
        var joiner = LineJoiner()
        var lines: [LogLine] = []
        while true {
            let page = try reader.read(from: offset)
            lines += page.lines.compactMap { joiner.take($0) }
            // Long lines come in many pages; only the last of them stay in memory.
            lines = lines.suffix(lineLimit)
            if page.isComplete || page.nextOffset == offset { break }
            offset = page.nextOffset
        }
        return (lines + joiner.rest()).suffix(lineLimit)
    }

    /// The beginning of a line, without what would command a terminal.
    static func shown(_ line: LogLine, isTerminal: Bool) -> String {
        // A scalar has at most four bytes, so these hold all that is shown but for colours.
        let bytes = line.text.prefix(columnLimit * 8)
        let start = LogLine(
            time: line.time, stream: line.stream, text: Array(bytes), endsLine: true,
            offset: line.offset)
        let text = LogText.shown(start, isTerminal: isTerminal)
        let shown = text.unicodeScalars.prefix(columnLimit)
        return String(shown) + (shown.count < text.unicodeScalars.count ? "…" : "")
    }

    private static func isFailure(_ state: JobState) -> Bool {
        state == .failed || state == .errored || state == .timedOut
    }

    private func isKept(_ id: AttemptID) -> Bool {
        do { return try services.executor.kept(id) != nil } catch {
            Console.error("  (\(error))")
            return false
        }
    }

    /// The tests that failed, by name, as far as they are known and few.
    private func showTests(_ reports: [ReportRecord]) {
        guard let line = ReportText.line(reports) else { return }
        Console.error("  \(line)")
        var failures: [FailedTest] = []
        for case .junit(let counts) in reports.map(\.content) { failures += counts.failures }
        for test in failures.prefix(Self.testLimit) {
            let message = test.message.isEmpty ? "" : ": \(test.message)"
            Console.error(TerminalText.line("  ✗ \(test.name)\(message)"))
        }
        if failures.count > Self.testLimit {
            Console.error("  … and \(failures.count - Self.testLimit) more tests")
        }
    }

    private func show(_ leg: Int, _ creation: RunCreation) async {
        let progress = state.legs[leg]
        let label = state.plan.label(leg: leg)
        let reason = progress.reason.map { ": \($0)" } ?? ""
        let reset = style.hasColour ? "\u{1b}[0m" : ""
        let isAllowed = state.isAllowedFailure(
            job: state.plan.legs[leg].job, state: progress.state)
        let title = "\(Style.sign(progress.state)) \(label) \(progress.state.rawValue)\(reason)"
        Console.error("\n" + style.paint(title, .red) + (isAllowed ? " (allowed)" : ""))
        showTests(progress.reports)
        guard progress.attempt > 0 else { return }
        let id = AttemptID(run: creation.id, leg: leg, number: progress.attempt)
        var hasLog = true
        do {
            let lines = try Self.lastLines(of: id, in: services.runs.logs)
            for line in lines {
                let text = Self.shown(line, isTerminal: Console.isTerminal(2))
                Console.error("  │ \(text)\(reset)")
            }
            if lines.isEmpty {
                Console.error("  (it printed nothing)")
                hasLog = !state.plan.jobs[state.plan.legs[leg].job].definition.services.isEmpty
            }
        } catch {
            Console.error("  (its log cannot be read: \(error))")
        }
        let number = creation.number
        let next =
            hasLog
            ? "slipway logs \(number) '\(label)'"
            : "slipway explain \(ShellWord.quoted(label)) --run \(number)"
        Console.error(TerminalText.line("  look further: \(next)"))
        if isKept(id) {
            let word = ShellWord.quoted(label)
            Console.error(
                TerminalText.line(
                    "  what it left is kept: slipway debug \(creation.number) \(word)"))
        }
    }
}
