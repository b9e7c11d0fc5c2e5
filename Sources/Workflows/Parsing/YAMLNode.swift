import Domain

/// A value of a YAML file with its place in the text.
struct YAMLNode: Sendable {
    struct Entry: Sendable {
        let key: YAMLNode
        let value: YAMLNode
    }

    enum Content: Sendable {
        /// `isPlain`: written without quotes, so that it may be a number, a boolean or null.
        case scalar(String, isPlain: Bool)
        case sequence([YAMLNode])
        case mapping([Entry])
    }

    /// How a scalar is written; `block` is `|` or `>`.
    enum Style: Sendable {
        case plain, singleQuoted, doubleQuoted, block
    }

    let content: Content
    let start: TextPosition
    let end: TextPosition
    var style = Style.plain
    /// Of `start`, in Unicode scalars from the beginning of the file.
    var offset = 0

    var scalar: String? {
        guard case .scalar(let text, _) = content else { return nil }
        return text
    }

    /// What YAML 1.2's core schema says of the scalar (§10.3.2).
    var schemaType: ScalarType? {
        guard case .scalar(let text, let isPlain) = content else { return nil }
        return isPlain ? ScalarType(plain: text) : .string
    }

    /// For messages: `a mapping`, `a list`, `the text 'x'`.
    var shown: String {
        switch content {
        case .mapping: "a mapping"
        case .sequence: "a list"
        case .scalar(let text, _):
            switch schemaType {
            case .null: "nothing"
            case .string: "the text '\(text.prefix(60))'"
            default: "'\(text.prefix(60))'"
            }
        }
    }
}

enum ScalarType: Hashable, Sendable {
    case null, boolean(Bool), integer(Int64), number(Double), string

    init(plain text: String) {
        switch text {
        case "", "~", "null", "Null", "NULL": self = .null
        case "true", "True", "TRUE": self = .boolean(true)
        case "false", "False", "FALSE": self = .boolean(false)
        default: self = Self.numeric(text) ?? .string
        }
    }

    private static func numeric(_ text: String) -> ScalarType? {
        if text.hasPrefix("0x"), let value = Int64(text.dropFirst(2), radix: 16) {
            return .integer(value)
        }
        if text.hasPrefix("0o"), let value = Int64(text.dropFirst(2), radix: 8) {
            return .integer(value)
        }
        if let value = Int64(text) { return .integer(value) }
        // Double's own reader also takes names such as `nan` and hexadecimal fractions.
        let isDecimal = text.utf8.allSatisfy {
            ($0 >= 0x30 && $0 <= 0x39) || [0x2b, 0x2d, 0x2e, 0x45, 0x65].contains($0)
        }
        if isDecimal, text.utf8.contains(where: { $0 >= 0x30 && $0 <= 0x39 }),
            let value = Double(text), value.isFinite
        {
            return .number(value)
        }
        return nil
    }
}
