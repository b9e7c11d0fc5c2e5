import Domain

/// How often and when a leg is tried again (DESIGN §2, "Retry").
package struct RetryPolicy: Hashable, Sendable {
    package enum Cause: String, Hashable, Sendable, CaseIterable {
        case error, failed, timeout
    }

    /// In total, the first one included.
    package let attempts: Int
    /// Before the second attempt; it doubles from one to the next.
    package let backoff: Duration
    package let causes: Set<Cause>

    package static let never = RetryPolicy(attempts: 1, backoff: .seconds(1), causes: [.error])
    static let attemptLimit = 100
    /// However often it doubled.
    static let longestBackoff = Duration.seconds(600)

    /// The pause after an attempt that did not succeed: doubled each time, a quarter more or
    /// less, as `seed` says, so that what failed together does not come back together.
    func pause(after attempt: Int, seed: UInt64) -> Duration {
        let doublings = min(20, attempt - 1)
        let whole = min(Self.longestBackoff.milliseconds, backoff.milliseconds << doublings)
        let jitter = whole / 2 * Int64(seed % 1000) / 1000 - whole / 4
        return .milliseconds(whole + jitter)
    }
}

/// One key of a matrix and its values (DESIGN §2, "Shards and matrix").
package struct MatrixKey: Hashable, Sendable {
    package enum Values: Hashable, Sendable {
        case list([Template])
        /// An upstream output, or an input of the run, that holds a JSON list.
        case reference(Reference)
    }

    package let name: String
    package let values: Values

    /// The values, where no reference stands in them.
    var literals: [String]? {
        guard case .list(let templates) = values else { return nil }
        let texts = templates.compactMap(\.literal)
        return texts.count == templates.count ? texts : nil
    }
}

/// One value that a leg has of its job's matrix.
package struct MatrixValue: Hashable, Sendable {
    package let name: String
    package let value: String
}

/// How a job's result is kept (docs/decisions/0013).
package struct MemoRule: Hashable, Sendable {
    /// Files and folders that stand for the source; nil for all of it.
    package let files: [String]?
}

/// How a job's container differs from the standard one.
package struct Isolation: Hashable, Sendable {
    /// Who runs in it, in the place of the image's user; nil for that.
    package let user: String?
    package let hasReadOnlyRoot: Bool
    /// Without any capability.
    package let isHardened: Bool
    package let network: Network
    package var sandbox: Sandbox
    /// All that it reaches through a bridge; empty for whatever the machine lets it.
    package let egress: [EgressEntry]

    package init(
        user: String?, hasReadOnlyRoot: Bool, isHardened: Bool, network: Network = .none,
        sandbox: Sandbox = .standard, egress: [EgressEntry] = []
    ) {
        self.user = user
        self.hasReadOnlyRoot = hasReadOnlyRoot
        self.isHardened = isHardened
        self.network = network
        self.sandbox = sandbox
        self.egress = egress
    }

    package static let standard = Isolation(
        user: nil, hasReadOnlyRoot: false, isHardened: false)
}

/// What a job's containers can reach.
package enum Network: String, Hashable, Sendable, CaseIterable {
    /// Themselves, by the loopback device.
    case none
    /// What the machine reaches, through a bridge.
    case bridge
}

/// Whose the working folder of a job is (DESIGN §3, "In").
package enum Workspace: String, Hashable, Sendable, CaseIterable {
    /// The attempt's own: it begins with the source, or empty, and goes with the attempt.
    case own = "private"
    /// One folder of the run's jobs that say so.
    case shared
}

/// A secret that a job finds in a file.
package struct SecretFile: Hashable, Sendable {
    package let name: String
    package let secret: String
}
