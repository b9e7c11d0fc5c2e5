extension SecretForms {
    /// What a JSON writer is free to choose (RFC 8259, section 7).
    private struct JSONStyle {
        var escapesSlash: Bool
        /// `<`, `>` and `&` as `\u003c` and so on: safe inside HTML.
        var escapesHTML: Bool
        var escapesNonASCII: Bool
        /// Backspace and form feed as `\b` and `\f`, not `\u0008` and `\u000c`.
        var hasShortEscapes: Bool
        var digits: [UInt8]

        /// All that matter for a value: a choice about what does not occur changes nothing.
        static func all(for bytes: [UInt8]) -> [JSONStyle] {
            func choices(_ matters: Bool) -> [Bool] { matters ? [false, true] : [false] }
            var styles: [JSONStyle] = []
            for slash in choices(bytes.contains(UInt8(ascii: "/"))) {
                for html in choices(bytes.contains { "<>&".utf8.contains($0) }) {
                    for nonASCII in choices(bytes.contains { $0 > 0x7e }) {
                        for short in choices(bytes.contains { $0 == 0x08 || $0 == 0x0c }) {
                            for digits in ["0123456789abcdef", "0123456789ABCDEF"] {
                                styles.append(
                                    JSONStyle(
                                        escapesSlash: slash, escapesHTML: html,
                                        escapesNonASCII: nonASCII, hasShortEscapes: short,
                                        digits: Array(digits.utf8)))
                            }
                        }
                    }
                }
            }
            return styles
        }

        func escaped(_ text: String) -> [UInt8] {
            var escaped: [UInt8] = []
            for scalar in text.unicodeScalars { append(scalar, to: &escaped) }
            return escaped
        }

        private func append(_ scalar: Unicode.Scalar, to escaped: inout [UInt8]) {
            switch scalar {
            case "\"": escaped += "\\\"".utf8
            case "\\": escaped += "\\\\".utf8
            case "\n": escaped += "\\n".utf8
            case "\r": escaped += "\\r".utf8
            case "\t": escaped += "\\t".utf8
            case "\u{8}" where hasShortEscapes: escaped += "\\b".utf8
            case "\u{c}" where hasShortEscapes: escaped += "\\f".utf8
            case "/" where escapesSlash: escaped += "\\/".utf8
            case "<" where escapesHTML, ">" where escapesHTML, "&" where escapesHTML:
                appendCode(scalar, to: &escaped)
            case _ where scalar.value < 0x20: appendCode(scalar, to: &escaped)
            case _ where scalar.value > 0x7e && escapesNonASCII: appendCode(scalar, to: &escaped)
            default: escaped += String(scalar).utf8
            }
        }

        /// `\uXXXX`, twice where a scalar needs two UTF-16 units.
        private func appendCode(_ scalar: Unicode.Scalar, to escaped: inout [UInt8]) {
            for unit in String(scalar).utf16 {
                escaped += "\\u".utf8
                for shift in [12, 8, 4, 0] as [UInt16] {
                    escaped.append(digits[Int(unit >> shift & 15)])
                }
            }
        }
    }

    static func addJSONEscaped(_ bytes: [UInt8], to forms: inout Set<[UInt8]>) {
        let text = String(decoding: bytes, as: UTF8.self)
        for style in JSONStyle.all(for: bytes) { forms.insert(style.escaped(text)) }
    }
}
