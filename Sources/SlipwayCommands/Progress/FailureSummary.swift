import Domain
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

    private func lastLines(of id: AttemptID) throws -> [LogLine] {
        guard let reader = try services.runs.logs.reader(id) else { return [] }
        let start = try reader.tail(lines: Self.lineLimit)
        var joiner = LineJoiner()
        let lines = try reader.read(from: start, limit: 64 << 10).lines.compactMap {
            joiner.take($0)
        }
        return lines + joiner.rest()
    }

    private static func isFailure(_ state: JobState) -> Bool {
        state == .failed || state == .errored || state == .timedOut
    }

    private func show(_ leg: Int, _ creation: RunCreation) async {
        let progress = state.legs[leg]
        let label = state.plan.label(leg: leg)
        let reason = progress.reason.map { ": \($0)" } ?? ""
        let isAllowed = state.isAllowedFailure(
            job: state.plan.legs[leg].job, state: progress.state)
        let title = "\(Style.sign(progress.state)) \(label) \(progress.state.rawValue)\(reason)"
        Console.error("\n" + style.paint(title, .red) + (isAllowed ? " (allowed)" : ""))
        guard progress.attempt > 0 else { return }
        let id = AttemptID(run: creation.id, leg: leg, number: progress.attempt)
        do {
            let lines = try lastLines(of: id)
            for line in lines {
                let text = LogText.shown(line, isTerminal: Console.isTerminal(2))
                Console.error("  │ \(String(text.prefix(400)))")
            }
            if lines.isEmpty { Console.error("  (it printed nothing)") }
        } catch {
            Console.error("  (its log cannot be read: \(error))")
        }
        Console.error("  look further: slipway logs \(creation.number) '\(label)'")
    }
}
