import Synchronization

/// Opens once, for all who wait and all who come later.
final class Gate: Sendable {
    private struct Content {
        var isOpen = false
        var waiters: [CheckedContinuation<Void, Never>] = []
        /// Gates that open with this one.
        var followers: [Gate] = []
    }

    private let content = Mutex(Content())

    var isOpen: Bool { content.withLock { $0.isOpen } }

    func open() {
        let (waiters, followers) = content.withLock { content in
            content.isOpen = true
            defer { (content.waiters, content.followers) = ([], []) }
            return (content.waiters, content.followers)
        }
        for waiter in waiters { waiter.resume() }
        for follower in followers { follower.open() }
    }

    func wait() async {
        await withCheckedContinuation { continuation in
            let isOpen = content.withLock { content in
                if !content.isOpen { content.waiters.append(continuation) }
                return content.isOpen
            }
            if isOpen { continuation.resume() }
        }
    }

    /// Whether it opened within the time.
    func wait(atMost limit: Duration) async -> Bool {
        let either = Gate()
        let isOpenAlready = content.withLock { content in
            if !content.isOpen { content.followers.append(either) }
            return content.isOpen
        }
        if isOpenAlready { return true }
        await withTaskGroup { group in
            group.addTask {
                do { try await Task.sleep(for: limit) } catch {
                    // Cancelled, since this gate opened first.
                }
                either.open()
            }
            await either.wait()
            group.cancelAll()
        }
        return isOpen
    }
}
