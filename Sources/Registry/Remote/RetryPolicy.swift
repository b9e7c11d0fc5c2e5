/// When something is tried again, and after how long: pure.
package struct RetryPolicy: Sendable {
    /// Attempts in total, without any progress between them.
    package var attempts = 5
    package var first: Duration = .milliseconds(500)
    package var longest: Duration = .seconds(20)
    /// A server that asks for a longer wait is not waited for.
    package var longestAsked: Duration = .seconds(120)

    package init() {}

    /// The wait after `failures` failed attempts; nil when it is over. `chance` is from 0 to 1.
    func wait(after failures: Int, asked: Duration?, chance: Double) -> Duration? {
        guard failures < attempts else { return nil }
        if let asked {
            guard asked <= longestAsked else { return nil }
            // Not all at the same instant.
            return asked + first * (chance / 2)
        }
        var wait = first
        for _ in 1..<max(1, failures) where wait < longest { wait = wait * 2 }
        return min(wait, longest) * (0.5 + chance / 2)
    }

    /// `Retry-After` in seconds (RFC 9110 §10.2.3). A date is not read: clocks differ.
    static func asked(_ field: String?) -> Duration? {
        guard let field, field.utf8.count <= 10, let seconds = Int64(field), seconds >= 0 else {
            return nil
        }
        return .seconds(seconds)
    }
}

/// A failure that may be gone the next time.
struct Transient: Error {
    let cause: RegistryError
    var retryAfter: Duration?
    /// Nothing was ever said: a name that leads nowhere is not asked for as often.
    var isUnreached = false
}
