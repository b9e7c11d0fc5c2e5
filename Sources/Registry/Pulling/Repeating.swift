import Domain

/// Does something again after failures that may pass, as the policy says.
struct Repeating: Sendable {
    let policy: RetryPolicy
    let tell: @Sendable (PullEvent) -> Void

    func run<Value>(_ body: () async throws -> Value) async throws -> Value {
        var failures = 0
        while true {
            do { return try await body() } catch let failure as Transient {
                failures += 1
                try await wait(after: failures, failure)
            }
        }
    }

    /// Throws what failed when it is not tried again.
    func wait(after failures: Int, _ failure: Transient) async throws {
        // A host that is not there is asked three times.
        guard !failure.isUnreached || failures < 3,
            let wait = policy.wait(
                after: failures, asked: failure.retryAfter, chance: .random(in: 0...1))
        else { throw failure.cause }
        tell(.waits(wait, why: failure.cause.description))
        try await Task.sleep(for: wait)
    }
}
