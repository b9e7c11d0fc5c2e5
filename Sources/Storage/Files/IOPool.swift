import Dispatch
import Synchronization

/// Runs blocking work on a bounded number of threads, away from the cooperative pool, which is
/// only as wide as the machine has cores.
package final class IOPool: Sendable {
    private struct Content {
        var running = 0
        var waiting: [@Sendable () -> Void] = []
        var next = 0
    }

    private let content = Mutex(Content())
    private let width: Int
    private let queue = DispatchQueue(label: "slipway.io", attributes: .concurrent)

    package init(width: Int = 8) {
        self.width = width
    }

    package static let shared = IOPool()

    /// Waits for a free thread, runs `body` on it and hands back what it gives or throws.
    package func run<Value: Sendable>(
        _ body: @escaping @Sendable () throws -> Value
    ) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            submit { continuation.resume(with: Result(catching: body)) }
        }
    }

    /// Runs `work` when a thread is free; nobody waits for it.
    package func submit(_ work: @escaping @Sendable () -> Void) {
        let mayStart = content.withLock { content in
            if content.running < width {
                content.running += 1
                return true
            }
            content.waiting.append(work)
            return false
        }
        if mayStart { queue.async { self.loop(from: work) } }
    }

    private func loop(from first: @escaping @Sendable () -> Void) {
        var work: (@Sendable () -> Void)? = first
        while let current = work {
            current()
            work = content.withLock { content in
                if content.next < content.waiting.count {
                    defer { content.next += 1 }
                    return content.waiting[content.next]
                }
                content.waiting.removeAll(keepingCapacity: true)
                content.next = 0
                content.running -= 1
                return nil
            }
        }
    }
}
