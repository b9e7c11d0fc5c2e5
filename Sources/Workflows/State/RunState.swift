package import Domain

/// A run as a fold over its events: pure, without clock, randomness or input and output.
package struct RunState: Sendable {
    package let plan: RunPlan
    package internal(set) var phase = RunPhase.queued
    package internal(set) var reason: String?
    package internal(set) var creation: RunCreation?
    package internal(set) var startedAt: Timestamp?
    package internal(set) var endedAt: Timestamp?
    package internal(set) var stages: [StageProgress]
    package internal(set) var jobs: [JobProgress]
    package internal(set) var legs: [LegProgress]
    /// The stage that runs; nil before the first and after the last.
    package internal(set) var currentStage: Int?
    package internal(set) var cancelReason: String?
    /// True when even end stages must stop.
    var endsAtOnce = false
    var hasEndStageDeadline = false
    /// The strongest failure of the normal stages so far.
    var worst: (state: StageState, reason: String)?

    /// End stages have this long together (DESIGN §2, "End stages").
    package static let endStagesLimit = Duration.seconds(600)

    package init(plan: RunPlan) {
        self.plan = plan
        stages = plan.stages.map { StageProgress(remainingJobs: $0.jobs.count) }
        jobs = plan.jobs.map { JobProgress(remainingLegs: $0.legs.count) }
        legs = plan.legs.map { _ in LegProgress() }
    }

    /// The verdict so far, strongest first: cancelled, errored, failed, succeeded.
    package var verdict: (phase: RunPhase, reason: String?) {
        if let cancelReason { return (.cancelled, cancelReason) }
        guard let worst else { return (.succeeded, nil) }
        return (worst.state == .errored ? .errored : .failed, worst.reason)
    }

    /// Whether a failure of the job counts as success for order, fail-fast and verdict.
    package func isAllowedFailure(job: Int, state: JobState) -> Bool {
        plan.jobs[job].definition.allowFailure && (state == .failed || state == .timedOut)
    }

    func hinders(job: Int, state: JobState) -> Bool {
        switch state {
        case .succeeded, .skipped: false
        default: !isAllowedFailure(job: job, state: state)
        }
    }
}

extension RunState {
    /// Whether an answer that comes from outside is still awaited; late ones are dropped.
    package func awaits(_ event: RunEvent) -> Bool {
        guard !phase.isFinal else { return false }
        switch event {
        case .conditionEvaluated(let job, _):
            return jobs[job].isConditionPending
        case .attemptStarting(let leg, let attempt):
            return legs[leg].state == .ready && attempt == legs[leg].attempt + 1
        case .beforeEvaluated(let leg, let attempt, _):
            return legs[leg].state == .starting && legs[leg].isHookPending
                && legs[leg].attempt == attempt
        case .attemptStarted(let leg, let attempt):
            return legs[leg].state == .starting && legs[leg].attempt == attempt
        case .attemptTimedOut(let leg, let attempt):
            return legs[leg].state == .running && legs[leg].attempt == attempt
                && legs[leg].stop == nil && !legs[leg].isHookPending
        case .attemptEnded(let leg, let attempt, _):
            return (legs[leg].state == .running || legs[leg].state == .starting)
                && legs[leg].attempt == attempt && !legs[leg].isHookPending
        case .afterEvaluated(let leg, let attempt, _):
            return legs[leg].state == .running && legs[leg].isHookPending
                && legs[leg].attempt == attempt
        case .stageHookEvaluated(let stage, _):
            return stages[stage].isHookPending
        case .endStagesTimedOut:
            return hasEndStageDeadline && !endsAtOnce
        default:
            return true
        }
    }

    /// What a process that takes over must see to: everything begun and not answered.
    package func outstandingEffects(at now: Timestamp) -> [RunEffect] {
        guard !phase.isFinal else { return [] }
        var effects: [RunEffect] = []
        for (index, stage) in stages.enumerated() where stage.isHookPending {
            effects.append(.evaluateStageHook(stage: index))
        }
        for (index, job) in jobs.enumerated() where job.isConditionPending {
            effects.append(.evaluateCondition(job: index))
        }
        for (index, leg) in legs.enumerated() {
            switch (leg.state, leg.isHookPending) {
            case (.ready, _): effects.append(.schedule(leg: index))
            case (.starting, true):
                effects.append(.evaluateBefore(leg: index, attempt: leg.attempt))
            case (.running, true):
                effects.append(.evaluateAfter(leg: index, attempt: leg.attempt))
            default: break
            }
        }
        if hasEndStageDeadline {
            effects.append(.wake(at: now + Self.endStagesLimit, .endStagesTimedOut))
        }
        return effects
    }

    /// Legs whose attempt was given to an executor and has not been heard of again.
    package var attemptsInFlight: [(leg: Int, attempt: Int)] {
        legs.indices.compactMap { index in
            let leg = legs[index]
            let isWithExecutor = leg.state == .starting || leg.state == .running
            return isWithExecutor && !leg.isHookPending ? (index, leg.attempt) : nil
        }
    }
}
