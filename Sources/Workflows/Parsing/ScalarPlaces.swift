import Domain

/// Finds where the lines of a scalar's text stand in the file.
///
/// Folding, quoting and indentation change blanks alone, so the visible characters of the text are
/// those of the file, in order, but for the escapes of quoted scalars (YAML 1.2 §7.3, §8.1).
struct ScalarPlaces {
    private let file: [Unicode.Scalar]

    init(_ bytes: [UInt8]) {
        file = Array(String(decoding: bytes, as: UTF8.self).unicodeScalars)
    }

    /// Where a line of the text (from 1) begins to be visible; of a line without visible
    /// characters, the one before it. What begins in the scalar's own line is at its start.
    func position(ofLine line: Int, in node: YAMLNode) -> TextPosition {
        guard let text = node.scalar else { return node.start }
        var count = 0
        var first = 0
        var current = 1
        var lastVisible = 0
        for scalar in text.unicodeScalars {
            if scalar == "\n" {
                current += 1
                if current > line { break }
            } else if !Self.isBlank(scalar) {
                if lastVisible != current { (lastVisible, first) = (current, count) }
                count += 1
            }
        }
        guard count > 0 else { return node.start }
        var cursor = Cursor(file: file, offset: node.offset, position: node.start)
        cursor.skipProperties()
        switch node.style {
        case .block: cursor.skipLine()
        case .singleQuoted, .doubleQuoted: cursor.advance()
        case .plain: break
        }
        var seen = 0
        while let scalar = cursor.current {
            let start = cursor.position
            guard cursor.takeVisible(scalar, node.style) else { continue }
            if seen == first { return start.line == node.start.line ? node.start : start }
            seen += 1
        }
        return node.start
    }

    static func isBlank(_ scalar: Unicode.Scalar) -> Bool {
        scalar == " " || scalar == "\t" || isBreak(scalar)
    }

    /// What libyaml counts as the end of a line.
    static func isBreak(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x0a, 0x0d, 0x85, 0x2028, 0x2029: true
        default: false
        }
    }
}

/// A place in the file that moves on.
private struct Cursor {
    let file: [Unicode.Scalar]
    var offset: Int
    var position: TextPosition

    var current: Unicode.Scalar? { offset < file.count ? file[offset] : nil }

    mutating func advance(_ count: Int = 1) {
        for _ in 0..<count {
            guard let scalar = current else { return }
            offset += 1
            // The end of a line may be two characters; it is one.
            let isEnd = ScalarPlaces.isBreak(scalar) && !(scalar == "\r" && current == "\n")
            position = TextPosition(
                line: position.line + (isEnd ? 1 : 0), column: isEnd ? 1 : position.column + 1,
                file: position.file)
        }
    }

    mutating func skipLine() {
        while let scalar = current {
            advance()
            if scalar == "\n" || ScalarPlaces.isBreak(scalar) && current != "\n" { return }
        }
    }

    /// An anchor (`&name`) or a tag, with the blanks and comments behind it.
    mutating func skipProperties() {
        while current == "&" || current == "!" {
            while let scalar = current, !ScalarPlaces.isBlank(scalar) { advance() }
            while let scalar = current, ScalarPlaces.isBlank(scalar) || scalar == "#" {
                if scalar == "#" { skipLine() } else { advance() }
            }
        }
    }

    /// Moves past one character of the text; false for blanks, which fold.
    mutating func takeVisible(_ scalar: Unicode.Scalar, _ style: YAMLNode.Style) -> Bool {
        switch (style, scalar) {
        case (.singleQuoted, "'"):
            advance(2)
            return true
        case (.doubleQuoted, "\\"): return takeEscape()
        default:
            advance()
            return !ScalarPlaces.isBlank(scalar)
        }
    }

    private mutating func takeEscape() -> Bool {
        advance()
        guard let letter = current else { return false }
        advance()
        switch letter {
        case "n", "t", "r", " ", "\t", "N", "L", "P": return false
        case "x", "u", "U":
            let count = letter == "x" ? 2 : letter == "u" ? 4 : 8
            var value: UInt32 = 0
            for _ in 0..<count {
                value = value << 4 | UInt32(current.flatMap { Character($0).hexDigitValue } ?? 0)
                advance()
            }
            return Unicode.Scalar(value).map { !ScalarPlaces.isBlank($0) } ?? true
        default: return !ScalarPlaces.isBreak(letter)
        }
    }
}
