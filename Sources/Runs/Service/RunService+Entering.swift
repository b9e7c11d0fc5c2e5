import Domain
import Storage
package import Workflows

extension RunService {
    /// Bytes of the arguments of a command that is recorded.
    private static let commandLimit = 64 << 10

    /// A job may print before its beginning is recorded: so long somebody who saw that waits.
    private static let startPatience = Duration.seconds(5)

    /// The running attempt of a leg, waited for where some process is starting it; refused, with
    /// what to do instead, where nothing runs. `state` is the run's, as it was read.
    package func runningAttempt(of state: RunState, leg: Int) async throws -> AttemptID {
        guard let id = state.creation?.id else { throw RunsError.noSuchRun("") }
        let clock = ContinuousClock()
        let deadline = clock.now + Self.startPatience
        var state = state
        while state.isBeingStarted(leg), clock.now < deadline {
            guard try isOwned(id) else { throw RunsError.refused(id, state.refusalUncarried) }
            try await Task.sleep(for: .milliseconds(100))
            state = try await load(id).state
        }
        if let why = state.refusalToEnter(leg) { throw RunsError.refused(id, why) }
        return AttemptID(run: id, leg: leg, number: state.legs[leg].attempt)
    }

    /// Has the process that carries a run record that somebody enters an attempt; what is to be run
    /// in it may begin then. `state` is the run's, for messages.
    package func enter(
        _ attempt: AttemptID, of state: RunState, _ entrance: Entrance
    ) async throws {
        let (id, leg) = (attempt.run, attempt.leg)
        let number = state.creation?.number ?? 0
        func refused(_ why: String) -> RunsError { .refused(id, why) }
        let size = entrance.command.reduce(0) { $0 + $1.utf8.count }
        guard size <= Self.commandLimit else {
            throw refused(
                "the command holds \(size) bytes; expected at most 64 KiB, since it is recorded; "
                    + "give a longer script as input: slipway exec \(number) JOB -- sh < FILE")
        }
        let message = ControlMessage.enter(leg: leg, attempt: attempt.number, entrance)
        let folder = controlFolder
        var isTaken = false
        var isDeparting = false
        do {
            isTaken = try await IOPool.shared.run {
                try ControlSocket.send(message, to: id, in: folder)
            }
        } catch RunsError.departing {
            isDeparting = true
        } catch RunsError.unstored(_, let why) {
            throw RunsError.unstored(RunName(id, number: number), why)
        } catch RunsError.busy {
            throw refused("the process that carries the run is busy: nothing was begun; ask again")
        }
        guard isTaken else {
            let now = try await load(id).state
            if now.phase.isFinal { throw refused(now.hasEnded(leg)) }
            if isDeparting { throw RunsError.departing(RunName(id, number: number)) }
            throw refused(now.refusalUncarried)
        }
    }
}

extension RunState {
    fileprivate func isBeingStarted(_ leg: Int) -> Bool {
        legs[leg].state == .starting && !legs[leg].isHookPending && !phase.isFinal
            && plan.jobs[plan.legs[leg].job].definition.component != nil
    }

    fileprivate var refusalUncarried: String {
        let number = creation?.number ?? 0
        return "no process carries run \(number), so nobody can record that a job was entered; "
            + "go on with it first: slipway resume \(number)"
    }

    /// Why a leg cannot be entered as things stand, and what to type instead; nil where it can.
    func refusalToEnter(_ leg: Int) -> String? {
        let label = plan.label(leg: leg)
        let number = creation?.number ?? 0
        let job = plan.jobs[plan.legs[leg].job]
        guard job.definition.component != nil else {
            return "\(label) has no container of its own; see: slipway show \(number)"
        }
        if phase.isFinal || legs[leg].state.isFinal { return hasEnded(leg) }
        switch (legs[leg].state, legs[leg].isHookPending) {
        case (.running, false): return nil
        case (.running, true), (.starting, true):
            return "a hook of \(label) is being evaluated; nothing of it runs"
        case (.starting, false):
            return "\(label) is being started; ask again in a moment"
        default:
            return "\(label) has not started: it is \(legs[leg].state.rawValue); "
                + "see why: slipway explain \(ShellWord.quoted(label)) --run \(number)"
        }
    }

    fileprivate func hasEnded(_ leg: Int) -> String {
        let label = plan.label(leg: leg)
        let number = creation?.number ?? 0
        let ended = "\(label) has ended: \(legs[leg].state.rawValue)"
        guard legs[leg].attempt > 0 else {
            let word = ShellWord.quoted(label)
            return "\(ended); see why: slipway explain \(word) --run \(number)"
        }
        return "\(ended); look into it with: slipway debug \(number) \(ShellWord.quoted(label))"
    }
}
