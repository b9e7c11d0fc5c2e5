/// Texts that jobs, files and images had a hand in must not command somebody's terminal, nor read
/// differently than they are: control characters (ECMA-48: C0, C1) and the marks that reorder
/// text (Unicode UAX #9) are taken out.
///
/// `Console` does it for all that goes to a terminal; what is put into a line goes through `line`
/// wherever it goes, so that a line stays one.
enum TerminalText {
    static func isHarmful(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7f..<0xa0: true
        case 0x061c, 0x200e, 0x200f, 0x202a...0x202e, 0x2066...0x2069: true
        default: false
        }
    }

    /// One line without colours; what ends lines, and tabs, become blanks.
    static func line(_ text: String) -> String {
        kept(text, colours: false) { scalar in
            switch scalar.value {
            case 0x09...0x0d, 0x85, 0x2028, 0x2029: " "
            default: isHarmful(scalar) ? nil : scalar
            }
        }
    }

    /// Lines with tabs and colours.
    static func screen(_ text: String) -> String {
        kept(text, colours: true) {
            $0 == "\n" || $0 == "\t" || !isHarmful($0) ? $0 : nil
        }
    }

    /// Colours are SGR sequences (`ESC [ … m`, ECMA-48 §8.3.117).
    static func kept(
        _ text: String, colours: Bool, _ replace: (Unicode.Scalar) -> Unicode.Scalar?
    ) -> String {
        var kept = String.UnicodeScalarView()
        let scalars = Array(text.unicodeScalars)
        var index = 0
        while index < scalars.count {
            if scalars[index] == "\u{1b}", let end = endOfColour(scalars, index) {
                if colours { kept.append(contentsOf: scalars[index...end]) }
                index = end + 1
                continue
            }
            if let scalar = replace(scalars[index]) { kept.append(scalar) }
            index += 1
        }
        return String(kept)
    }

    private static func endOfColour(_ scalars: [Unicode.Scalar], _ start: Int) -> Int? {
        guard start + 1 < scalars.count, scalars[start + 1] == "[" else { return nil }
        var index = start + 2
        while index < scalars.count, index < start + 32 {
            switch scalars[index] {
            case "0"..."9", ";", ":": index += 1
            case "m": return index
            default: return nil
            }
        }
        return nil
    }
}
