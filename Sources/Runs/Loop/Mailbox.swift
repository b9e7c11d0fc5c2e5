import Synchronization

/// Where the answers for one consumer gather; the consumer takes all of them at once.
///
/// Its senders are attempts and hooks, so what it holds is bounded by the attempts in flight.
final class Mailbox<Item: Sendable>: Sendable {
    private struct Content {
        var items: [Item] = []
        var waiter: CheckedContinuation<Void, Never>?
        var isNudged = false
        /// How many items came, and how many of them were taken.
        var posted = 0
        var taken = 0
    }

    private let content = Mutex(Content())

    /// How many items have come, with this one.
    @discardableResult
    func post(_ item: Item) -> Int {
        let (count, waiter) = content.withLock { content in
            content.items.append(item)
            content.posted += 1
            defer { content.waiter = nil }
            return (content.posted, content.waiter)
        }
        waiter?.resume()
        return count
    }

    /// How many items were taken.
    var taken: Int { content.withLock { $0.taken } }

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
