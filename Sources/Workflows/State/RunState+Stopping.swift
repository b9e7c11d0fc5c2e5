import Domain

extension RunState {
    /// The first cancel ends normal stages and lets end stages run; the second ends those too.
    mutating func cancel(_ actor: String, _ reason: String) -> [RunEffect] {
        let isSecond = cancelReason != nil
        let text = reason.isEmpty ? "by \(actor)" : "by \(actor): \(reason)"
        if let stage = currentStage, plan.stages[stage].isEnd {
            // The verdict stands already: nothing in an end stage changes it.
            return stopEndStages(because: text)
        }
        if cancelReason == nil { cancelReason = text }
        guard let stage = currentStage else { return [] }
        if plan.stages[stage].definition.kind == .pause {
            return [.record(.stageEnded(stage: stage, .cancelled, reason: text))]
        }
        if isSecond { endsAtOnce = true }
        return stopStage(stage, .cancelled(text))
    }

    mutating func stopEndStages(because reason: String) -> [RunEffect] {
        endsAtOnce = true
        guard let stage = currentStage, plan.stages[stage].isEnd else { return [] }
        return stopStage(stage, .cancelled(reason))
    }

    /// Ends what has not begun and asks what runs to stop.
    mutating func stopStage(_ stage: Int, _ stop: StopReason) -> [RunEffect] {
        stages[stage].isBlocked = true
        var effects: [RunEffect] = []
        if stages[stage].isConditionPending {
            // The jobs never become ready: the condition's answer ends the stage.
            return effects
        }
        if stages[stage].isHookPending, !stages[stage].state.isFinal {
            // The hook's own second is its limit: its answer ends the stage.
            return effects
        }
        for job in plan.stages[stage].jobs where !jobs[job].state.isFinal {
            effects += stopJob(job, stop)
        }
        return effects
    }

    private mutating func stopJob(_ job: Int, _ stop: StopReason) -> [RunEffect] {
        let range = plan.jobs[job].legs
        // A leg that waits for another try has nothing that runs.
        let hasBegun = range.contains { legs[$0].attempt > 0 }
        guard hasBegun else {
            return [.record(.jobEnded(job: job, .cancelled, reason: stop.text))]
        }
        var effects: [RunEffect] = []
        for leg in range where !legs[leg].state.isFinal {
            switch legs[leg].state {
            case .starting, .running:
                // A stop that was asked for first keeps its reason.
                if legs[leg].stop == nil { legs[leg].stop = stop }
                effects.append(.cancel(leg: leg, attempt: legs[leg].attempt))
            default:
                legs[leg].stop = stop
                effects.append(.record(.legEnded(leg: leg, .cancelled, reason: stop.text)))
            }
        }
        return effects
    }

    /// Whether a report tells that it was not its time that ended an attempt: it had ended before,
    /// and what it left only took longer to gather; or nobody knows its end, as where the machine
    /// went down, and whoever came back found the time over.
    func isTimeoutVoid(_ leg: Int, _ report: AttemptReport) -> Bool {
        guard case .timedOut(let limit) = legs[leg].stop else { return false }
        if report.state == .errored, report.exitCode == nil, definition(ofLeg: leg).call == nil {
            return true
        }
        guard let end = report.endedAt, let start = legs[leg].startedAt else { return false }
        return end < start + limit
    }
}

extension StageState {
    var isFinal: Bool { self != .waiting && self != .running }
}
