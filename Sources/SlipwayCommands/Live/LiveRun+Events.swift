import Domain
import Runs
import Workflows

extension LiveRun {
    /// Takes what was committed; `state` is what the events made of the run.
    mutating func take(_ events: [RecordedEvent], _ state: borrowing RunState) {
        if stages.isEmpty { lay(out: state) }
        addLegs(state)
        for recorded in events { take(recorded, state) }
        phase = state.phase
        reason = state.reason
        startedAt = state.startedAt
        endedAt = state.endedAt
        currentStage = state.currentStage
        isCancelled = state.cancelReason != nil
    }

    private mutating func take(_ recorded: RecordedEvent, _ state: borrowing RunState) {
        if let leg = recorded.event.leg { refresh(leg: leg, at: recorded.time, state) }
        switch recorded.event {
        case .stageStarted(let stage):
            refresh(stage: stage, state)
            stages[stage].startedAt = recorded.time
        case .stageEnded(let stage, _, _):
            refresh(stage: stage, state)
            stages[stage].endedAt = recorded.time
            // A stage that is skipped takes its jobs along.
            for job in stages[stage].jobs {
                refresh(job: job, withLegs: true, at: recorded.time, state)
            }
        case .jobReady(let job), .jobExpanded(let job, _), .jobSkipped(let job, _),
            .jobEnded(let job, _, _), .conditionEvaluated(let job, _):
            refresh(job: job, withLegs: true, at: recorded.time, state)
        case .decided(_, let decision):
            note =
                "\(decision.isApproval ? "approved" : "rejected") by \(decision.actor)"
                + (decision.comment.isEmpty ? "" : ": \(decision.comment)")
        case .attemptEntered(let leg, _, let entrance):
            note = "\(state.plan.label(leg: leg)) entered by \(entrance.actor)"
        case .cancelRequested(let actor, _):
            note = "cancelled by \(actor): what runs is asked to stop"
        default: break
        }
    }
}
