import Synchronization

/// Does one piece of work a key at a time: whoever asks meanwhile waits for the same result.
final class SharedWork<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private struct Content {
        var waiters: [Key: [CheckedContinuation<Result<Value, any Error>?, Never>]] = [:]
    }

    private let content = Mutex(Content())

    /// The work of others is never cancelled by one that waits for it.
    func value(
        for key: Key, _ work: @Sendable () async throws -> Value
    ) async throws -> Value {
        let isFirst = content.withLock { content in
            if content.waiters[key] != nil { return false }
            content.waiters[key] = []
            return true
        }
        if !isFirst, let shared = await join(key) { return try shared.get() }
        let result: Result<Value, any Error>
        do { result = .success(try await work()) } catch { result = .failure(error) }
        let waiters = content.withLock { $0.waiters.removeValue(forKey: key) } ?? []
        for waiter in waiters { waiter.resume(returning: result) }
        return try result.get()
    }

    /// Nil when the work ended before this could wait for it: then it is done again, which finds
    /// what it made.
    private func join(_ key: Key) async -> Result<Value, any Error>? {
        await withCheckedContinuation { continuation in
            let isMissed = content.withLock { content in
                if content.waiters[key] == nil { return true }
                content.waiters[key]?.append(continuation)
                return false
            }
            if isMissed { continuation.resume(returning: nil) }
        }
    }
}
