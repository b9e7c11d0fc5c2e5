import Domain

/// One member of a mapping.
struct ExpandedMember {
    let key: String
    let value: ExpandedNode

    init(_ key: String, _ value: ExpandedNode) {
        self.key = key
        self.value = value
    }
}

/// A value of an expanded file, and where it comes from.
struct ExpandedNode {
    enum Content {
        /// `isText`: it must be read back as a text, whatever it looks like.
        case scalar(String, isText: Bool)
        case sequence([ExpandedNode])
        case mapping([ExpandedMember])
    }

    let content: Content
    /// Such as `line 12`, or `inputs.T_BRANCH = main (default)`.
    let origin: String

    static func text(_ text: String, _ origin: String) -> ExpandedNode {
        ExpandedNode(content: .scalar(text, isText: true), origin: origin)
    }

    /// Where what lies below a key comes from, for the key's own line.
    var isScalar: Bool {
        if case .scalar = content { true } else { false }
    }

    /// As JSON; `origins` gets one for each scalar, by its pointer (RFC 6901).
    func json(at pointer: String, origins: inout [String: JSONValue]) -> JSONValue {
        switch content {
        case .scalar(let text, let isText):
            origins[pointer] = .string(origin)
            return isText ? .string(text) : Self.typed(text)
        case .sequence(let items):
            return .array(
                items.enumerated().map { index, item in
                    item.json(at: "\(pointer)/\(index)", origins: &origins)
                })
        case .mapping(let members):
            var object: [String: JSONValue] = [:]
            for member in members {
                let (key, value) = (member.key, member.value)
                let escaped = key.replacing("~", with: "~0").replacing("/", with: "~1")
                object[key] = value.json(at: "\(pointer)/\(escaped)", origins: &origins)
            }
            return .object(object)
        }
    }

    private static func typed(_ text: String) -> JSONValue {
        switch ScalarType(plain: text) {
        case .null: .null
        case .boolean(let flag): .boolean(flag)
        case .integer(let number): .integer(number)
        case .number(let number): .number(number)
        case .string: .string(text)
        }
    }
}
