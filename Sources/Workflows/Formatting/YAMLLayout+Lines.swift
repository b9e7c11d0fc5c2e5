import Domain

extension YAMLLayout {
    struct NewLine {
        let text: String
        /// The old line's number, from 0.
        let origin: Int
        /// An empty line between others, of which one is enough.
        let isGap: Bool
    }

    /// The new lines, without what ends them.
    mutating func formatted() throws -> [NewLine] {
        comments = []
        let following = contentFollowing()
        var result: [NewLine] = []
        var previous: Int?
        for index in lines.indices {
            let text: Text
            var isGap = false
            switch lines[index].kind {
            case .free:
                text = try freeLine(index, after: previous, before: following[index])
                isGap = text.isEmpty
            case .block:
                text = try blockLine(index)
                previous = index
            case .content, .continuation:
                text = try contentLine(index)
                previous = index
            }
            if isGap, result.last?.isGap ?? true { continue }
            result.append(
                NewLine(text: String(String.UnicodeScalarView(text)), origin: index, isGap: isGap))
        }
        if result.last?.isGap ?? false { result.removeLast() }
        return result
    }

    /// For each line, the next one that begins with a token.
    private func contentFollowing() -> [Int?] {
        var following: [Int?] = Array(repeating: nil, count: lines.count)
        var next: Int?
        for index in lines.indices.reversed() {
            following[index] = next
            if lines[index].kind == .content { next = index }
        }
        return following
    }

    private static func blanks(_ count: Int) -> Text {
        Array(repeating: " ", count: max(0, count))
    }

    private static func isBlank(_ scalar: Unicode.Scalar) -> Bool {
        scalar == " " || scalar == "\t"
    }

    private static func trimmed(_ text: ArraySlice<Unicode.Scalar>) -> ArraySlice<Unicode.Scalar> {
        let start = text.drop(while: isBlank)
        guard let end = start.lastIndex(where: { !isBlank($0) }) else { return [] }
        return start[...end]
    }

    /// An empty line, or a comment in the column of what it belongs to: what follows, or the
    /// innermost block before it that is not deeper.
    private mutating func freeLine(
        _ index: Int, after previous: Int?, before following: Int?
    ) throws -> Text {
        let text = Self.trimmed(lines[index].text[...])
        guard !text.isEmpty else { return [] }
        try note(text, index)
        let depth = lines[index].depth
        if let flow = lines[index].flowLine {
            return Self.blanks(depth + shift(of: flow)) + text
        }
        var best: (old: Int, new: Int)?
        if let following {
            let next = (old: lines[following].depth, new: lines[following].indent)
            if next.old <= depth { best = next }
        }
        for level in previous.map({ lines[$0].levels }) ?? []
        where level.old <= depth && level.old > best?.old ?? -1 {
            best = (level.old, level.new)
        }
        let indent =
            best?.new ?? following.map { lines[$0].indent }
            ?? previous.flatMap { lines[$0].levels.first?.new } ?? 0
        return Self.blanks(indent) + text
    }

    private mutating func note(_ comment: ArraySlice<Unicode.Scalar>, _ index: Int) throws {
        guard comment.first == "#" else {
            throw FormatFailure.unsupported(
                TextPosition(line: index + 1, column: comment.startIndex + 1),
                "this text was not understood")
        }
        comments.append(String(String.UnicodeScalarView(comment)))
    }

    private func blockLine(_ index: Int) throws -> Text {
        let line = lines[index]
        guard let old = line.oldIndent else { return [] }
        let depth = line.depth
        if line.isEmpty, depth <= old { return [] }
        guard depth >= old else {
            throw FormatFailure.unsupported(
                TextPosition(line: index + 1, column: depth + 1),
                "a line of a block text is not deep enough")
        }
        return Self.blanks(depth - old + line.indent) + line.text[depth...]
    }

    private mutating func contentLine(_ index: Int) throws -> Text {
        let line = lines[index]
        if line.kind == .continuation, line.text.allSatisfy(Self.isBlank) { return line.text }
        var text = Self.blanks(line.indent)
        for (number, piece) in line.pieces.enumerated() {
            if number > 0 { text += try gap(between: line.pieces[number - 1], piece, index) }
            text += line.text[piece.start..<piece.end]
        }
        let end = line.pieces.last?.end ?? 0
        guard !line.isOpen else { return text }
        let comment = Self.trimmed(line.text[end...])
        guard !comment.isEmpty else { return text }
        try note(comment, index)
        // It stays in its column, or moves with the line: comments of several lines are aligned.
        let column = comment.startIndex + line.indent - line.depth
        return text + Self.blanks(max(1, column - text.count)) + comment
    }

    private func gap(between left: Piece, _ right: Piece, _ index: Int) throws -> Text {
        let line = lines[index].text
        guard left.end <= right.start, line[left.end..<right.start].allSatisfy(Self.isBlank)
        else {
            throw FormatFailure.unsupported(
                TextPosition(line: index + 1, column: left.end + 1), "this text was not understood")
        }
        let old = Text(line[left.end..<right.start])
        let isBeforeEnd = right.kind == .flowEnd || right.kind == .flowEntry
        switch (left.kind, right.kind) {
        case (.scalar, .value): return []
        case (.entry, _): return [" "]
        case (.value, _), (.property, _): return isBeforeEnd ? old : [" "]
        default: return old
        }
    }
}
