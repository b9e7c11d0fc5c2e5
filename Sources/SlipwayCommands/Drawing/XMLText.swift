/// Texts that go into XML (www.w3.org/TR/xml, §2.2 and §2.4): as text and as attribute alike.
enum XMLText {
    /// Characters that XML does not know, and those that reorder text, are taken out.
    static func escaped(_ text: String) -> String {
        var escaped = ""
        for scalar in TerminalText.line(text).unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "'": escaped += "&#39;"
            case "\u{fffe}", "\u{ffff}": continue
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
