package import OCI

/// A file that an attempt left below `$T_REPORTS`, as the executor took it.
package struct CollectedReport: Hashable, Sendable {
    /// Below `/slipway/reports`.
    package let path: String
    package let digest: Digest
    /// Bytes.
    package let size: Int64

    package init(path: String, digest: Digest, size: Int64) {
        self.path = path
        self.digest = digest
        self.size = size
    }
}

/// The same with what its content says.
package struct ReportRecord: Hashable, Sendable {
    package let path: String
    package let digest: Digest
    /// Bytes.
    package let size: Int64
    package let content: ReportContent

    package init(path: String, digest: Digest, size: Int64, content: ReportContent) {
        self.path = path
        self.digest = digest
        self.size = size
        self.content = content
    }
}

/// What a report says, in short; which format it has is told by its content, never by its name.
package enum ReportContent: Hashable, Sendable {
    /// JUnit's XML.
    case junit(TestCounts)
    /// SARIF 2.1.0: findings by level (`error`, `warning`, `note`, `none`).
    case sarif([String: Int])
    case lcov(LineCoverage)
    case cobertura(LineCoverage)
    /// Kept as it is.
    case other

    package var kind: String {
        switch self {
        case .junit: "junit"
        case .sarif: "sarif"
        case .lcov: "lcov"
        case .cobertura: "cobertura"
        case .other: "other"
        }
    }
}

/// How many tests ended how.
package struct TestCounts: Hashable, Sendable {
    package var passed = 0
    package var failed = 0
    package var errors = 0
    package var skipped = 0
    /// Of all tests together.
    package var milliseconds: Int64 = 0
    /// The first that failed or could not run; not all of them.
    package var failures: [FailedTest] = []

    package init() {}
}

/// A test that failed, without secrets.
package struct FailedTest: Hashable, Sendable {
    package let name: String
    /// The first line of what it said.
    package let message: String

    package init(name: String, message: String) {
        self.name = name
        self.message = message
    }
}

/// How many lines of a program ran.
package struct LineCoverage: Hashable, Sendable {
    package var covered: Int64
    package var lines: Int64

    package init(covered: Int64 = 0, lines: Int64 = 0) {
        self.covered = covered
        self.lines = lines
    }
}
