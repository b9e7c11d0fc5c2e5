/// A place in a text: line and column count from 1, columns count Unicode scalars.
package struct TextPosition: Hashable, Comparable, Sendable {
    package let line: Int
    package let column: Int

    package init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }

    package static func < (left: TextPosition, right: TextPosition) -> Bool {
        (left.line, left.column) < (right.line, right.column)
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
        return "\(file):\(position.line):\(position.column): \(severity.rawValue)[\(rule)]: "
            + message + suffix
    }
}
