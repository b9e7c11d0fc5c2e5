/// The texts in which a secret shows itself (DESIGN §5, "Secrets").
enum SecretForms {
    /// Whether a value can be told from ordinary text: 4 characters (Unicode scalars) or more.
    static func isLongEnough(_ bytes: some Collection<UInt8>) -> Bool {
        String(decoding: bytes, as: UTF8.self).unicodeScalars.count >= 4
    }

    /// All forms; values read from files often end with a line's end that programs drop.
    static func all(of text: String) -> Set<[UInt8]> {
        let value = Array(text.utf8)
        let core = Array(trimmed(value[...]))
        var forms: Set<[UInt8]> = [value, core]
        for bytes in [value, core, core + [0x0a]] { addBase64(of: bytes, to: &forms) }
        for bytes in value == core ? [core] : [value, core] {
            addURLEncoded(bytes, to: &forms)
            addJSONEscaped(bytes, to: &forms)
        }
        addLines(of: value, to: &forms)
        return forms
    }

    /// Without blanks and line ends around it.
    static func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0d).contains(byte) }
        var rest = bytes.drop(while: isBlank)
        while let last = rest.last, isBlank(last) { rest.removeLast() }
        return rest
    }

    /// A log is masked line by line, so each line stands for itself.
    private static func addLines(of value: [UInt8], to forms: inout Set<[UInt8]>) {
        let lines = value.split(separator: 0x0a)
        guard lines.count > 1 else { return }
        for line in lines.map(trimmed) where isLongEnough(line) { forms.insert(Array(line)) }
    }

    // MARK: Base64 (RFC 4648)

    private static let standardAlphabet = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    private static let urlAlphabet = Array(standardAlphabet.dropLast(2)) + Array("-_".utf8)

    private static func addBase64(of bytes: [UInt8], to forms: inout Set<[UInt8]>) {
        for alphabet in [standardAlphabet, urlAlphabet] {
            for shift in 0..<3 {
                // Inside a longer text: only the digits that the value alone decides.
                let text = base64([UInt8](repeating: 0, count: shift) + bytes, alphabet)
                let start = (8 * shift + 5) / 6
                let end = 8 * (shift + bytes.count) / 6
                forms.insert(Array(text[start..<end]))
                // At the end of one: with the last digit, with and without padding.
                forms.insert(Array(text[start...]))
                let padding = UInt8(ascii: "=")
                forms.insert(Array(text[start...].prefix { $0 != padding }))
            }
        }
        // `base64` breaks its lines after 76 digits, `openssl` and PEM after 64.
        let text = base64(bytes, standardAlphabet)
        for width in [64, 76] where text.count > width {
            for start in stride(from: 0, to: text.count, by: width) {
                let line = text[start..<min(text.count, start + width)]
                // A last line that is very short would match ordinary text.
                if line.count >= 8 { forms.insert(Array(line)) }
            }
        }
    }

    private static func base64(_ bytes: [UInt8], _ alphabet: [UInt8]) -> [UInt8] {
        var text: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(bytes.count, start + 3)]
            var word = group.reduce(0) { $0 << 8 | Int($1) }
            word <<= 8 * (3 - group.count)
            for digit in 0..<4 {
                text.append(
                    digit <= group.count
                        ? alphabet[word >> (18 - 6 * digit) & 63] : UInt8(ascii: "="))
            }
        }
        return text
    }

    // MARK: URL-encoding (RFC 3986 and what encoders leave as it is)

    private static func addURLEncoded(_ bytes: [UInt8], to forms: inout Set<[UInt8]>) {
        let letters = standardAlphabet.dropLast(2)
        let styles: [(plain: String, blank: String)] = [
            ("-._~", "%20"), ("-._~", "+"),
            // encodeURIComponent, quote of a path, HTML forms.
            ("-._~!*'()", "%20"), ("-._~/", "%20"), ("-._*", "+"),
        ]
        for style in styles {
            let plain = Set(letters).union(style.plain.utf8)
            for digits in [Array("0123456789ABCDEF".utf8), Array("0123456789abcdef".utf8)] {
                var text: [UInt8] = []
                for byte in bytes {
                    if plain.contains(byte) {
                        text.append(byte)
                    } else if byte == 0x20 {
                        text += style.blank.utf8
                    } else {
                        text += [
                            UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)],
                        ]
                    }
                }
                forms.insert(text)
            }
        }
    }
}
