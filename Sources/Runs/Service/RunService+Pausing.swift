package import Domain
import OCI
import Storage
package import Workflows

extension RunService {
    /// Takes over a run that no process advances: one that waits in a pause, or whose process is
    /// gone. Secrets are never stored, so they are given again.
    package func open(
        _ id: RunID, secrets: [String: Secret], slots: Int
    ) async throws -> OwnedRun {
        guard let lock = try RunLock(id, in: home.locksPath) else {
            throw RunsError.ownedByAnother(await store.name(of: id))
        }
        let (state, sequence) = try await load(id)
        if state.phase.isFinal {
            throw RunsError.alreadyEnded(await store.name(of: id), state.phase)
        }
        let problems = RunInputs.problems(
            ofSecrets: Set(secrets.keys), in: state.plan.definition)
        guard problems.isEmpty else { throw RunRefusal.invalid(problems) }
        let masker: any Masking
        do { masker = try masking(secrets) } catch { throw RunRefusal.invalid(["\(error)"]) }
        return OwnedRun(
            id: id, number: state.creation?.number ?? 0, state: state, sequence: sequence,
            lock: lock, masker: masker, secrets: secrets, slots: slots,
            group: try Self.group(of: state))
    }

    /// Records somebody's word on the pause that a run waits in. `groups` says who belongs to the
    /// groups that a pause may name. Nothing of the run is started by this.
    package func decide(
        _ id: RunID, actor: String, isApproval: Bool, comment: String,
        groups: [String: [String]]
    ) async throws -> RunState {
        func decision(on state: RunState) throws -> (stage: Int, Decision) {
            let stage = try pause(of: state, id)
            let decision = Decision(
                actor: actor, isApproval: isApproval, comment: comment,
                digests: state.digestsSoFar)
            try check(decision, state, stage, groups)
            return (stage, decision)
        }
        let seen = try await load(id).state
        let (stage, word) = try decision(on: seen)
        guard let lock = try await hand(.decide(stage: stage, word), to: id) else { return seen }
        defer { withExtendedLifetime(lock) {} }
        // Another may have had the run between the look and the lock.
        let (state, sequence) = try await load(id)
        let (current, newer) = try decision(on: state)
        // What was meant is what was seen, not the pause that came next.
        guard current == stage else { throw RunsError.refused(id, state.pastDecision(on: stage)) }
        // Without slots nothing begins: whoever resumes the run sees to what is outstanding.
        var fold = RunFold(state: state, sequence: sequence, slots: 0)
        var notifications = RunNotifications(state)
        let batch = try fold.take([.decided(stage: current, newer)], at: now())
        try await store.append(batch.records, to: fold.state, id: id)
        notifications.take(batch.records, fold.state).forEach(tell)
        return fold.state
    }

    private func pause(of state: RunState, _ id: RunID) throws -> Int {
        guard state.phase == .paused, let stage = state.currentStage else {
            guard let past = state.lastDecided else {
                throw RunsError.notPaused(
                    RunName(id, number: state.creation?.number), state.phase)
            }
            throw RunsError.refused(id, state.pastDecision(on: past))
        }
        return stage
    }

    private func check(
        _ decision: Decision, _ state: RunState, _ stage: Int, _ groups: [String: [String]]
    ) throws {
        let approvers = state.plan.stages[stage].definition.approval?.approvers ?? []
        if state.hasDecided(decision.actor, stage) {
            throw RunsError.notAllowed("\(decision.actor) has decided already")
        }
        guard !approvers.isEmpty else { return }
        guard HomeSettings.includes(decision.actor, approvers, groups: groups) else {
            throw RunsError.notAllowed(
                "\(decision.actor) is not among the approvers: "
                    + approvers.joined(separator: ", "))
        }
        if decision.isApproval, state.creation?.actor == decision.actor {
            throw RunsError.notAllowed(
                "\(decision.actor) started the run, so somebody else must approve it; where a home "
                    + "has no other user nobody can: slipway reject or cancel ends it")
        }
    }
}

extension RunState {
    /// Everything that exists before a pause: what a decision is given for.
    var digestsSoFar: [String: Digest] {
        var digests: [String: Digest] = [:]
        if let source = creation?.source { digests["source"] = source.digest }
        for (index, leg) in legs.enumerated() {
            for (name, record) in leg.artifacts {
                digests["\(plan.label(leg: index)).\(name)"] = record.digest
            }
        }
        return digests
    }
}
