import Storage
import Synchronization
import Workflows

/// Does one piece of work a key at a time, on an I/O thread: whoever asks meanwhile waits for the
/// same result. One who stops waiting goes at once; when all have gone, the work is given up.
final class SharedWork<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    /// Blocks; asks between pieces, which throws when nobody waits any more.
    typealias Work = @Sendable (_ checkpoint: @escaping @Sendable () throws -> Void) throws -> Value
    private typealias Waiter = CheckedContinuation<Value, any Error>

    private struct Entry {
        let work: Work
        var waiters: [Int: Waiter] = [:]
        /// The work was told that nobody waits; for who came since it is done again.
        var isGivenUp = false
    }

    private struct Content {
        var entries: [Key: Entry] = [:]
        var last = 0
    }

    private let content = Mutex(Content())
    private let threads: IOPool

    init(threads: IOPool = .shared) {
        self.threads = threads
    }

    func value(for key: Key, stop: StopFlag, _ work: @escaping Work) async throws -> Value {
        var call = 0
        defer { stop.forget(call) }
        return try await withCheckedThrowingContinuation { continuation in
            let number = join(key, continuation, work)
            call = stop.onRaise { self.leave(key, number) }
        }
    }

    private func join(_ key: Key, _ waiter: Waiter, _ work: @escaping Work) -> Int {
        let (number, isFirst) = content.withLock { content in
            content.last += 1
            let isFirst = content.entries[key] == nil
            content.entries[key, default: Entry(work: work)].waiters[content.last] = waiter
            return (content.last, isFirst)
        }
        if isFirst { begin(key, work) }
        return number
    }

    private func leave(_ key: Key, _ number: Int) {
        let waiter = content.withLock { $0.entries[key]?.waiters.removeValue(forKey: number) }
        waiter?.resume(throwing: ExecutorError.cancelled)
    }

    private func begin(_ key: Key, _ work: @escaping Work) {
        threads.submit {
            let result = Result { try work { try self.check(key) } }
            self.finish(key, result)
        }
    }

    private func check(_ key: Key) throws {
        let isWanted = content.withLock { content in
            guard content.entries[key]?.waiters.isEmpty == true else { return true }
            content.entries[key]?.isGivenUp = true
            return false
        }
        if !isWanted { throw ExecutorError.cancelled }
    }

    private func finish(_ key: Key, _ result: Result<Value, any Error>) {
        let (waiters, again) = content.withLock { content -> ([Int: Waiter], Work?) in
            guard let entry = content.entries[key] else { return ([:], nil) }
            if case .failure = result, entry.isGivenUp, !entry.waiters.isEmpty {
                content.entries[key]?.isGivenUp = false
                return ([:], entry.work)
            }
            content.entries[key] = nil
            return (entry.waiters, nil)
        }
        if let again { begin(key, again) }
        for waiter in waiters.values { waiter.resume(with: result) }
    }
}
