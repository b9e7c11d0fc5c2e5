import Domain

/// Where everything of a YAML text stands, line by line, and how far each line is to be indented.
///
/// The scanner's tokens say what a line begins with; a stack of the blocks that are open says
/// where it belongs. Lines without tokens are empty, comments, or within a scalar.
struct YAMLLayout {
    typealias Text = [Unicode.Scalar]

    enum Kind {
        /// Empty, or a comment alone.
        case free
        case content
        /// Within a quoted or plain scalar of several lines.
        case continuation
        /// Within a block scalar.
        case block
    }

    /// A part of a line that is kept as it is.
    struct Piece {
        let start: Int
        let end: Int
        let kind: YAMLToken.Kind
    }

    /// A block that is open: its column, and the one that it is to have.
    struct Level {
        enum Kind {
            case mapping, sequence
            /// A list that stands in the column of its key.
            case indentless
        }

        let kind: Kind
        let old: Int
        let new: Int
    }

    struct Line {
        let text: Text
        var kind = Kind.free
        var pieces: [Piece] = []
        /// The new one.
        var indent = 0
        /// It ends within a scalar, so blanks at its end may count.
        var isOpen = false
        /// Of a comment between brackets: the line in which they begin.
        var flowLine: Int?
        /// Of a block scalar's content; nil for one without any.
        var oldIndent: Int?
        /// The blocks that are open at its end.
        var levels: [Level] = []

        /// Leading blanks.
        var depth: Int { text.prefix { $0 == " " }.count }
        var isEmpty: Bool { text.allSatisfy { $0 == " " } }
    }

    var lines: [Line]
    /// Every comment of the text, known once it is formatted.
    var comments: [String] = []
    /// Whether the last line is to be ended: a block scalar there would get a line more.
    private(set) var endsLine = true

    private let wasEnded: Bool
    private var levels: [Level] = []
    private var flowDepth = 0
    private var flowLine = 0
    private var lastLine = -1

    static let step = 2

    /// Throws `FormatFailure` and `YAMLProblem`.
    init(_ bytes: [UInt8]) throws {
        let texts = try Self.split(bytes)
        wasEnded = texts.last?.isEmpty ?? false
        lines = (wasEnded ? texts.dropLast() : texts[...]).map { Line(text: $0) }
        let text = texts.map { String(String.UnicodeScalarView($0)) }.joined(separator: "\n")
        let stream = try EventStream(Array(text.utf8))
        defer { stream.close() }
        while let token = try stream.nextToken() { try take(token) }
    }

    /// The text's lines without what ends them.
    private static func split(_ bytes: [UInt8]) throws -> [Text] {
        var lines: [Text] = [[]]
        for scalar in String(decoding: bytes, as: UTF8.self).unicodeScalars {
            if lines[lines.count - 1].last == "\r" {
                guard scalar == "\n" else { break }
                lines[lines.count - 1].removeLast()
            }
            switch scalar {
            case "\n": lines.append([])
            case "\u{85}", "\u{2028}", "\u{2029}":
                throw FormatFailure.unsupported(
                    TextPosition(line: lines.count, column: lines[lines.count - 1].count + 1),
                    "a line ends in a way that is not common")
            default: lines[lines.count - 1].append(scalar)
            }
        }
        if let last = lines.last, last.last == "\r" {
            throw FormatFailure.unsupported(
                TextPosition(line: lines.count, column: last.count),
                "a line ends in a carriage return alone")
        }
        return lines
    }

    // MARK: Tokens

    /// Where what belongs to the innermost block stands.
    private var childIndent: Int { levels.last.map { $0.new + Self.step } ?? 0 }

    private mutating func take(_ token: YAMLToken) throws {
        switch token.kind {
        case .mappingStart:
            levels.append(Level(kind: .mapping, old: token.start.column, new: childIndent))
            return
        case .sequenceStart:
            levels.append(Level(kind: .sequence, old: token.start.column, new: childIndent))
            return
        case .blockEnd:
            if levels.last?.kind == .indentless { levels.removeLast() }
            _ = levels.popLast()
            return
        case .key:
            endIndentless()
            guard token.isEmpty else {
                throw FormatFailure.unsupported(token.start.position, "a key stands behind '?'")
            }
            return
        case .value: endIndentless()
        case .entry:
            guard let level = levels.last else {
                throw FormatFailure.unsupported(token.start.position, "'-' stands outside a list")
            }
            if level.kind == .mapping {
                levels.append(Level(kind: .indentless, old: level.old, new: childIndent))
            }
        default: break
        }
        try begin(token)
        place(token)
    }

    private mutating func endIndentless() {
        if flowDepth == 0, levels.last?.kind == .indentless { levels.removeLast() }
    }

