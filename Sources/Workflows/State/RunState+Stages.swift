import Domain

extension RunState {
    mutating func begin(at now: Timestamp) -> [RunEffect] {
        guard !plan.stages.isEmpty else { return [.record(.runEnded(.succeeded, reason: nil))] }
        var effects: [RunEffect] = []
        if let limit = plan.definition.timeout {
            deadline = now + limit
            effects.append(.wake(at: now + limit, .runTimedOut(deadline: now + limit)))
        }
        return effects + [.record(.stageStarted(stage: 0))]
    }

    mutating func beginStage(_ stage: Int, at now: Timestamp) -> [RunEffect] {
        stages[stage].state = .running
        stages[stage].startedAt = now
        currentStage = stage
        let definition = plan.stages[stage].definition
        var effects: [RunEffect] = []
        if plan.stages[stage].isEnd, endStagesDeadline == nil {
            endStagesDeadline = now + Self.endStagesLimit
            effects.append(.wake(at: now + Self.endStagesLimit, .endStagesTimedOut))
        }
        if let limit = definition.timeout {
            effects.append(.wake(at: now + limit, .stageTimedOut(stage: stage)))
        }
        guard definition.condition == nil else {
            stages[stage].isConditionPending = true
            return effects + [.evaluateStageCondition(stage: stage)]
        }
        return effects + open(stage, at: now)
    }

    mutating func decideStage(
        _ stage: Int, _ outcome: HookOutcome, at now: Timestamp
    ) -> [RunEffect] {
        stages[stage].isConditionPending = false
        if stages[stage].isBlocked { return [.record(ending(of: stage))] }
        switch outcome {
        case .passed(.boolean(false), _), .passed(.null, _):
            return [
                .record(
                    .stageEnded(
                        stage: stage, .skipped, reason: "when: the condition is false"))
            ]
        case .passed: return open(stage, at: now)
        case .failed(let why, _):
            let reason = Self.reason("when", why)
            return [.record(.stageEnded(stage: stage, .failed, reason: reason))]
        case .errored(let why, _):
            let reason = Self.reason("when", why)
            return [.record(.stageEnded(stage: stage, .errored, reason: reason))]
        case .skipped(let why, _):
            let reason = Self.reason("when", why)
            return [.record(.stageEnded(stage: stage, .skipped, reason: reason))]
        }
    }

    /// The first jobs, or the wait of a pause.
    private mutating func open(_ stage: Int, at now: Timestamp) -> [RunEffect] {
        let planned = plan.stages[stage]
        if planned.definition.kind == .pause {
            phase = .paused
            pausedAt = now
            return []
        }
        let effects: [RunEffect] = []
        if planned.jobs.isEmpty { return finishStageJobs(stage) }
        let first = planned.definition.isParallel ? planned.jobs : planned.jobs.prefix(1)
        return effects + first.map { .record(.jobReady(job: $0)) }
    }

    mutating func makeReady(_ job: Int, at now: Timestamp) -> [RunEffect] {
        jobs[job].state = .ready
        jobs[job].readyAt = now
        if let reused = jobs[job].reused { return take(reused, job, at: now) }
        guard plan.jobs[job].definition.condition != nil else { return release(job) }
        jobs[job].isConditionPending = true
        return [.evaluateCondition(job: job)]
    }

    mutating func decide(_ job: Int, _ outcome: HookOutcome) -> [RunEffect] {
        jobs[job].isConditionPending = false
        switch outcome {
        case .passed(.boolean(false), _), .passed(.null, _):
            return [.record(.jobSkipped(job: job, reason: "when: the condition is false"))]
        case .passed: return release(job)
        case .failed(let why, _):
            return [.record(.jobEnded(job: job, .failed, reason: Self.reason("when", why)))]
        case .errored(let why, _):
            return [.record(.jobEnded(job: job, .errored, reason: Self.reason("when", why)))]
        case .skipped(let why, _):
            return [.record(.jobSkipped(job: job, reason: Self.reason("when", why)))]
        }
    }

    /// Hands the legs to the scheduler, unless something that the job consumes was skipped.
    private mutating func release(_ job: Int) -> [RunEffect] {
        for artifact in plan.jobs[job].definition.consumes where !artifact.isOptional {
            guard let maker = plan.jobIndex(stage: artifact.stage, job: artifact.job),
                jobs[maker].state == .skipped
            else { continue }
            let reason =
                "consumes \(artifact.stage).\(artifact.job).\(artifact.artifact), "
                + "and that job was skipped"
            return [.record(.jobSkipped(job: job, reason: reason))]
        }
        if plan.jobs[job].definition.hasDynamicMatrix, plan.jobs[job].legs.isEmpty {
            jobs[job].isExpansionPending = true
            return [.expandMatrix(job: job)]
        }
        for leg in plan.jobs[job].legs { legs[leg].state = .ready }
        return plan.jobs[job].legs.map { .schedule(leg: $0) }
    }

