import Storage
import Synchronization
import Workflows

/// What is done behind the caller on threads of its own: of one attempt one thing at a time, in the
/// order in which they were asked for, so that nobody takes away what another is at.
final class CleanUps: Sendable {
    private typealias Work = @Sendable () -> Void

    private let pool = IOPool(width: 2)
    private let counted = CountedWork()
    /// Of attempts that are worked on, what comes next.
    private let waiting = Mutex<[AttemptID: [Work]]>([:])

    func add(_ work: @escaping @Sendable () -> Void) {
        counted.begin()
        pool.submit { [counted] in
            defer { counted.end() }
            work()
        }
    }

    func add(_ id: AttemptID, _ work: @escaping @Sendable () -> Void) {
        counted.begin()
        let isFirst = waiting.withLock { waiting in
            if waiting[id] != nil {
                waiting[id]?.append(work)
                return false
            }
            waiting[id] = []
            return true
        }
        if isFirst { submit(id, work) }
    }

    /// Waits for what was asked for so far.
    func wait() async { await counted.wait() }

    private func submit(_ id: AttemptID, _ work: @escaping Work) {
        pool.submit { [self] in
            work()
            let next = waiting.withLock { waiting -> Work? in
                guard let next = waiting[id]?.first else {
                    waiting[id] = nil
                    return nil
                }
                waiting[id]?.removeFirst()
                return next
            }
            counted.end()
            if let next { submit(id, next) }
        }
    }
}
