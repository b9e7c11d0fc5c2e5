package import Domain
package import Workflows

/// What can go wrong with runs, apart from what happens inside one.
package enum RunsError: Error, Sendable, CustomStringConvertible {
    case noSuchRun(String)
    case ownedByAnother(RunName)
    case departing(RunName)
    case alreadyEnded(RunName, RunPhase)
    case noSuchJob(String, run: Int64)
    case damagedEvent(RunName, sequence: Int64, why: String)
    case damagedDefinition(RunName)
    case source(String)
    /// Another machine that a source is on.
    case unreachable(String)
    case secret(name: String, why: String)
    case control(String)
    case logs(String)
    case stuck(RunName)
    /// An attempt that cannot be entered, or what somebody asks for too late; why, and what to type
    /// next.
    case refused(RunID, String)
    /// What was asked of a run could not be recorded by the process that carries it.
    case unstored(RunName, String)
    case busy(RunName)
    case notPaused(RunName, RunPhase)
    case notAllowed(String)

    package var description: String {
        switch self {
        case .noSuchRun("last"): "no runs yet; begin with: slipway run FILE"
        case .noSuchRun(let text): "there is no run '\(text)'; 'slipway runs' lists them"
        case .ownedByAnother(let run):
            "run \(run) is being advanced by another process; watch it with: slipway logs -f \(run)"
        case .departing(let run):
            "run \(run) ends, or is being given to another process; ask again in a moment"
        case .alreadyEnded(let run, let phase):
            "run \(run) has already ended: \(phase.rawValue); see: slipway show \(run)"
        case .noSuchJob(let text, let run):
            "run \(run) has no job '\(text)'; 'slipway show \(run)' lists its jobs"
        case .damagedEvent(let run, let sequence, let why):
            "event \(sequence) of run \(run) cannot be read: \(why)"
        case .damagedDefinition(let run):
            "the recorded definition of run \(run) is no longer valid"
        case .source(let why), .unreachable(let why): "source: \(why)"
        case .secret(let name, let why): "secret \(name): \(why)"
        case .control(let why): "control socket: \(why)"
        case .logs(let why): "log: \(why)"
        case .notPaused(let run, let phase):
            "run \(run) waits for nobody: it \(phase.isFinal ? "has ended:" : "is") "
                + "\(phase.rawValue); see: slipway show \(run)"
        case .notAllowed(let why): why
        case .refused(_, let why): why
        case .unstored(let run, let why):
            "what was asked of run \(run) could not be stored: \(why)"
        case .busy(let run):
            "the process that carries run \(run) is busy, and may take what was asked yet; look "
                + "with: slipway show \(run)"
        case .stuck(let run): "run \(run) cannot be ended: nothing of it can be answered"
        }
    }
}
