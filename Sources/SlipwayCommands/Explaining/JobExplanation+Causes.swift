import Domain
import Runs
import Workflows

extension JobExplanation {
    /// A job that others go back to, or a stage; and how it stands.
    struct Cause: Hashable {
        /// `build.compile`, or nil for a stage.
        let job: String?
        let text: String
    }

    /// What led to the state, from the job itself back to where it began; at most ten steps.
    var causes: [Cause] {
        var causes: [Cause] = []
        var current = job
        var seen: Set<Int> = [job]
        while causes.count < 10 {
            guard let (cause, next) = cause(of: current) else { break }
            causes.append(cause)
            guard let next, seen.insert(next).inserted else { break }
            current = next
        }
        return causes
    }

    private func cause(of job: Int) -> (cause: Cause, next: Int?)? {
        switch state.jobs[job].state {
        case .skipped: skipping(job)
        case .waiting, .ready: waiting(job)
        default: nil
        }
    }

    private func skipping(_ job: Int) -> (cause: Cause, next: Int?)? {
        let planned = plan.jobs[job]
        if state.stages[planned.stage].state == .skipped {
            // The stage's own `when` says why; else an earlier stage does.
            guard let earlier = firstFailure(before: planned.stage) else { return nil }
            return stageCause(earlier)
        }
        if let earlier = hindrance(before: job) { return (jobCause(earlier), earlier) }
        for artifact in planned.definition.consumes where !artifact.isOptional {
            guard let maker = plan.jobIndex(stage: artifact.stage, job: artifact.job),
                state.jobs[maker].state == .skipped
            else { continue }
            return (jobCause(maker), maker)
        }
        return nil
    }

    private func waiting(_ job: Int) -> (cause: Cause, next: Int?)? {
        let planned = plan.jobs[job]
        guard let current = state.currentStage else {
            guard state.phase == .queued else { return nil }
            return (Cause(job: nil, text: "the run has not begun: it waits for its turn"), nil)
        }
        if current < planned.stage {
            let name = plan.stages[current].definition.name
            let word =
                plan.stages[current].definition.kind == .pause
                ? "waits for approval" : "is \(state.stages[current].state.rawValue)"
            return (Cause(job: nil, text: "stage \(name) comes before it and \(word)"), nil)
        }
        let stage = plan.stages[planned.stage]
        guard !stage.definition.isParallel,
            let before = stage.jobs.first(where: { $0 < job && !state.jobs[$0].state.isFinal })
        else { return nil }
        return (jobCause(before), nil)
    }

    /// The first stage that did not succeed.
    private func firstFailure(before stage: Int) -> Int? {
        (0..<stage).first {
            switch state.stages[$0].state {
            case .failed, .errored, .cancelled: true
            default: false
            }
        }
    }

    private func stageCause(_ index: Int) -> (cause: Cause, next: Int?) {
        let progress = state.stages[index]
        let text =
            "stage \(plan.stages[index].definition.name) \(progress.state.rawValue)"
            + (progress.reason.map { ": \($0)" } ?? "")
        return (Cause(job: nil, text: text), nil)
    }

    /// The job of a sequence that did not succeed.
    private func hindrance(before job: Int) -> Int? {
        let stage = plan.stages[plan.jobs[job].stage]
        guard !stage.definition.isParallel else { return nil }
        return stage.jobs.first { other in
            guard other < job else { return false }
            let found = state.jobs[other].state
            switch found {
            case .failed, .errored, .timedOut, .cancelled:
                return !state.isAllowedFailure(job: other, state: found)
            default: return false
            }
        }
    }

    private func jobCause(_ index: Int) -> Cause {
        let progress = state.jobs[index]
        return Cause(
            job: plan.jobs[index].key,
            text: "\(plan.jobs[index].key) is \(progress.state.rawValue)"
                + (progress.reason.map { ": \($0)" } ?? ""))
    }

    /// What to type next, the most useful first.
    var nextCommands: [String] {
        var commands: [String] = []
        switch jobState {
        case .failed, .errored, .timedOut, .cancelled:
            commands = ["slipway logs \(number) \(shell(label))"]
            if canBeDebugged { commands.append("slipway debug \(number) \(shell(label))") }
            if state.phase.isFinal { commands.append("slipway rerun \(number) --failed") }
        case .running, .starting:
            commands = ["slipway logs -f \(number) \(shell(label))"]
            if leg != nil, planned.definition.component != nil {
                commands.append("slipway exec \(number) \(shell(label))")
            }
        case .succeeded: commands = ["slipway logs \(number) \(shell(label))"]
        case .skipped, .waiting, .ready:
            if let cause = causes.last?.job {
                commands = ["slipway explain \(shell(cause)) --run \(number)"]
            }
            if state.phase == .paused { commands.append("slipway approve \(number)") }
        }
        if let call = leg.flatMap({ calls[$0] }) { commands.append("slipway show \(call)") }
        return commands + ["slipway show \(number)"]
    }

    /// One leg that has run in a container of its own.
    private var canBeDebugged: Bool {
        guard let leg else { return false }
        return state.legs[leg].attempt > 0 && planned.definition.component != nil
    }

    func shell(_ text: String) -> String { ShellWord.quoted(text) }
}