    /// A line's first token says where the line begins.
    private mutating func begin(_ token: YAMLToken) throws {
        let line = token.start.line
        if flowDepth > 0 {
            for index in lastLine + 1..<max(line, lastLine + 1) where lines[index].kind == .free {
                lines[index].flowLine = flowLine
            }
        }
        guard lines[line].kind == .free else { return }
        lines[line].kind = .content
        let depth = lines[line].depth
        if flowDepth > 0 {
            lines[line].indent = max(0, depth + shift(of: flowLine))
            return
        }
        switch token.kind {
        case .document, .directive: lines[line].indent = depth
        case .entry: lines[line].indent = levels.last?.new ?? depth
        case .value:
            throw FormatFailure.unsupported(token.start.position, "a line begins with ':'")
        default:
            if let level = levels.last {
                let isKey = level.kind == .mapping && token.start.column == level.old
                lines[line].indent = isKey ? level.new : level.new + Self.step
            } else {
                lines[line].indent = depth
            }
        }
    }

    /// How far a line moves.
    func shift(of line: Int) -> Int { lines[line].indent - lines[line].depth }

    private mutating func place(_ token: YAMLToken) {
        let line = token.start.line
        switch token.kind {
        case .flowStart:
            if flowDepth == 0 { flowLine = line }
            flowDepth += 1
        case .flowEnd: flowDepth = max(0, flowDepth - 1)
        case .blockScalar: return placeBlock(token)
        case .directive:
            let end = lines[line].text.lastIndex { $0 != " " && $0 != "\t" } ?? 0
            lines[line].pieces.append(
                Piece(start: token.start.column, end: end + 1, kind: .directive))
            lastLine = line
            return
        default: break
        }
        if token.end.line == line {
            lines[line].pieces.append(
                Piece(start: token.start.column, end: token.end.column, kind: token.kind))
        } else {
            placeLong(token)
        }
        lastLine = max(lastLine, token.end.line)
        lines[line].levels = levels
        lines[token.end.line].levels = levels
    }

    /// A plain or quoted scalar of several lines: those below the first move with it, and stay
    /// deeper than the block that they belong to.
    private mutating func placeLong(_ token: YAMLToken) {
        let first = token.start.line
        lines[first].pieces.append(
            Piece(
                start: token.start.column, end: lines[first].text.count, kind: token.kind))
        lines[first].isOpen = true
        let isRoot = flowDepth == 0 && levels.isEmpty
        let least = flowDepth > 0 ? 0 : childIndent
        let shift = shift(of: flowDepth > 0 ? flowLine : first)
        for index in first + 1...token.end.line {
            let depth = lines[index].depth
            let isLast = index == token.end.line
            let end = isLast ? token.end.column : lines[index].text.count
            lines[index].kind = .continuation
            lines[index].indent = isRoot ? depth : max(least, depth + shift)
            lines[index].isOpen = !isLast
            lines[index].pieces.append(Piece(start: min(depth, end), end: end, kind: token.kind))
        }
    }
}

// MARK: Block scalars

extension YAMLLayout {
    /// Its content moves with the block that it belongs to (YAML 1.2 §8.1.1).
    private mutating func placeBlock(_ token: YAMLToken) {
        let first = token.start.line
        let text = lines[first].text
        var end = token.start.column + 1
        while end < text.count, "+-0123456789".unicodeScalars.contains(text[end]) { end += 1 }
        let header = text[token.start.column..<end]
        let keeps = header.contains("+")
        lines[first].pieces.append(
            Piece(start: token.start.column, end: end, kind: .blockScalar))
        let last = min(
            token.end.column == 0 ? token.end.line - 1 : token.end.line, lines.count - 1)
        let parent = levels.last
        var old: Int?
        var new = 0
        if let digit = header.first(where: { $0 >= "1" && $0 <= "9" }) {
            let count = Int(digit.value) - 0x30
            old = (parent?.old ?? 0) + count
            new = (parent?.new ?? 0) + count
        } else if first < last {
            old = lines[first + 1...last].first { !$0.isEmpty }?.depth
            new = parent.map { $0.new + Self.step } ?? old ?? 0
        }
        // Blanks beyond the indentation are content, empty lines at the end are none.
        var lastOfContent = last
        while lastOfContent > first, lines[lastOfContent].isEmpty,
            old.map({ lines[lastOfContent].text.count <= $0 }) ?? true
        {
            lastOfContent -= 1
        }
        if keeps { lastOfContent = max(first, last) }
        if lastOfContent > first {
            for index in first + 1...lastOfContent {
                lines[index].kind = .block
                lines[index].oldIndent = old
                lines[index].indent = new
            }
        }
        if last == lines.count - 1, !wasEnded, !header.contains("-") { endsLine = false }
        lastLine = max(first, lastOfContent)
        lines[first].levels = levels
        lines[lastLine].levels = levels
    }
}