    mutating func endJob(
        _ job: Int, _ state: JobState, _ reason: String?, at now: Timestamp
    ) -> [RunEffect] {
        jobs[job].state = state
        jobs[job].reason = reason
        jobs[job].endedAt = now
        jobs[job].isConditionPending = false
        jobs[job].isExpansionPending = false
        for leg in plan.jobs[job].legs where !legs[leg].state.isFinal {
            legs[leg].state = state
            legs[leg].reason = reason
        }
        let stage = plan.jobs[job].stage
        stages[stage].remainingJobs -= 1
        note(job, state, reason, in: stage)
        var effects: [RunEffect] = []
        // One that ended without an attempt: its condition or matrix failed.
        if hinders(job: job, state: state), state != .cancelled {
            effects += failFast(stage, because: plan.jobs[job].key)
        }
        if !plan.stages[stage].definition.isParallel, !stages[stage].isBlocked {
            effects += continueSequence(
                stage, after: job, hindered: hinders(job: job, state: state))
        }
        if stages[stage].remainingJobs == 0 { effects += finishStageJobs(stage) }
        return effects
    }

    /// Cancels the siblings of what failed, where the stage asks for that.
    mutating func failFast(_ stage: Int, because failed: String) -> [RunEffect] {
        let definition = plan.stages[stage].definition
        guard definition.isParallel, definition.failFast, !stages[stage].isBlocked else {
            return []
        }
        return stopStage(stage, .failFast(job: failed))
    }

    private mutating func continueSequence(
        _ stage: Int, after job: Int, hindered: Bool
    ) -> [RunEffect] {
        let rest = (job + 1)..<plan.stages[stage].jobs.upperBound
        guard hindered else { return rest.prefix(1).map { .record(.jobReady(job: $0)) } }
        stages[stage].isBlocked = true
        let reason = "\(plan.jobs[job].key) did not succeed"
        return rest.map { .record(.jobSkipped(job: $0, reason: reason)) }
    }

    /// Keeps the strongest failure of a stage; what fail-fast or a cancel ended does not count.
    private mutating func note(_ job: Int, _ state: JobState, _ reason: String?, in stage: Int) {
        guard hinders(job: job, state: state), state != .cancelled else { return }
        let found: StageState = state == .errored ? .errored : .failed
        if let worst = stages[stage].worst, worst.state == .errored || found == .failed { return }
        let suffix = reason.map { ": \($0)" } ?? ""
        stages[stage].worst = (found, "\(plan.jobs[job].key) \(state.rawValue)\(suffix)")
    }

    /// All jobs of a stage have ended: its `after` hook speaks last.
    private mutating func finishStageJobs(_ stage: Int) -> [RunEffect] {
        let isStopped = cancelReason != nil && !plan.stages[stage].isEnd
        let isOverdue = stages[stage].isTimedOut
        guard plan.stages[stage].definition.after != nil, !isStopped, !isOverdue, !endsAtOnce
        else {
            return [.record(ending(of: stage))]
        }
        stages[stage].isHookPending = true
        return [.evaluateStageHook(stage: stage)]
    }

    mutating func takeStageHook(_ stage: Int, _ outcome: HookOutcome) -> [RunEffect] {
        stages[stage].isHookPending = false
        let name = plan.stages[stage].definition.name
        let found: (state: StageState, why: String)? =
            switch outcome {
            case .passed: nil
            case .failed(let why, _): (.failed, why)
            case .errored(let why, _): (.errored, why)
            case .skipped(let why, _): (.failed, "skip() has no meaning here: \(why)")
            }
        if let found, stages[stage].worst == nil || found.state == .errored {
            stages[stage].worst = (found.state, "after hook of stage \(name): \(found.why)")
        }
        return [.record(ending(of: stage))]
    }

    private func ending(of stage: Int) -> RunEvent {
        if let worst = stages[stage].worst {
            return .stageEnded(stage: stage, worst.state, reason: worst.reason)
        }
        let isStopped = plan.stages[stage].isEnd ? endsAtOnce : cancelReason != nil
        return isStopped
            ? .stageEnded(stage: stage, .cancelled, reason: cancelReason)
            : .stageEnded(stage: stage, .succeeded, reason: nil)
    }

    mutating func endStage(
        _ stage: Int, _ state: StageState, _ reason: String?, at now: Timestamp
    ) -> [RunEffect] {
        stages[stage].state = state
        stages[stage].isConditionPending = false
        let resumed = resumeClock(at: now)
        stages[stage].reason = reason
        // Skipped as a whole, or ended by its condition or a stop before its jobs' turn came.
        for job in plan.stages[stage].jobs where !jobs[job].state.isFinal {
            jobs[job].state = .skipped
            jobs[job].reason = reason
            for leg in plan.jobs[job].legs { legs[leg].state = .skipped }
        }
        let isFailure = state == .failed || state == .errored
        if isFailure, !plan.stages[stage].isEnd, worst == nil {
            worst = (state, reason ?? plan.stages[stage].definition.name)
        }
        return resumed + [.record(following(stage))]
    }

    private func following(_ stage: Int) -> RunEvent {
        let next = stage + 1
        guard next < plan.stages.count else {
            let verdict = verdict
            return .runEnded(verdict.phase, reason: verdict.reason)
        }
        if plan.stages[next].isEnd {
            return endsAtOnce
                ? .stageEnded(stage: next, .skipped, reason: cancelReason)
                : .stageStarted(stage: next)
        }
        let verdict = verdict
        return verdict.phase == .succeeded
            ? .stageStarted(stage: next)
            : .stageEnded(stage: next, .skipped, reason: "an earlier stage did not succeed")
    }
}
