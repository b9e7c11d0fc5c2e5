package import Domain

/// How long a home keeps what runs made (docs/decisions/0020). Nothing said means for ever.
package struct RetentionPolicy: Hashable, Sendable {
    /// Runs that ended so long ago go, caches that nobody used since, and results of jobs that were
    /// made before.
    package var age: Duration?
    /// So many newest runs of each workflow stay, whatever else is said; said alone, the others go.
    package var runs: Int?
    /// The oldest go until the home takes no more than this.
    package var size: ByteSize?

    package init(age: Duration? = nil, runs: Int? = nil, size: ByteSize? = nil) {
        self.age = age
        self.runs = runs
        self.size = size
    }

    package var saysNothing: Bool { age == nil && runs == nil && size == nil }

    package static let runsRange = 0...1_000_000

    /// Also with a `B` behind a binary unit: `20Gi`, `20GiB`, `20G`.
    package static func size(parsing text: String) throws(QuantityError) -> ByteSize {
        do {
            return try ByteSize(parsing: text.hasSuffix("iB") ? String(text.dropLast()) : text)
        } catch {
            throw .size(text)
        }
    }
}

/// `retention`.
extension WorkflowDecoder {
    mutating func retention(_ node: YAMLNode) -> RetentionPolicy {
        var policy = RetentionPolicy()
        guard let fields = fields(of: node, .retention) else { return policy }
        if let node = fields.value("age"), let text = text(node, "age") {
            do { policy.age = try Duration(parsing: text) } catch {
                report(.invalidDuration, node, error.description)
            }
        }
        policy.runs = whole("runs", in: fields, RetentionPolicy.runsRange)
        if let node = fields.value("size"), let text = text(node, "size") {
            do { policy.size = try RetentionPolicy.size(parsing: text) } catch {
                report(.invalidValue, node, error.description)
            }
        }
        return policy
    }
}

extension FormatKeys {
    static let retention = FormatKeys(
        place: "retention", known: ["age", "runs", "size"], refused: [])
}
