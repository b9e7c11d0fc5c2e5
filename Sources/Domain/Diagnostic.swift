/// A place in a text: line and column count from 1, columns count Unicode scalars.
package struct TextPosition: Hashable, Comparable, Sendable {
    package let line: Int
    package let column: Int
    /// Which text, where several belong together: 0 for the first.
    package let file: Int

    package init(line: Int, column: Int, file: Int = 0) {
        self.line = line
        self.column = column
        self.file = file
    }

    package static func < (left: TextPosition, right: TextPosition) -> Bool {
        (left.file, left.line, left.column) < (right.file, right.line, right.column)
    }
}

/// One finding about a file that a person wrote.
package struct Diagnostic: Hashable, Sendable {
    package enum Severity: String, Hashable, Sendable {
        case error, warning
    }

    package let severity: Severity
    /// The stable name of the rule, such as `unknown-key`.
    package let rule: String
    package let position: TextPosition
    /// Where the wrong text ends (exclusive), when it is known.
    package let end: TextPosition?
    /// What, the value, what was expected; lower case.
    package let message: String
    /// The nearest valid name or the next thing to do.
    package let hint: String?
    /// Where it is not in the file that was asked about: the name of the other one.
    package var file: String?

    package init(
        _ severity: Severity, rule: String, at position: TextPosition, end: TextPosition? = nil,
        _ message: String, hint: String? = nil
    ) {
        self.severity = severity
        self.rule = rule
        self.position = position
        self.end = end
        self.message = message
        self.hint = hint
    }

    /// `file:line:column: error[rule]: message; hint`.
    package func rendered(file: String) -> String {
        let suffix = hint.map { "; \($0)" } ?? ""
        let place = "\(self.file ?? file):\(position.line):\(position.column)"
        return "\(place): \(severity.rawValue)[\(rule)]: " + message + suffix
    }
}
