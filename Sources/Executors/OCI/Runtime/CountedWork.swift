import Synchronization

/// Counts work in the background, so that a shutdown can wait for all of it.
final class CountedWork: Sendable {
    private struct Content {
        var count = 0
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private let content = Mutex(Content())

    func begin() {
        content.withLock { $0.count += 1 }
    }

    func end() {
        let waiters = content.withLock { content -> [CheckedContinuation<Void, Never>] in
            content.count -= 1
            guard content.count == 0 else { return [] }
            defer { content.waiters = [] }
            return content.waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    func wait() async {
        await withCheckedContinuation { continuation in
            let isIdle = content.withLock { content in
                if content.count > 0 { content.waiters.append(continuation) }
                return content.count == 0
            }
            if isIdle { continuation.resume() }
        }
    }
}
