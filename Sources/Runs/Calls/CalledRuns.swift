import Domain
import Storage
import Synchronization
package import Workflows

/// Carries the runs that the attempts of one run call.
///
/// The life of a call: `drive` finds the run that the attempt called before, or makes it, and
/// carries it to its end; one that waits in a pause parks the attempt until somebody resumes.
final class CalledRuns: Sendable {
    private enum Entry {
        case carried(OwnedRun)
        case parked
        /// It was to end before it was there.
        case cancelled(actor: String, reason: String)
    }

    private let service: RunService
    private let secrets: [String: Secret]
    private let slots: Int
    private let stopsAtPause: Bool
    private let looksUpMemos: Bool
    private let keepsFailed: Bool
    private let departure: Departure?
    private let entries = Mutex<[AttemptID: Entry]>([:])

    init(
        service: RunService, secrets: [String: Secret], slots: Int, stopsAtPause: Bool,
        looksUpMemos: Bool, keepsFailed: Bool, departure: Departure?
    ) {
        self.service = service
        self.secrets = secrets
        self.slots = slots
        self.stopsAtPause = stopsAtPause
        self.looksUpMemos = looksUpMemos
        self.keepsFailed = keepsFailed
        self.departure = departure
    }

    func isParked(_ id: AttemptID) -> Bool {
        entries.withLock { if case .parked? = $0[id] { true } else { false } }
    }

    /// Asks a called run to end; a second time ends its end stages too. True for one that was
    /// parked: nobody carries it, so it is to be driven once more.
    func cancel(_ id: AttemptID, actor: String, reason: String) -> Bool {
        let (run, isParked) = entries.withLock { entries -> (OwnedRun?, Bool) in
            let entry = entries[id]
            if case .carried(let run)? = entry { return (run, false) }
            entries[id] = .cancelled(actor: actor, reason: reason)
            if case .parked? = entry { return (nil, true) }
            return (nil, false)
        }
        run?.cancel(actor: actor, reason: reason)
        return isParked
    }

    /// Nil when the called run waits in a pause: the attempt is parked. Nil, too, when the called
    /// run can go on no more than its caller: `fault` is told.
    func drive(
        _ request: CallRequest, fault: RunFault, onStart: @Sendable (_ run: Int64) -> Void
    ) async -> AttemptReport? {
        do {
            while true {
                if let found = try await service.store.run(calledBy: request.id) {
                    if found.phase.isFinal { return try await report(found.id) }
                    do {
                        let run = try await service.open(
                            found.id, secrets: secrets(of: request), slots: slots)
                        return try await carry(run, request, onStart)
                    } catch RunsError.ownedByAnother {
                        // Somebody resumed it apart from its caller: its end is waited for.
                        try await Task.sleep(for: .milliseconds(200))
                    } catch RunsError.alreadyEnded {
                        continue
                    }
                } else {
                    return try await carry(try await make(request), request, onStart)
                }
            }
        } catch let refusal as RunRefusal {
            if case .missingImages = refusal {
                return AttemptReport(state: .errored, reason: refusal.description)
            }
            return AttemptReport(state: .failed, reason: "call: \(refusal.description)")
        } catch let error as StoppedCall {
            fault.raise(error.cause)
            return nil
        } catch let error as StorageError where error.isOfTheDisk {
            fault.raise(error)
            return nil
        } catch {
            return AttemptReport(state: .errored, reason: "call: \(error)")
        }
    }

    private func secrets(of request: CallRequest) -> [String: Secret] {
        let definition = request.called.definition
        let used = Set(
            definition.usedSecrets + definition.environmentUses.flatMap(\.secretKeys))
        return secrets.filter { used.contains($0.key) }
    }

    private func make(_ request: CallRequest) async throws -> OwnedRun {
        try await service.create(
            RunRequest(
                call: RunCall(by: request.id, caller: request.caller),
                of: request.called, text: try service.text(of: request.called, request.caller),
                inputs: request.inputs, secrets: secrets(of: request), slots: slots))
    }

    private func carry(
        _ run: OwnedRun, _ request: CallRequest, _ onStart: @Sendable (Int64) -> Void
    ) async throws -> AttemptReport? {
        let order = entries.withLock { entries -> Entry? in
            defer { entries[request.id] = .carried(run) }
            return entries[request.id]
        }
        if case .cancelled(let actor, let reason)? = order {
            run.cancel(actor: actor, reason: reason)
        }
        onStart(run.number)
        let state: RunState
        do {
            state = try await service.advance(
                run, observer: nil, stopsAtPause: stopsAtPause, looksUpMemos: looksUpMemos,
                keepsFailed: keepsFailed, departure: departure)
        } catch {
            throw StoppedCall(cause: error)
        }
        entries.withLock { $0[request.id] = state.phase.isFinal ? nil : .parked }
        return state.phase.isFinal ? CallReport(state).report : nil
    }

    private func report(_ id: RunID) async throws -> AttemptReport {
        CallReport(try await service.load(id).state).report
    }
}

/// A called run could not be carried on: its caller stops too, and both are resumed.
private struct StoppedCall: Error {
    let cause: any Error
}

/// What a called run's end means to the attempt that called it.
struct CallReport {
    private let state: RunState

    init(_ state: RunState) {
        self.state = state
    }

    var report: AttemptReport {
        let name = "run \(state.creation?.number ?? 0)"
        func make(_ job: JobState, _ verb: String) -> AttemptReport {
            let why = state.reason.map { ": \($0)" } ?? ""
            return AttemptReport(
                state: job, reason: "\(name) \(verb)\(why)", endedAt: state.endedAt)
        }
        switch state.phase {
        case .succeeded: return succeeded(name)
        case .failed: return make(.failed, "failed")
        case .cancelled: return make(.failed, "was cancelled")
        case .errored, .queued, .running, .paused: return make(.errored, "errored")
        }
    }

    private func succeeded(_ name: String) -> AttemptReport {
        let (outputs, problem) = state.workflowOutputs
        return AttemptReport(
            state: problem == nil ? .succeeded : .failed,
            reason: problem.map { "\(name): \($0)" }, endedAt: state.endedAt, outputs: outputs,
            artifacts: state.workflowArtifacts)
    }
}

extension RunState {
    /// What the workflow gives to a caller, as far as it is there; `problem` says which output
    /// is not of its type.
    package var workflowOutputs: (values: [String: String], problem: String?) {
        let scope = ReferenceScope(state: self, secrets: [:])
        var values: [String: String] = [:]
        var problem: String?
        for output in plan.definition.outputs {
            do {
                let text = try scope.expand(output.template).text
                values[output.name] = text
                if let why = InputValue.problem(text, kind: output.kind, choices: []) {
                    problem = problem ?? "the output \(output.name) \(why)"
                }
            } catch {
                // Absent, as an output of a job that never printed it.
                continue
            }
        }
        return (values, problem)
    }

    package var workflowArtifacts: [String: ArtifactRecord] {
        var records: [String: ArtifactRecord] = [:]
        for artifact in plan.definition.produces {
            if case .single(let record)? = content(of: artifact) {
                records[artifact.name] = record
            }
        }
        return records
    }
}
