import Domain

extension RunState {
    /// Somebody's word on the pause that the run waits in. A rejection ends the wait at once.
    mutating func take(_ decision: Decision, _ stage: Int) -> [RunEffect] {
        stages[stage].decisions.append(decision)
        guard decision.isApproval else {
            let comment = decision.comment.isEmpty ? "" : ": \(decision.comment)"
            let reason = "rejected by \(decision.actor)\(comment)"
            return [.record(.stageEnded(stage: stage, .failed, reason: reason))]
        }
        let needed = plan.stages[stage].definition.approval?.approvals ?? 1
        guard stages[stage].decisions.count >= needed else { return [] }
        let names = stages[stage].decisions.map(\.actor).joined(separator: ", ")
        return [.record(.stageEnded(stage: stage, .succeeded, reason: "approved by \(names)"))]
    }

    /// The run's clock stands still in a pause (DESIGN §2, "Timeout").
    mutating func resumeClock(at now: Timestamp) -> [RunEffect] {
        guard phase == .paused else { return [] }
        phase = .running
        defer { pausedAt = nil }
        guard let deadline, let pausedAt else { return [] }
        let moved = deadline + now.since(pausedAt)
        self.deadline = moved
        return [.wake(at: moved, .runTimedOut(deadline: moved))]
    }

    // MARK: Limits

    /// A stage past its limit is failed, with reason `timed-out`; a pause has expired.
    mutating func endOverdue(_ stage: Int) -> [RunEffect] {
        let definition = plan.stages[stage].definition
        let limit = definition.timeout ?? .zero
        stages[stage].isTimedOut = true
        if definition.kind == .pause {
            let reason = "timed-out: nobody decided within \(limit.text)"
            return [.record(.stageEnded(stage: stage, .failed, reason: reason))]
        }
        let reason = "timed-out: the stage ran longer than \(limit.text)"
        if stages[stage].worst?.state != .errored { stages[stage].worst = (.failed, reason) }
        return stopStage(stage, .overdue(reason))
    }

    mutating func endOverdueRun() -> [RunEffect] {
        guard let stage = currentStage else { return [] }
        let limit = plan.definition.timeout ?? .zero
        let reason = "timed-out: the run took longer than \(limit.text)"
        stages[stage].isTimedOut = true
        if stages[stage].worst?.state != .errored { stages[stage].worst = (.failed, reason) }
        return stopStage(stage, .overdue(reason))
    }

    // MARK: Matrices

    /// The lists of a matrix, when its references are resolved.
    mutating func expand(_ job: Int, _ outcome: MatrixOutcome) -> [RunEffect] {
        jobs[job].isExpansionPending = false
        let definition = plan.jobs[job].definition
        switch outcome {
        case .failed(let why):
            return [.record(.jobEnded(job: job, .failed, reason: "matrix: \(why)"))]
        case .values(let lists):
            let count = RunPlan.count(definition, values: lists)
            guard count > 0 else {
                return [.record(.jobSkipped(job: job, reason: "matrix: a list is empty"))]
            }
            guard count <= RunPlan.legLimit - legs.count else {
                let reason = "matrix: it makes \(count) legs; a run has at most 20,000"
                return [.record(.jobEnded(job: job, .failed, reason: reason))]
            }
            plan.expand(job: job, values: lists)
            jobs[job].remainingLegs = count
            for _ in 0..<count {
                var leg = LegProgress()
                leg.state = .ready
                legs.append(leg)
            }
            return plan.jobs[job].legs.map { .schedule(leg: $0) }
        }
    }
}
