package import Domain

/// A run as a fold over its events: pure, without clock, randomness or input and output.
package struct RunState: Sendable {
    package internal(set) var plan: RunPlan
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
    var endStagesDeadline: Timestamp?
    /// When the run's own timeout ends it; moves with each pause.
    var deadline: Timestamp?
    var pausedAt: Timestamp?
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
        case .jobReused: return phase == .queued
        case .jobExpanded(let job, _):
            return jobs[job].isExpansionPending
        case .retryDue(let leg, let attempt):
            return legs[leg].retryDue != nil && legs[leg].attempt == attempt
        case .stageConditionEvaluated(let stage, _):
            return stages[stage].isConditionPending
        case .stageTimedOut(let stage):
            return stages[stage].state == .running && !stages[stage].isTimedOut
        case .decided(let stage, let decision):
            return currentStage == stage && plan.stages[stage].definition.kind == .pause
                && !stages[stage].decisions.contains { $0.actor == decision.actor }
        case .runTimedOut(let deadline):
            return deadline == self.deadline && phase == .running
                && !(currentStage.map { plan.stages[$0].isEnd } ?? true)
        case .attemptStarting(let leg, let attempt):
            return legs[leg].state == .ready && attempt == legs[leg].attempt + 1
        case .beforeEvaluated(let leg, let attempt, _):
            return legs[leg].state == .starting && legs[leg].isHookPending
                && legs[leg].attempt == attempt
        case .attemptStarted(let leg, let attempt, _):
            return legs[leg].state == .starting && legs[leg].attempt == attempt
        case .attemptEntered(let leg, let attempt, _):
            return legs[leg].state == .running && legs[leg].attempt == attempt
                && !legs[leg].isHookPending
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
            return endStagesDeadline != nil && !endsAtOnce
        default:
            return true
        }
    }

    /// What a process that takes over must see to: everything begun and not answered. Legs that
    /// are ready are the scheduler's to find.
    ///
    /// What was left of a limit is told by recorded times alone, and the machine's clock may have
    /// been moved since: nothing waits longer than its whole limit, and what is over is due now.
    package func outstandingEffects(at now: Timestamp) -> [RunEffect] {
        guard !phase.isFinal else { return [] }
        var effects: [RunEffect] = []
        for (index, stage) in stages.enumerated() where stage.state == .running {
            if stage.isHookPending { effects.append(.evaluateStageHook(stage: index)) }
            if stage.isConditionPending { effects.append(.evaluateStageCondition(stage: index)) }
            if let limit = plan.stages[index].definition.timeout, let start = stage.startedAt {
                effects.append(
                    .wake(at: min(start, now) + limit, .stageTimedOut(stage: index)))
            }
        }
        if let deadline, phase == .running {
            let latest = now + (plan.definition.timeout ?? .zero)
            effects.append(
                .wake(at: min(deadline, latest), .runTimedOut(deadline: deadline)))
        }
        for (index, job) in jobs.enumerated() where job.isConditionPending {
            effects.append(.evaluateCondition(job: index))
        }
        for (index, job) in jobs.enumerated() where job.isExpansionPending {
            effects.append(.expandMatrix(job: index))
        }
        for (index, leg) in legs.enumerated() {
            if let due = leg.retryDue {
                let latest = now + pause(before: leg.attempt + 1, of: index)
                effects.append(
                    .wake(at: min(due, latest), .retryDue(leg: index, attempt: leg.attempt)))
            }
            switch (leg.state, leg.isHookPending) {
            case (.running, false) where leg.stop != nil:
                effects.append(.cancel(leg: index, attempt: leg.attempt))
            case (.running, false):
                // An attempt that is found again keeps the deadline that it had.
                let deadline = min(leg.startedAt ?? now, now) + definition(ofLeg: index).timeout
                effects.append(
                    .wake(at: deadline, .attemptTimedOut(leg: index, attempt: leg.attempt)))
            case (.starting, true):
                effects.append(.evaluateBefore(leg: index, attempt: leg.attempt))
            case (.running, true):
                effects.append(.evaluateAfter(leg: index, attempt: leg.attempt))
            default: break
            }
        }
        if let endStagesDeadline {
            effects.append(
                .wake(at: min(endStagesDeadline, now + Self.endStagesLimit), .endStagesTimedOut))
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
