import Domain
import Synchronization
import Workflows

/// Which attempts of one run somebody entered: nothing of these is kept for other runs.
final class EnteredAttempts: Sendable {
    private let run: RunID
    private let entered = Mutex<Set<AttemptID>>([])

    init(_ state: RunState, of run: RunID) {
        self.run = run
        for (leg, progress) in state.legs.enumerated() where !progress.entrances.isEmpty {
            note(leg, progress.attempt)
        }
    }

    func contains(_ id: AttemptID) -> Bool { entered.withLock { $0.contains(id) } }

    /// Before a batch is committed: whoever asks from now on is told.
    func willCommit(_ events: [RecordedEvent]) {
        for case .attemptEntered(let leg, let attempt, _) in events.map(\.event) {
            note(leg, attempt)
        }
    }

    private func note(_ leg: Int, _ attempt: Int) {
        let id = AttemptID(run: run, leg: leg, number: attempt)
        entered.withLock { _ = $0.insert(id) }
    }
}
