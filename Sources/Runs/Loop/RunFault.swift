import Synchronization

/// What keeps a run from going on in this process; it is no fault of the run's, and whoever resumes
/// it later goes on where it is.
final class RunFault: Sendable {
    private let first = Mutex<(any Error)?>(nil)
    private let wake: @Sendable () -> Void

    /// `wake` makes the run's loop look about.
    init(wake: @escaping @Sendable () -> Void) {
        self.wake = wake
    }

    func raise(_ error: any Error) {
        first.withLock { $0 = $0 ?? error }
        wake()
    }

    func check() throws {
        if let error = first.withLock({ $0 }) { throw error }
    }
}
