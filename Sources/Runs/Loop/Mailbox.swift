import Dispatch
import Synchronization

/// Where the answers for one consumer gather; the consumer takes all of them at once.
///
/// Its senders are attempts and hooks, so what it holds is bounded by the attempts in flight.
final class Mailbox<Item: Sendable>: Sendable {
    private struct Content {
        var items: [Item] = []
        var waiter: CheckedContinuation<Void, Never>?
        var isNudged = false
        /// How many items came, were taken, and were dealt with.
        var posted = 0
        var taken = 0
        var settled = 0
        var isClosed = false
        /// Threads that wait until so many items are dealt with.
        var senders: [(count: Int, thread: DispatchSemaphore)] = []
    }

    private let content = Mutex(Content())

    func post(_ item: Item) {
        _ = add(item)
    }

    /// How many items have come, with this one.
    private func add(_ item: Item) -> Int {
        let (count, waiter) = content.withLock { content in
            content.items.append(item)
            content.posted += 1
            defer { content.waiter = nil }
            return (content.posted, content.waiter)
        }
        waiter?.resume()
        return count
    }

    /// Whether the consumer has dealt with the item within the time. Blocks.
    func post(_ item: Item, settledWithin limit: Duration) -> Bool {
        let count = add(item)
        let thread = DispatchSemaphore(value: 0)
        let mustWait = content.withLock { content in
            guard content.settled < count, !content.isClosed else { return false }
            content.senders.append((count, thread))
            return true
        }
        if mustWait {
            let milliseconds = Int(limit / .milliseconds(1))
            _ = thread.wait(timeout: .now() + .milliseconds(milliseconds))
        }
        return content.withLock { $0.settled >= count }
    }

    /// The consumer has dealt with all that it took.
    func settle() {
        let senders = content.withLock { content in
            let settled = content.taken
            content.settled = settled
            return Self.remove(&content.senders) { $0.count <= settled }
        }
        senders.forEach { $0.thread.signal() }
    }

    /// Nothing is taken any more.
    func close() {
        let senders = content.withLock { content in
            content.isClosed = true
            return Self.remove(&content.senders) { _ in true }
        }
        senders.forEach { $0.thread.signal() }
    }

    private typealias Sender = (count: Int, thread: DispatchSemaphore)

    private static func remove(
        _ senders: inout [Sender], where isDone: (Sender) -> Bool
    ) -> [Sender] {
        // Nearly always there is none.
        guard !senders.isEmpty else { return [] }
        defer { senders.removeAll(where: isDone) }
        return senders.filter(isDone)
    }

    var isEmpty: Bool { content.withLock { $0.items.isEmpty } }

    /// What is there, without waiting.
    func takeNow() -> [Item] {
        content.withLock { content in
            defer {
                (content.items, content.isNudged) = ([], false)
                content.taken = content.posted
            }
            return content.items
        }
    }

    /// Makes the consumer look about although nothing arrived.
    func nudge() {
        content.withLock { $0.isNudged = true }
        wake()
    }

    /// Wakes a consumer whose task was cancelled.
    private func wake() {
        let waiter = content.withLock { content -> CheckedContinuation<Void, Never>? in
            defer { content.waiter = nil }
            return content.waiter
        }
        waiter?.resume()
    }

    /// All that has arrived, in order; waits for the first. Empty when the task is cancelled, or
    /// after a nudge.
    func take() async -> [Item] {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isReady = content.withLock { content in
                    // Asked under the lock: a cancellation after this finds the waiter.
                    if !content.items.isEmpty || content.isNudged || Task.isCancelled {
                        return true
                    }
                    content.waiter = continuation
                    return false
                }
                if isReady { continuation.resume() }
            }
        } onCancel: {
            wake()
        }
        return takeNow()
    }
}
