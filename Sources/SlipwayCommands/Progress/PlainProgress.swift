import Domain
import OCI
import Runs
import Workflows

/// One line a change: for logs, pipes and screen readers. What jobs had a hand in (labels with
/// values of a matrix, reasons, warnings, what hooks said) goes through `TerminalText.line`.
struct PlainProgress: ProgressReporter {
    let style: Style

    func didCommit(_ events: [RecordedEvent], state: borrowing RunState) {
        for recorded in events {
            guard let line = line(recorded, state) else { continue }
            Console.error(line)
        }
    }

    func willWait(for runs: [Int64], group: String) {
        let numbers = runs.map(String.init).joined(separator: ", ")
        Console.error(TerminalText.line("waits for run \(numbers) of the group '\(group)'"))
    }

    func didCall(_ run: Int64, label: String) {
        Console.error(
            TerminalText.line("  \(label): calls run \(run) ('slipway show \(run)')"))
    }

    func stop() {}

    func line(_ recorded: RecordedEvent, _ state: borrowing RunState) -> String? {
        let plan = state.plan
        switch recorded.event {
        case .started:
            guard let creation = state.creation else { return nil }
            let source = creation.source.map { ", source \(Shown.digest($0.digest.description))" }
            return "run \(creation.number) of \(creation.workflow): started "
                + "(id \(creation.id)\(source ?? ""))"
        case .stageStarted(let stage) where plan.stages[stage].definition.kind == .pause:
            let approvers = plan.stages[stage].definition.approval?.approvers ?? []
            return "stage \(plan.stages[stage].definition.name): waits for approval"
                + (approvers.isEmpty ? "" : " by \(approvers.joined(separator: ", "))")
        case .decided(_, let decision):
            return TerminalText.line(
                "  \(decision.isApproval ? "approved" : "rejected") by \(decision.actor)"
                    + (decision.comment.isEmpty ? "" : ": \(decision.comment)"))
        case .attemptRetried(let leg, let attempt, let due, let reason):
            let pause = Shown.duration(due.since(recorded.time))
            return TerminalText.line(
                "  \(plan.label(leg: leg)): attempt \(attempt) \(reason); again in \(pause)")
        case .stageStarted(let stage):
            let planned = plan.stages[stage]
            return "stage \(planned.definition.name): started, \(planned.jobs.count) job"
                + (planned.jobs.count == 1 ? "" : "s")
        case .attemptStarted(let leg, let attempt, _):
            return "  \(label(leg, plan)): running"
                + (attempt > 1 ? " (attempt \(attempt))" : "")
        case .attemptEntered(let leg, _, let entrance):
            let words = entrance.command.map(ShellWord.quoted).joined(separator: " ")
            return "  \(label(leg, plan)): entered by \(TerminalText.line(entrance.actor)): "
                + Shown.line(words, width: 200)
        case .attemptEnded(let leg, _, let report):
            let progress = state.legs[leg]
            // The line of its next attempt says how it ended.
            if progress.retryDue != nil { return nil }
            let time = Shown.duration(
                from: progress.startedAt, to: progress.endedAt, now: recorded.time)
            let end = progress.state.isFinal ? progress.state : report.state
            let reason = because(progress.reason ?? report.reason)
            let warnings = report.warnings.map {
                "\n  \(label(leg, plan)): warning: \(TerminalText.line($0))"
            }
            let caches = report.caches.map {
                "\n  \(label(leg, plan)): \(TerminalText.line(Shown.cache($0)))"
            }
            return "  \(label(leg, plan)): "
                + style.paint(end.rawValue, Style.colour(end))
                + (report.memo?.run.map { ", from run \($0)" } ?? "")
                + (progress.startedAt == nil ? "" : " after \(time)") + reason
                + caches.joined() + warnings.joined()
        case .jobSkipped(let job, let reason):
            return "  \(plan.jobs[job].key): skipped (\(TerminalText.line(reason)))"
        case .jobEnded(let job, let end, let reason) where isNews(job, state):
            return ending(plan.jobs[job].key, end, reason)
        case .conditionEvaluated(let job, let outcome):
            return Self.log(outcome, plan.jobs[job].key)
        case .beforeEvaluated(let leg, _, let outcome), .afterEvaluated(let leg, _, let outcome):
            return hook(outcome, of: leg, state)
        case .legEnded(let leg, let end, let reason):
            return ending(label(leg, plan), end, reason)
        case .stageHookEvaluated(let stage, let outcome):
            return Self.log(outcome, "stage \(plan.stages[stage].definition.name)")
        case .stageEnded(let stage, let end, let reason):
            return "stage \(plan.stages[stage].definition.name): "
                + style.paint(end.rawValue, Style.colour(end))
                + (brief(reason, plan.stages[stage].jobs, state).map {
                    " (\(TerminalText.line($0)))"
                } ?? "")
        case .cancelRequested(let actor, let reason):
            return TerminalText.line(
                "cancelled by \(actor)\(reason.isEmpty ? "" : ": \(reason)"); "
                    + "waiting for what runs to stop")
        case .runEnded(let phase, let reason):
            let time = Shown.duration(
                from: state.startedAt, to: recorded.time, now: recorded.time)
            return "run \(state.creation?.number ?? 0): "
                + style.paint(phase.rawValue, Style.colour(phase)) + " after \(time)"
                + because(brief(reason, plan.jobs.indices, state))
        default: return nil
        }
    }

    /// What a hook said, and the end of its leg where that was its doing: it is told nowhere else.
    private func hook(
        _ outcome: HookOutcome, of leg: Int, _ state: borrowing RunState
    ) -> String? {
        let label = label(leg, state.plan)
        let progress = state.legs[leg]
        let log = Self.log(outcome, label)
        switch outcome {
        case .failed, .errored, .skipped:
            let isTold = progress.state == .skipped || !progress.state.isFinal
            let end = isTold ? nil : ending(label, progress.state, progress.reason)
            let lines = [log, end].compactMap(\.self)
            return lines.isEmpty ? nil : lines.joined(separator: "\n")
        case .passed: return log
        }
    }

    private func ending(_ label: String, _ end: JobState, _ reason: String?) -> String {
        "  \(label): \(style.paint(end.rawValue, Style.colour(end)))" + because(reason)
    }

    private func label(_ leg: Int, _ plan: RunPlan) -> String {
        TerminalText.line(plan.label(leg: leg))
    }

    private func because(_ reason: String?) -> String {
        reason.map { ": \(TerminalText.line($0))" } ?? ""
    }

    /// Why a stage or a run ended so, without the reason of its job: that was told in its line, and
    /// is told again in the summary.
    private func brief(
        _ reason: String?, _ jobs: Range<Int>, _ state: borrowing RunState
    ) -> String? {
        guard let reason else { return nil }
        for job in jobs {
            let key = state.plan.jobs[job].key
            guard reason.hasPrefix(key), let why = state.jobs[job].reason else { continue }
            let start = "\(key) \(state.jobs[job].state.rawValue)"
            if reason == "\(start): \(why)" { return start }
        }
        return reason
    }

    /// A job of one leg that ran was told of when its attempt ended.
    private func isNews(_ job: Int, _ state: borrowing RunState) -> Bool {
        let range = state.plan.jobs[job].legs
        return range.count > 1 || range.allSatisfy { state.legs[$0].attempt == 0 }
    }

    /// What a hook said with `log`.
    private static func log(_ outcome: HookOutcome, _ place: String) -> String? {
        guard !outcome.log.isEmpty else { return nil }
        return outcome.log.map { "  \(place): hook: \(TerminalText.line($0))" }
            .joined(separator: "\n")
    }
}
