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
        case .jobReused(let job, let reused):
            jobs[job].reused = reused
            return []
        case .started:
            phase = .running
            startedAt = now
            return begin(at: now)
        case .stageStarted(let stage): return beginStage(stage, at: now)
        case .jobReady(let job): return makeReady(job, at: now)
        case .conditionEvaluated(let job, let outcome): return decide(job, outcome)
        case .jobExpanded(let job, let outcome): return expand(job, outcome)
        case .jobSkipped(let job, let reason): return endJob(job, .skipped, reason, at: now)
        case .attemptStarting(let leg, let attempt): return prepare(leg, attempt)
        case .beforeEvaluated(let leg, let attempt, let outcome):
            return takeBefore(leg, attempt, outcome, at: now)
        case .attemptStarted(let leg, let attempt, let since):
            return begin(leg, attempt, since: RunEvent.attemptStart(since: since, told: now))
        case .attemptEntered(let leg, _, let entrance): return enter(leg, entrance, at: now)
        case .attemptTimedOut(let leg, let attempt):
            legs[leg].stop = .timedOut(after: definition(ofLeg: leg).timeout)
            return [.cancel(leg: leg, attempt: attempt)]
        case .attemptEnded(let leg, let attempt, let report):
            return takeReport(leg, attempt, report, at: now)
        case .afterEvaluated(let leg, _, let outcome): return takeAfter(leg, outcome, at: now)
        case .attemptRetried(let leg, let attempt, let due, let reason):
            return waitForRetry(leg, attempt, due, reason)
        case .retryDue(let leg, _):
            legs[leg].retryDue = nil
            legs[leg].state = .ready
            return [.schedule(leg: leg)]
        case .legEnded(let leg, let state, let reason):
            return endLeg(leg, state, reason, at: now)
        case .jobEnded(let job, let state, let reason): return endJob(job, state, reason, at: now)
        case .stageConditionEvaluated(let stage, let outcome):
            return decideStage(stage, outcome, at: now)
        case .stageHookEvaluated(let stage, let outcome): return takeStageHook(stage, outcome)
        case .stageTimedOut(let stage): return endOverdue(stage)
        case .decided(let stage, let decision): return take(decision, stage)
        case .stageEnded(let stage, let state, let reason):
            return endStage(stage, state, reason, at: now)
        case .cancelRequested(let actor, let reason): return cancel(actor, reason)
        case .endStagesTimedOut:
            let limit = Self.endStagesLimit.text
            return stopEndStages(because: "end stages ran longer than \(limit)")
        case .runTimedOut: return endOverdueRun()
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
        legs[leg].reason = nil
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
        _ leg: Int, _ attempt: Int, _ outcome: HookOutcome, at now: Timestamp
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
            return finish(leg, .failed, Self.reason("before", why), at: now)
        case .errored(let why, _):
            return finish(leg, .errored, Self.reason("before", why), at: now)
        case .skipped(let why, _):
            return [.record(.legEnded(leg: leg, .skipped, reason: Self.reason("before", why)))]
        }
    }

    private mutating func begin(_ leg: Int, _ attempt: Int, since start: Timestamp) -> [RunEffect] {
        legs[leg].state = .running
        legs[leg].startedAt = start
        jobs[plan.legs[leg].job].state = .running
        guard legs[leg].stop == nil else { return [.cancel(leg: leg, attempt: attempt)] }
        let deadline = start + definition(ofLeg: leg).timeout
        return [.wake(at: deadline, .attemptTimedOut(leg: leg, attempt: attempt))]
    }

    private mutating func takeReport(
        _ leg: Int, _ attempt: Int, _ report: AttemptReport, at now: Timestamp
    ) -> [RunEffect] {
        legs[leg].exitCode = report.exitCode
        legs[leg].outputs = report.outputs
        legs[leg].artifacts = report.artifacts
        legs[leg].caches = report.caches
        legs[leg].reports = report.reports
        legs[leg].memo = report.memo
        // One that ended while nobody was there may have been seen running only afterwards.
        legs[leg].endedAt = report.endedAt.map { max($0, legs[leg].startedAt ?? $0) } ?? now
        if isTimeoutVoid(leg, report) { legs[leg].stop = nil }
        if let stop = legs[leg].stop { return finish(leg, stop.state, stop.text, at: now) }
        guard report.state == .succeeded, definition(ofLeg: leg).after != nil else {
            return finish(leg, report.state, report.reason, at: now)
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
        case .errored(let why, _):
            return finish(leg, .errored, Self.reason("after", why), at: now)
        case .failed(let why, _), .skipped(let why, _):
            return finish(leg, .failed, Self.reason("after", why), at: now)
        }
    }

    /// The end of an attempt: the leg's own end, unless its policy gives it another try.
    private mutating func finish(
        _ leg: Int, _ state: JobState, _ reason: String?, at now: Timestamp
    ) -> [RunEffect] {
        let policy = definition(ofLeg: leg).retry
        let attempt = legs[leg].attempt
        guard let cause = RetryPolicy.Cause(state), policy.causes.contains(cause),
            attempt < policy.attempts, isFree(leg)
        else { return endLeg(leg, state, reason, at: now) }
        let pause = pause(before: attempt + 1, of: leg)
        let why = state.rawValue + (reason.map { ": \($0)" } ?? "")
        return [
            .record(
                .attemptRetried(leg: leg, attempt: attempt, due: now + pause, reason: why))
        ]
    }

    /// How long a leg waits before another attempt.
    func pause(before attempt: Int, of leg: Int) -> Duration {
        definition(ofLeg: leg).retry.pause(after: attempt - 1, seed: seed(leg, attempt - 1))
    }

    /// Whether nothing but its own timeout stopped the leg.
    private func isFree(_ leg: Int) -> Bool {
        if stages[plan.jobs[plan.legs[leg].job].stage].isBlocked { return false }
        switch legs[leg].stop {
        case nil, .timedOut: return true
        default: return false
        }
    }

    /// The same for the same run, leg and attempt.
    private func seed(_ leg: Int, _ attempt: Int) -> UInt64 {
        Seed.of("\(creation?.id.text ?? "") \(leg) \(attempt)")
    }

    private mutating func waitForRetry(
        _ leg: Int, _ attempt: Int, _ due: Timestamp, _ reason: String
    ) -> [RunEffect] {
        var fresh = LegProgress()
        fresh.attempt = attempt
        fresh.reason = reason
        fresh.retryDue = due
        legs[leg] = fresh
        return [.wake(at: due, .retryDue(leg: leg, attempt: attempt))]
    }

    mutating func endLeg(
        _ leg: Int, _ state: JobState, _ reason: String?, at now: Timestamp
    ) -> [RunEffect] {
        legs[leg].state = state
        legs[leg].reason = reason
        legs[leg].isHookPending = false
        legs[leg].retryDue = nil
        if legs[leg].attempt > 0, legs[leg].endedAt == nil { legs[leg].endedAt = now }
        if state == .skipped { legs[leg].outputs = [:] }
        let job = plan.legs[leg].job
        jobs[job].remainingLegs -= 1
        var effects: [RunEffect] = []
        let stage = plan.jobs[job].stage
        if hinders(job: job, state: state), legs[leg].stop?.isOfTheStage != true {
            effects += failFast(stage, because: plan.label(leg: leg))
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
            plan.jobs[job].isMultiple ? "\(plan.suffix(leg: best)) \($0)" : $0
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

extension RetryPolicy.Cause {
    /// What an attempt's end is in the words of a policy; nil for an end that is no failure.
    init?(_ state: JobState) {
        switch state {
        case .errored: self = .error
        case .failed: self = .failed
        case .timedOut: self = .timeout
        default: return nil
        }
    }
}
