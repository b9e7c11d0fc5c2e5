import Domain
import Workflows

/// Who goes on with a run.
package enum RunStanding: Hashable, Sendable {
    /// It has ended, or a process carries it.
    case settled
    /// Nobody needs to: it is in a pause, its own or that of a run that it called; `run`: the
    /// number of the one that is.
    case waits(run: Int64)
    /// The process that carried it is gone.
    case interrupted
}

extension RunService {
    package func standing(of run: ListedRun) async throws -> RunStanding {
        guard !run.phase.isFinal, try !isOwned(run.id) else { return .settled }
        if run.phase == .paused { return .waits(run: run.number) }
        var paused: Int64?
        let called = try await store.called(by: run.id).filter { !$0.run.phase.isFinal }
        for called in called {
            guard case .waits(let number) = try await standing(of: called.run) else {
                return .interrupted
            }
            paused = paused ?? number
        }
        // Nobody minds what else it had begun.
        guard let paused, try await load(run.id).state.attemptsInFlight.count == called.count
        else { return .interrupted }
        return .waits(run: paused)
    }

    /// The run that nobody called, and that leads to this one: it is what is resumed.
    package func root(of run: ListedRun) async throws -> ListedRun {
        var run = run
        while let caller = try await store.creation(of: run.id).calledBy {
            run = try await store.find(caller.run.text)
        }
        return run
    }
}
