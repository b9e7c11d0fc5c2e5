import Domain

/// A text that was laid out anew.
package struct FormattedText: Sendable {
    package let bytes: [UInt8]
    /// For each of its lines, the line of the original that it was (from 0); they increase.
    package let origins: [Int]
}

/// `slipway fmt`: indents a YAML file by two, with one blank behind `:` and `-`, without blanks at
/// the ends of lines, without runs of empty lines, with an end to the last line.
///
/// Text is moved, never written anew: comments, quotes, the order of keys and what block scalars
/// hold stay. The result is read again, and handed back only when it means the same.
package enum YAMLFormatter {
    /// Throws `FormatFailure`.
    package static func format(_ text: [UInt8]) throws -> FormattedText {
        let mark: [UInt8] = [0xef, 0xbb, 0xbf]
        let bytes = text.starts(with: mark) ? Array(text.dropFirst(mark.count)) : text
        let rules = [LintRule.yamlSyntax.rawValue, LintRule.limit.rawValue]
        let problems = YAMLReader.read(bytes).findings.sorted.filter { rules.contains($0.rule) }
        guard problems.isEmpty else { throw FormatFailure.invalid(problems) }
        var layout = try YAMLLayout(bytes)
        let lines = try layout.formatted()
        var formatted = lines.map(\.text).joined(separator: "\n")
        if !formatted.isEmpty, layout.endsLine { formatted += "\n" }
        let result = Array(formatted.utf8)
        guard try means(result, theSameAs: bytes, layout.comments) else {
            throw FormatFailure.changesMeaning
        }
        return FormattedText(bytes: result, origins: lines.map(\.origin))
    }

    private static func means(
        _ result: [UInt8], theSameAs bytes: [UInt8], _ comments: [String]
    ) throws -> Bool {
        do {
            var again = try YAMLLayout(result)
            _ = try again.formatted()
            return try again.comments == comments && events(result) == events(bytes)
        } catch is YAMLProblem {
            return false
        }
    }

    /// What an event says, without its place.
    private struct Meaning: Equatable {
        var kind: String
        var text: String?
        var style: YAMLNode.Style?
        let anchor: String?
        let tag: String?
    }

    private static func events(_ bytes: [UInt8]) throws -> [Meaning] {
        let stream = try EventStream(bytes)
        defer { stream.close() }
        var events: [Meaning] = []
        while true {
            let event = try stream.next().get()
            var meaning = Meaning(kind: "", anchor: event.anchor, tag: event.tag)
            switch event.kind {
            case .streamEnd: return events
            case .documentStart: meaning.kind = "document"
            case .sequenceStart: meaning.kind = "["
            case .sequenceEnd: meaning.kind = "]"
            case .mappingStart: meaning.kind = "{"
            case .mappingEnd: meaning.kind = "}"
            case .alias(let name):
                meaning.kind = "alias"
                meaning.text = name
            case .scalar(let text, let style):
                meaning.kind = "scalar"
                meaning.text = text
                meaning.style = style
            case .other: continue
            }
            events.append(meaning)
        }
    }
}
