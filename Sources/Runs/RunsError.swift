package import Domain
package import Workflows

/// What can go wrong with runs, apart from what happens inside one.
package enum RunsError: Error, Sendable, CustomStringConvertible {
    case noSuchRun(String)
    case ownedByAnother(RunID)
    case departing(RunID)
    case alreadyEnded(RunID, RunPhase)
    case noSuchJob(String, run: Int64)
    case damagedEvent(RunID, sequence: Int64, why: String)
    case damagedDefinition(RunID)
    case source(String)
    /// Another machine that a source is on.
    case unreachable(String)
    case secret(name: String, why: String)
    case control(String)
    case logs(String)
    case stuck(RunID)
    /// An attempt that cannot be entered, or what somebody asks for too late; why, and what to type
    /// next.
    case refused(RunID, String)
    /// What was asked of a run could not be recorded by the process that carries it.
    case unstored(RunID, String)
    case busy(RunID)
    case notPaused(RunID, RunPhase)
    case notAllowed(String)

    package var description: String {
        switch self {
        case .noSuchRun(let text): "there is no run '\(text)'; 'slipway runs' lists them"
        case .ownedByAnother(let id): "run \(id) is being advanced by another process"
        case .departing(let id):
            "run \(id) ends, or is being given to another process; ask again in a moment"
        case .alreadyEnded(let id, let phase): "run \(id) has already ended: \(phase.rawValue)"
        case .noSuchJob(let text, let run):
            "run \(run) has no job '\(text)'; 'slipway show \(run)' lists its jobs"
        case .damagedEvent(let id, let sequence, let why):
            "event \(sequence) of run \(id) cannot be read: \(why)"
        case .damagedDefinition(let id): "the recorded definition of run \(id) is no longer valid"
        case .source(let why), .unreachable(let why): "source: \(why)"
        case .secret(let name, let why): "secret \(name): \(why)"
        case .control(let why): "control socket: \(why)"
        case .logs(let why): "log: \(why)"
        case .notPaused(let id, let phase):
            "run \(id) waits for nobody: it is \(phase.rawValue)"
        case .notAllowed(let why): why
        case .refused(_, let why): why
        case .unstored(let id, let why): "what was asked of run \(id) could not be stored: \(why)"
        case .busy(let id):
            "the process that carries run \(id) is busy, and may take what was asked yet; look "
                + "with: slipway show \(id)"
        case .stuck(let id): "run \(id) cannot be ended: nothing of it can be answered"
        }
    }
}
