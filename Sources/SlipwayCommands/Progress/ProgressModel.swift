import Domain
import Runs
import Workflows

/// What a live view needs of a run: its own small copy, so that the run's state is never held.
struct ProgressModel: Sendable {
    struct Job: Sendable {
        let name: String
        var state = JobState.waiting
        var reason: String?
        var startedAt: Timestamp?
        var endedAt: Timestamp?
        var legCount: Int
        var endedLegs = 0
        var runningLegs = 0
    }

    struct Stage: Sendable {
        let name: String
        let jobs: Range<Int>
        var state = StageState.waiting
        var startedAt: Timestamp?
        var endedAt: Timestamp?
        var endedJobs = 0
        var reason: String?
    }

    var title = ""
    var phase = RunPhase.queued
    var reason: String?
    var startedAt: Timestamp?
    var endedAt: Timestamp?
    var note: String?
    var stages: [Stage] = []
    var jobs: [Job] = []

    mutating func take(_ events: [RecordedEvent], _ state: borrowing RunState) {
        if stages.isEmpty { lay(out: state.plan, state) }
        for recorded in events { take(recorded, state) }
        phase = state.phase
        reason = state.reason
        startedAt = state.startedAt
        endedAt = state.endedAt
    }

    private mutating func lay(out plan: RunPlan, _ state: borrowing RunState) {
        jobs = plan.jobs.map { Job(name: $0.definition.name, legCount: $0.legs.count) }
        stages = plan.stages.map { Stage(name: $0.definition.name, jobs: $0.jobs) }
        if let creation = state.creation {
            title = "\(creation.workflow) · run \(creation.number)"
        }
    }

    private mutating func take(_ recorded: RecordedEvent, _ state: borrowing RunState) {
        switch recorded.event {
        case .stageStarted(let stage):
            stages[stage].startedAt = recorded.time
            stages[stage].state = .running
            if state.plan.stages[stage].definition.kind == .pause {
                let number = state.creation?.number ?? 0
                note = "waits for approval: slipway approve \(number), or slipway reject \(number)"
            }
        case .stageEnded(let stage, let end, let reason):
            stages[stage].state = end
            stages[stage].endedAt = recorded.time
            stages[stage].reason = reason
            guard end == .skipped else { return }
            for job in stages[stage].jobs { jobs[job].state = .skipped }
        case .attemptStarting(let leg, _):
            let job = state.plan.legs[leg].job
            jobs[job].runningLegs += 1
            refresh(job, recorded.time, state)
        case .attemptStarted(let leg, _):
            refresh(state.plan.legs[leg].job, recorded.time, state)
        case .attemptEnded(let leg, _, _), .afterEvaluated(let leg, _, _),
            .legEnded(let leg, _, _), .beforeEvaluated(let leg, _, _):
            let job = state.plan.legs[leg].job
            if state.legs[leg].state.isFinal {
                jobs[job].endedLegs = min(jobs[job].legCount, jobs[job].endedLegs + 1)
                jobs[job].runningLegs = max(0, jobs[job].runningLegs - 1)
            }
            refresh(job, recorded.time, state)
        case .jobExpanded(let job, _):
            jobs[job].legCount = state.plan.jobs[job].legs.count
            refresh(job, recorded.time, state)
        case .attemptRetried(let leg, _, _, _):
            jobs[state.plan.legs[leg].job].runningLegs -= 1
        case .decided(_, let decision):
            note = "\(decision.isApproval ? "approved" : "rejected") by \(decision.actor)"
        case .jobReady(let job): refresh(job, recorded.time, state)
        case .jobSkipped(let job, _), .jobEnded(let job, _, _):
            refresh(job, recorded.time, state)
            jobs[job].endedAt = recorded.time
            stages[state.plan.jobs[job].stage].endedJobs += 1
        case .cancelRequested(let actor, _):
            note = "cancelled by \(actor): waiting for what runs to stop (Ctrl-C again to hurry)"
        default: break
        }
    }

    private mutating func refresh(
        _ job: Int, _ time: Timestamp, _ state: borrowing RunState
    ) {
        jobs[job].state = state.jobs[job].state
        jobs[job].reason = state.jobs[job].reason
        if jobs[job].startedAt == nil, jobs[job].state != .ready, jobs[job].state != .skipped {
            jobs[job].startedAt = time
        }
    }
}
