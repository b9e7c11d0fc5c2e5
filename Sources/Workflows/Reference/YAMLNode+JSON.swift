import Domain

extension YAMLNode {
    /// A text that is known to be sound, such as an example; nil when it is not.
    static func reading(_ text: String) -> YAMLNode? { YAMLReader.read(Array(text.utf8)).node }

    /// The value that YAML 1.2's core schema gives it; nil for a key that is no scalar.
    var json: JSONValue? {
        switch content {
        case .scalar(let text, _):
            switch schemaType {
            case .null: return .null
            case .boolean(let flag): return .boolean(flag)
            case .integer(let number): return .integer(number)
            case .number(let number): return .number(number)
            case .string, nil: return .string(text)
            }
        case .sequence(let items):
            var values: [JSONValue] = []
            for item in items {
                guard let value = item.json else { return nil }
                values.append(value)
            }
            return .array(values)
        case .mapping(let entries):
            var members: [String: JSONValue] = [:]
            for entry in entries {
                guard let name = entry.key.scalar, let value = entry.value.json else { return nil }
                members[name] = value
            }
            return .object(members)
        }
    }
}
