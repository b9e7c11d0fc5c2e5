import Synchronization
import Workflows

/// Attempts that were collected and whose files wait to be kept or discarded.
final class HeldAttempts: Sendable {
    private let ids = Mutex<Set<AttemptID>>([])

    func insert(_ id: AttemptID) {
        ids.withLock { _ = $0.insert(id) }
    }

    /// Whether it was there.
    func remove(_ id: AttemptID) -> Bool {
        ids.withLock { $0.remove(id) != nil }
    }
}
