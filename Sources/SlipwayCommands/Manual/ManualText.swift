/// Text as troff reads it. Everything is written so that it is shown as it was typed: `-` stays
/// the character of options, quotes stay straight, and what is not ASCII has its code point.
package enum ManualText {
    /// Plain text, with no mark-up in it; blanks stay as they are.
    package static func escaped(_ text: some StringProtocol) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": result += "\\e"
            case "-": result += "\\-"
            case "'": result += "\\(aq"
            case "`": result += "\\(ga"
            case "\"": result += "\\(dq"
            case "^": result += "\\(ha"
            case "~": result += "\\(ti"
            case "\t": result += "    "
            case _ where scalar.isASCII: result.unicodeScalars.append(scalar)
            default: result += "\\[u\(codePoint(scalar))]"
            }
        }
        return result
    }

    /// As groff names glyphs: at least four hexadecimal digits, capitals.
    private static func codePoint(_ scalar: Unicode.Scalar) -> String {
        let digits = String(scalar.value, radix: 16, uppercase: true)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }

    /// What is typed as it stands.
    package static func bold(_ text: some StringProtocol) -> String { "\\fB\(escaped(text))\\fR" }

    /// What something else is typed for.
    package static func italic(_ text: some StringProtocol) -> String { "\\fI\(escaped(text))\\fR" }

    /// Sentences with `code` in them, which is set bold.
    package static func prose(_ text: some StringProtocol) -> String {
        var result = ""
        for (index, part) in text.split(separator: "`", omittingEmptySubsequences: false)
            .enumerated()
        {
            result += index.isMultiple(of: 2) ? escaped(part) : bold(part)
        }
        return result
    }

    /// Text that troff fills anyway, in lines that people can read and `diff` can compare.
    package static func wrapped(_ text: String, columns: Int = 78) -> [String] {
        var lines: [String] = []
        var line = ""
        for word in text.split(whereSeparator: { $0 == " " || $0 == "\n" }) {
            if !line.isEmpty, line.utf8.count + 1 + word.utf8.count > columns {
                lines.append(guarded(line))
                line = ""
            }
            line += (line.isEmpty ? "" : " ") + word
        }
        return line.isEmpty ? lines : lines + [guarded(line)]
    }

    /// A line of text that no dot at its start makes a request.
    package static func guarded(_ line: String) -> String {
        line.hasPrefix(".") ? "\\&\(line)" : line
    }
}
