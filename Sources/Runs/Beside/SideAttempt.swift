package import Domain
import OCI
import Storage
package import Workflows

/// An attempt of a run made anew beside it: nothing of it is written to the run
/// (docs/decisions/0021).
///
/// It runs under the id of a run that no table knows and whose lock this process holds. Should the
/// process be killed, the next sweep finds an attempt of a run that is over, and removes it.
package struct SideAttempt: Sendable {
    /// As it was, but for its id; what `before` made of the inputs is taken from the events.
    package let request: AttemptRequest
    /// The attempt that it stands for.
    package let original: AttemptID
    /// What that one came to, as far as it is recorded.
    package let recorded: AttemptReport?
    let definition: JobDefinition
    package let masker: any Masking
    private let lock: RunLock

    init(
        request: AttemptRequest, original: AttemptID, recorded: AttemptReport?,
        definition: JobDefinition, masker: any Masking, lock: RunLock
    ) {
        self.request = request
        self.original = original
        self.recorded = recorded
        self.definition = definition
        self.masker = masker
        self.lock = lock
    }

    /// When nothing of it is left.
    package func release() { lock.release() }
}

extension RunService {
    /// Makes the request of an attempt anew, from what is recorded of it. `secrets` are those that
    /// the job uses; refused where some are missing.
    package func beside(
        _ history: RunHistory, leg: Int, attempt: Int, secrets: [String: Secret]
    ) throws -> SideAttempt {
        let state = history.state
        let definition = state.plan.definition
        let job = state.plan.jobs[state.plan.legs[leg].job]
        guard let creation = state.creation else { throw RunsError.noSuchRun("") }
        let label = state.plan.label(leg: leg)
        func refused(_ why: String) -> RunsError { .refused(creation.id, "\(label) \(why)") }
        guard job.definition.component != nil else {
            throw refused(
                "has no container of its own; see: slipway show \(creation.number)")
        }
        guard let then = try history.state(whenBegan: attempt, ofLeg: leg) else {
            let word = ShellWord.quoted(label)
            throw refused(
                "has no attempt \(attempt) that came to run; see: "
                    + "slipway explain \(word) --run \(creation.number)")
        }
        let problems = RunInputs.problems(
            ofSecrets: Set(secrets.keys), in: definition,
            used: definition.usedSecrets(by: job.definition),
            uses: [definition.environmentUse(of: job.definition, key: job.key)]
                .compactMap(\.self))
        guard problems.isEmpty else { throw RunRefusal.invalid(problems) }
        let masker: any Masking
        do { masker = try masking(secrets) } catch { throw RunRefusal.invalid(["\(error)"]) }
        var request: AttemptRequest
        do {
            request = try AttemptRequests(
                scope: ReferenceScope(state: then, secrets: secrets), floor: try floor()
            ).request(leg: leg, attempt: attempt)
        } catch let error as RefusedAttempt {
            throw refused("cannot run: \(error.reason)")
        }
        let recorded = history.report(ofLeg: leg, attempt: attempt)
        request.fillCaches(recorded?.caches ?? [])
        var random = SystemRandomNumberGenerator()
        let run = RunID(at: now(), random: (UInt16.random(in: 0...UInt16.max), random.next()))
        guard let lock = try RunLock(run, in: home.locksPath) else {
            throw RunsError.ownedByAnother(RunName(run))
        }
        request.id = AttemptID(run: run, leg: leg, number: attempt)
        return SideAttempt(
            request: request,
            original: AttemptID(run: creation.id, leg: leg, number: attempt), recorded: recorded,
            definition: job.definition, masker: masker, lock: lock)
    }
}

extension AttemptRequest {
    /// What its caches began with, as it was recorded.
    fileprivate mutating func fillCaches(_ uses: [CacheUse]) {
        for (index, use) in zip(caches.indices, uses) where caches[index].key == use.key {
            caches[index].content = use.restored
        }
    }
}

extension RunHistory {
    /// The run as it was when an attempt was given to its executor; nil for one that never was.
    func state(whenBegan attempt: Int, ofLeg leg: Int) throws -> RunState? {
        var state = RunState(plan: RunPlan(self.state.plan.definition))
        for recorded in events {
            switch recorded.event {
            case .attemptStarted(leg, attempt, _), .attemptEnded(leg, attempt, _): return state
            default: _ = try state.apply(recorded.event, at: recorded.time)
            }
        }
        return nil
    }

    /// What an attempt reported, before hooks had their say; one past its limit has timed out, and
    /// one that was told to stop is cancelled. Nil where nothing is recorded.
    package func report(ofLeg leg: Int, attempt: Int) -> AttemptReport? {
        var wasStopped = false
        for recorded in events {
            switch recorded.event {
            case .attemptTimedOut(leg, attempt): wasStopped = true
            case .attemptEnded(leg, attempt, let report):
                let progress = state.legs[leg]
                if progress.attempt == attempt, progress.state == .cancelled {
                    return report.with(.cancelled, progress.reason)
                }
                // It may have ended in time, while it was being stopped.
                let hasTimedOut =
                    wasStopped && (progress.attempt != attempt || progress.state == .timedOut)
                return hasTimedOut ? report.with(.timedOut, nil) : report
            default: continue
            }
        }
        return nil
    }
}

extension AttemptReport {
    func with(_ state: JobState, _ reason: String?) -> AttemptReport {
        AttemptReport(
            state: state, reason: reason ?? self.reason, exitCode: exitCode, endedAt: endedAt,
            outputs: outputs, artifacts: artifacts, warnings: warnings, caches: caches,
            reports: reports, memo: memo)
    }
}
