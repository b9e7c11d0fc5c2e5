package import Domain

extension RunState {
    /// Takes one event and says what is to be done about it, after it is committed.
    ///
    /// `record` effects are events too: the caller applies them at once and commits them together.
    package mutating func apply(
        _ event: RunEvent, at now: Timestamp
    ) throws(IllegalTransition) -> [RunEffect] {
        try check(event)
        switch event {
        case .created(let creation):
            self.creation = creation
            return [.record(.started)]
        case .started:
            phase = .running
            startedAt = now
            return [
                .record(
                    plan.stages.isEmpty
                        ? .runEnded(.succeeded, reason: nil) : .stageStarted(stage: 0))
            ]
        case .stageStarted(let stage): return beginStage(stage, at: now)
        case .jobReady(let job): return makeReady(job, at: now)
        case .conditionEvaluated(let job, let outcome): return decide(job, outcome)
        case .jobSkipped(let job, let reason):
            return endJob(job, .skipped, reason, at: now)
        case .attemptStarting(let leg, let attempt): return prepare(leg, attempt)
        case .beforeEvaluated(let leg, let attempt, let outcome):
            return takeBefore(leg, attempt, outcome)
        case .attemptStarted(let leg, let attempt): return markRunning(leg, attempt, at: now)
        case .attemptTimedOut(let leg, let attempt):
            legs[leg].stop = .timedOut(after: definition(ofLeg: leg).timeout)
            return [.cancel(leg: leg, attempt: attempt)]
        case .attemptEnded(let leg, let attempt, let report):
            return takeReport(leg, attempt, report, at: now)
        case .afterEvaluated(let leg, _, let outcome): return takeAfter(leg, outcome, at: now)
        case .legEnded(let leg, let state, let reason):
            return endLeg(leg, state, reason, at: now)
        case .jobEnded(let job, let state, let reason): return endJob(job, state, reason, at: now)
        case .stageHookEvaluated(let stage, let outcome): return takeStageHook(stage, outcome)
        case .stageEnded(let stage, let state, let reason):
            return endStage(stage, state, reason)
        case .cancelRequested(let actor, let reason): return cancel(actor, reason)
        case .endStagesTimedOut: return stopEndStages()
        case .runEnded(let phase, let reason):
            self.phase = phase
            self.reason = reason
            endedAt = now
            currentStage = nil
            return [.finish]
        }
    }

    private func check(_ event: RunEvent) throws(IllegalTransition) {
        func refuse(_ why: String) -> IllegalTransition {
            IllegalTransition(event: event, why: why)
        }
        if phase.isFinal { throw refuse("the run has ended") }
        if case .created = event {
            if creation != nil { throw refuse("it was created before") }
        } else if creation == nil {
            throw refuse("it was not created yet")
        }
        if let stage = event.stage, !stages.indices.contains(stage) {
            throw refuse("there is no stage \(stage)")
        }
        if let job = event.job, !jobs.indices.contains(job) {
            throw refuse("there is no job \(job)")
        }
        if let leg = event.leg, !legs.indices.contains(leg) {
            throw refuse("there is no leg \(leg)")
        }
        if !awaits(event) { throw refuse("nobody waits for it") }
        if let job = event.job, jobs[job].state.isFinal { throw refuse("the job has ended") }
        if let leg = event.leg, legs[leg].state.isFinal { throw refuse("the leg has ended") }
    }

    /// An error names its hook and line already; what `fail` and `skip` say does not.
    static func reason(_ hook: String, _ why: String) -> String {
        why.hasPrefix("\(hook):") ? why : "\(hook): \(why)"
    }

    func definition(ofLeg leg: Int) -> JobDefinition { plan.jobs[plan.legs[leg].job].definition }
}

// MARK: - Attempts

extension RunState {
    private mutating func prepare(_ leg: Int, _ attempt: Int) -> [RunEffect] {
        legs[leg].state = .starting
        legs[leg].attempt = attempt
        let job = plan.legs[leg].job
        if jobs[job].state == .ready { jobs[job].state = .starting }
        guard definition(ofLeg: leg).before != nil else {
            return [.start(leg: leg, attempt: attempt)]
        }
        legs[leg].isHookPending = true
        return [.evaluateBefore(leg: leg, attempt: attempt)]
    }

