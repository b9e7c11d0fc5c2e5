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
    /// An attempt that cannot be entered; why, and what to type next.
    case notEntered(RunID, String)
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
        case .notEntered(_, let why): why
        case .stuck(let id): "run \(id) cannot be ended: nothing of it can be answered"
        }
    }
}
