/// One mapping of the workflow format, such as a job: what it is for, and its keys.
package struct FormatMapping: Sendable {
    /// Its name in paths such as `retry.attempts`, in the schema and in the reference.
    package let name: String
    /// Such as `a job`.
    package let title: String
    /// One sentence or two.
    package let summary: String
    package let keys: [FormatKey]
    /// What the parser reads; nil for a mapping that this version does not read.
    let parsed: FormatKeys?

    init(
        _ name: String, _ title: String, _ summary: String, parsed: FormatKeys? = nil,
        keys: [FormatKey]
    ) {
        self.name = name
        self.title = title
        self.summary = summary
        self.parsed = parsed
        self.keys = keys
    }

    /// Every key that the parser has a word for; nil where it does not read the mapping.
    package var parsedNames: Set<String>? {
        parsed.map { Set($0.known).union($0.refused) }
    }

    /// Whether this version takes the key; one that it does not is refused by name.
    package func takes(_ key: FormatKey) -> Bool {
        !(parsed?.refused.contains(key.name) ?? false)
    }

    package func key(_ name: String) -> FormatKey? { keys.first { $0.name == name } }
}

/// One key of a mapping.
package struct FormatKey: Sendable {
    package let name: String
    package let value: FormatValue
    /// Sentences, the first of which says what the key is for.
    package let summary: String
    /// As the file would give it, or in words; nil where there is none.
    package let fallback: String?
    /// A line or more of YAML that begins with the key.
    package let example: String
    package let isRequired: Bool

    init(
        _ name: String, _ value: FormatValue, _ summary: String, default fallback: String? = nil,
        required isRequired: Bool = false, example: String
    ) {
        self.name = name
        self.value = value
        self.summary = summary
        self.fallback = fallback
        self.example = example
        self.isRequired = isRequired
    }
}

/// What a key may have as its value.
package indirect enum FormatValue: Sendable {
    /// Any scalar but null; it keeps the text that the file gives.
    case text
    /// `1`.
    case version
    case choice([String])
    case flag
    case whole(ClosedRange<Int>)
    case duration
    case processorShare
    case size
    case name(NameForm)
    case list(FormatValue, least: Int)
    /// Names that the file chooses, each with a value.
    case named(FormatValue, NameForm, least: Int)
    /// One of the format's own mappings, by its name.
    case mapping(String)
    /// A job of which a part may be missing, and whose values may be parameters.
    case partOfJob
    /// Stages of all types.
    case stages
    case either([FormatValue])
    case anything

    package enum NameForm: Sendable {
        /// Of stages, jobs and templates.
        case place
        /// Of inputs, outputs and artifacts.
        case value
    }

    /// The mappings that it leads to.
    package var mappings: [String] {
        switch self {
        case .list(let value, _), .named(let value, _, _): value.mappings
        case .mapping(let name): [name]
        case .partOfJob: ["job"]
        case .stages: ["start", "stage", "pause"]
        case .either(let values): values.flatMap(\.mappings)
        default: []
        }
    }

    /// For people: `true or false`, `a list of texts`.
    package var shown: String {
        switch self {
        case .text: "a text"
        case .version: "`1`"
        case .choice(let words): words.map { "`\($0)`" }.joined(separator: ", ")
        case .flag: "`true` or `false`"
        case .whole(let bounds): "a whole number, \(bounds.lowerBound) to \(bounds.upperBound)"
        case .duration: "a duration: `30s`, `10m`, `1h30m`"
        case .processorShare: "cores (`2`, `0.5`) or thousandths (`500m`)"
        case .size: "bytes: `512Ki`, `256Mi`, `2Gi`"
        case .name(.place): "a name: lower-case letters, digits, `-`"
        case .name(.value): "a name: a letter or `_`, then letters, digits, `_`, `.`, `-`"
        case .list(let value, _): "a list, each \(value.shown)"
        case .named(let value, _, _): "names, each with \(value.shown)"
        case .mapping(let name): "the keys of \(FormatReference.title(name))"
        case .partOfJob: "the keys of a job"
        case .stages: "a list of stages"
        case .either(let values): values.map(\.shown).joined(separator: ", or ")
        case .anything: "any value"
        }
    }
}