    private mutating func takeBefore(
        _ leg: Int, _ attempt: Int, _ outcome: HookOutcome
    ) -> [RunEffect] {
        legs[leg].isHookPending = false
        if let stop = legs[leg].stop {
            return [.record(.legEnded(leg: leg, stop.state, reason: stop.text))]
        }
        switch outcome {
        case .passed(let inputs, _):
            legs[leg].hookInputs = inputs.objectValue ?? [:]
            return [.start(leg: leg, attempt: attempt)]
        case .failed(let why, _):
            return [.record(.legEnded(leg: leg, .failed, reason: Self.reason("before", why)))]
        case .skipped(let why, _):
            return [.record(.legEnded(leg: leg, .skipped, reason: Self.reason("before", why)))]
        }
    }

    private mutating func markRunning(_ leg: Int, _ attempt: Int, at now: Timestamp) -> [RunEffect]
    {
        legs[leg].state = .running
        legs[leg].startedAt = now
        jobs[plan.legs[leg].job].state = .running
        guard legs[leg].stop == nil else { return [.cancel(leg: leg, attempt: attempt)] }
        let deadline = now + definition(ofLeg: leg).timeout
        return [.wake(at: deadline, .attemptTimedOut(leg: leg, attempt: attempt))]
    }

    private mutating func takeReport(
        _ leg: Int, _ attempt: Int, _ report: AttemptReport, at now: Timestamp
    ) -> [RunEffect] {
        legs[leg].exitCode = report.exitCode
        legs[leg].outputs = report.outputs
        legs[leg].artifacts = report.artifacts
        legs[leg].endedAt = now
        if let stop = legs[leg].stop { return endLeg(leg, stop.state, stop.text, at: now) }
        guard report.state == .succeeded, definition(ofLeg: leg).after != nil else {
            return endLeg(leg, report.state, report.reason, at: now)
        }
        legs[leg].state = .running
        legs[leg].isHookPending = true
        return [.evaluateAfter(leg: leg, attempt: attempt)]
    }

    private mutating func takeAfter(
        _ leg: Int, _ outcome: HookOutcome, at now: Timestamp
    ) -> [RunEffect] {
        legs[leg].isHookPending = false
        if let stop = legs[leg].stop { return endLeg(leg, stop.state, stop.text, at: now) }
        switch outcome {
        case .passed(let outputs, _):
            if let members = outputs.objectValue {
                legs[leg].outputs = members.compactMapValues(\.inputText)
            }
            return endLeg(leg, .succeeded, nil, at: now)
        case .failed(let why, _), .skipped(let why, _):
            return endLeg(leg, .failed, Self.reason("after", why), at: now)
        }
    }

    mutating func endLeg(
        _ leg: Int, _ state: JobState, _ reason: String?, at now: Timestamp
    ) -> [RunEffect] {
        legs[leg].state = state
        legs[leg].reason = reason
        legs[leg].isHookPending = false
        if legs[leg].attempt > 0, legs[leg].endedAt == nil { legs[leg].endedAt = now }
        if state == .skipped { legs[leg].outputs = [:] }
        let job = plan.legs[leg].job
        jobs[job].remainingLegs -= 1
        var effects: [RunEffect] = []
        let stage = plan.jobs[job].stage
        if hinders(job: job, state: state), legs[leg].stop == nil, !stages[stage].isBlocked,
            plan.stages[stage].definition.isParallel, plan.stages[stage].definition.failFast
        {
            effects += stopStage(stage, .failFast(job: plan.label(leg: leg)))
        }
        if jobs[job].remainingLegs == 0, !jobs[job].state.isFinal {
            let (state, reason) = strongestLeg(of: job)
            effects.append(.record(.jobEnded(job: job, state, reason: reason)))
        }
        return effects
    }

    /// A job takes the strongest state of its legs; legs stopped by fail-fast do not count.
    private func strongestLeg(of job: Int) -> (JobState, String?) {
        let range = plan.jobs[job].legs
        var best = range.lowerBound
        for leg in range where strength(leg) > strength(best) { best = leg }
        let reason = legs[best].reason.map {
            plan.jobs[job].isSharded ? "[\(plan.legs[best].shard ?? 0)] \($0)" : $0
        }
        return (legs[best].state, reason)
    }

    private func strength(_ leg: Int) -> Int {
        if case .cancelled = legs[leg].stop, legs[leg].state == .cancelled { return 6 }
        return legs[leg].state.strength
    }
}

extension JSONValue {
    /// The text of a scalar as an input or output; nil for null. Lists and objects are JSON.
    package var inputText: String? {
        switch self {
        case .null: nil
        case .string(let text): text
        default: canonicalText
        }
    }
}
