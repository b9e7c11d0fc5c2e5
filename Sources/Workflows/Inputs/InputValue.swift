package import Domain

/// Values of a run's inputs from the texts that people type (DESIGN §2, "Inputs of a job").
package enum InputValue {
    /// The typed value of a text; nil when the text is not of the kind.
    package static func value(_ text: String, kind: InputDeclaration.Kind) -> JSONValue? {
        switch kind {
        case .string: return .string(text)
        case .integer: return Int64(text).map(JSONValue.integer)
        case .boolean: return text == "true" ? true : text == "false" ? false : nil
        case .number:
            guard case .number(let value) = ScalarType(plain: text) else {
                return Int64(text).map(JSONValue.integer)
            }
            return .number(value)
        case .json:
            do { return try JSONParser.parse(text.utf8) } catch { return nil }
        }
    }

    /// Why a text is no value for an input; nil when it is one.
    package static func problem(
        _ text: String, kind: InputDeclaration.Kind, choices: [String]
    ) -> String? {
        if value(text, kind: kind) == nil {
            return "is '\(text.prefix(60))'; expected a value of type \(kind.rawValue)"
        }
        if !choices.isEmpty, !choices.contains(text) {
            return "is '\(text.prefix(60))'; expected one of \(choices.joined(separator: ", "))"
        }
        return nil
    }
}
