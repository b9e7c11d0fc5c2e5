package import Domain
import OCI
import Storage
package import Workflows

extension RunService {
    package enum CancelOutcome: Sendable {
        /// The process that advances the run was told.
        case requested
        /// Nobody advanced it: it has been ended here.
        case finished(RunPhase)
    }

    /// Cancels a run; a second time ends its end stages too. One that nobody advances any more is
    /// ended here: what is left of its attempts is removed.
    package func cancel(
        _ id: RunID, actor: String, reason: String
    ) async throws -> CancelOutcome {
        let message = ControlMessage.cancel(actor: actor, reason: reason)
        guard let lock = try await hand(message, to: id) else { return .requested }
        defer { withExtendedLifetime(lock) {} }
        let (state, sequence) = try await load(id)
        if state.phase.isFinal {
            throw RunsError.alreadyEnded(await store.name(of: id), state.phase)
        }
        let phase = try await end(state, sequence, id, actor: actor, reason: reason)
        executor.release(id)
        try ControlSocket.removeAbandoned(id, in: controlFolder)
        return .finished(phase)
    }

    /// Ends a run without running anything of it, end stages included.
    private func end(
        _ state: RunState, _ sequence: Int64, _ id: RunID, actor: String, reason: String
    ) async throws -> RunPhase {
        var fold = RunFold(state: state, sequence: sequence, slots: 0)
        let cancel = RunEvent.cancelRequested(actor: actor, reason: reason)
        var events = [cancel, cancel]
        if state.phase == .queued { events.insert(.started, at: 0) }
        for (leg, attempt) in state.attemptsInFlight {
            let attemptID = AttemptID(run: id, leg: leg, number: attempt)
            if state.plan.jobs[state.plan.legs[leg].job].definition.call != nil {
                try await endCalled(by: attemptID, actor: actor, reason: reason)
            } else {
                // First: on a full disk what it wrote is the room that recording needs.
                await executor.discard(attemptID)
            }
            let report = AttemptReport(state: .errored, reason: "lost: its process is gone")
            events.append(.attemptEnded(leg: leg, attempt: attempt, report))
        }
        var notifications = RunNotifications(state)
        let batch = try fold.take(events, at: now())
        var state = fold.state
        try await store.append(batch.records, to: state, id: id)
        notifications.take(batch.records, state).forEach(tell)
        // A hook was being evaluated: its stop takes the place of its answer.
        while !state.phase.isFinal {
            let answers = state.outstandingEffects(at: now()).compactMap(Self.stopped)
            guard !answers.isEmpty else {
                throw RunsError.stuck(await store.name(of: id))
            }
            let batch = try fold.take(answers, at: now())
            state = fold.state
            try await store.append(batch.records, to: state, id: id)
            notifications.take(batch.records, state).forEach(tell)
        }
        return state.phase
    }

    private func endCalled(by id: AttemptID, actor: String, reason: String) async throws {
        guard let called = try await store.run(calledBy: id), !called.phase.isFinal else { return }
        do {
            _ = try await cancel(called.id, actor: actor, reason: reason)
        } catch RunsError.alreadyEnded {
            // It ended by itself meanwhile.
        }
    }

    private static func stopped(_ effect: RunEffect) -> RunEvent? {
        let outcome = HookOutcome.failed("cancelled: its process is gone", log: [])
        return switch effect {
        case .evaluateCondition(let job): .conditionEvaluated(job: job, outcome)
        case .evaluateBefore(let leg, let attempt):
            .beforeEvaluated(leg: leg, attempt: attempt, outcome)
        case .evaluateAfter(let leg, let attempt):
            .afterEvaluated(leg: leg, attempt: attempt, outcome)
        case .evaluateStageHook(let stage): .stageHookEvaluated(stage: stage, outcome)
        case .evaluateStageCondition(let stage): .stageConditionEvaluated(stage: stage, outcome)
        case .expandMatrix(let job): .jobExpanded(job: job, .failed("cancelled"))
        default: nil
        }
    }
}
