import Domain

/// Writes expanded nodes as YAML 1.2, with the origin of each line behind it.
struct ExpandedText {
    private var lines: [(text: String, origin: String?)] = []
    private(set) var size = 0

    /// Comments stand in one column, where the line leaves room.
    private static let commentColumn = 56
    private static let flowWidth = 60

    /// Nil when the text would be larger than `limit` bytes.
    static func write(_ node: ExpandedNode, limit: Int) -> String? {
        var writer = ExpandedText()
        writer.write(node, indent: 0, limit: limit)
        return writer.size > limit ? nil : writer.text
    }

    private var text: String {
        lines.map { line in
            guard let origin = line.origin else { return line.text }
            let blanks = max(2, Self.commentColumn - line.text.unicodeScalars.count)
            return line.text + String(repeating: " ", count: blanks) + "# " + origin
        }.joined(separator: "\n") + "\n"
    }

    private mutating func add(_ text: String, _ origin: String?) {
        size += text.utf8.count + (origin?.utf8.count ?? 0) + Self.commentColumn
        lines.append((text, origin.map(Self.comment)))
    }

    /// A comment ends with its line, and control characters may not stand in one.
    static func comment(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.map { isPlain($0) ? $0 : " " }))
    }

    private mutating func write(_ node: ExpandedNode, indent: Int, limit: Int) {
        guard size <= limit else { return }
        switch node.content {
        case .scalar: writeValue(node, after: blanks(indent), indent: indent, limit: limit)
        case .sequence(let items):
            for item in items { writeItem(item, indent: indent, limit: limit) }
        case .mapping(let members):
            for member in members {
                let (key, value) = (member.key, member.value)
                writeValue(
                    value, after: blanks(indent) + Self.scalar(key) + ":", indent: indent,
                    limit: limit)
            }
        }
    }

    /// `- ` before the first line of an item.
    private mutating func writeItem(_ item: ExpandedNode, indent: Int, limit: Int) {
        guard !item.isScalar, !item.isEmpty else {
            writeValue(item, after: blanks(indent) + "-", indent: indent, limit: limit)
            return
        }
        let first = lines.count
        write(item, indent: indent + 2, limit: limit)
        guard first < lines.count else { return }
        let rest = lines[first].text.dropFirst(indent + 2)
        lines[first].text = blanks(indent) + "- " + String(rest)
    }

    private mutating func writeValue(
        _ node: ExpandedNode, after head: String, indent: Int, limit: Int
    ) {
        guard size <= limit else { return }
        let gap = head.last == ":" || head.last == "-" ? " " : ""
        switch node.content {
        case .scalar(let text, let isText):
            if isText, let block = Self.block(text) {
                add(head + gap + block.header, node.origin)
                for line in block.lines {
                    add(line.isEmpty ? "" : blanks(indent + 2) + line, nil)
                }
            } else {
                add(head + gap + (isText ? Self.scalar(text) : text), node.origin)
            }
        case .sequence(let items):
            if let flow = Self.flow(items) { return add(head + gap + flow, node.origin) }
            add(head, node.origin)
            write(node, indent: indent + 2, limit: limit)
        case .mapping(let members):
            if members.isEmpty { return add(head + gap + "{}", node.origin) }
            add(head, node.origin)
            write(node, indent: indent + 2, limit: limit)
        }
    }

    private func blanks(_ count: Int) -> String { String(repeating: " ", count: count) }

    // MARK: Scalars

    /// A short list of short texts, in one line.
    private static func flow(_ items: [ExpandedNode]) -> String? {
        var words: [String] = []
        for item in items {
            guard case .scalar(let text, let isText) = item.content, !text.contains("\n")
            else { return nil }
            // libyaml takes no colon in a plain word of a flow list.
            let isBare = !text.utf8.contains { [0x2c, 0x3a, 0x5b, 0x5d, 0x7b, 0x7d].contains($0) }
            words.append(isText ? isBare ? scalar(text) : quoted(text) : text)
        }
        let line = "[\(words.joined(separator: ", "))]"
        return line.unicodeScalars.count <= flowWidth || words.isEmpty ? line : nil
    }

    /// Plain where it is read back as the same text, in quotes elsewhere.
    static func scalar(_ text: String) -> String {
        guard let first = text.utf8.first, let last = text.utf8.last,
            !"-?:,[]{}#&*!|>'\"%@` ~=<".utf8.contains(first), last != 0x20,
            last != UInt8(ascii: ":"), text.unicodeScalars.allSatisfy(isPlain),
            !text.contains(": "), !text.contains(" #"), ScalarType(plain: text) == .string,
            !olderBooleans.contains(text.lowercased())
        else { return quoted(text) }
        return text
    }

    /// Readers of YAML 1.1 take these for something else; a word of digits may be a number there.
    private static let olderBooleans: Set<String> = ["y", "n", "yes", "no", "on", "off"]

    /// Printable, and no line's end.
    private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7f..<0xa0, 0x2028, 0x2029, 0xfeff, 0xfffe, 0xffff: false
        default: true
        }
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            case "\r": result += "\\r"
            case _ where isPlain(scalar): result.unicodeScalars.append(scalar)
            default:
                let digits = String(scalar.value, radix: 16)
                result += "\\U" + String(repeating: "0", count: 8 - digits.utf8.count) + digits
            }
        }
        return result + "\""
    }

    /// Texts of several lines as a literal block; nil for one that has to be quoted.
    private static func block(_ text: String) -> (header: String, lines: [Substring])? {
        guard text.contains("\n"),
            text.unicodeScalars.allSatisfy({ $0 == "\n" || isPlain($0) })
        else { return nil }
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard let first = lines.first(where: { !$0.isEmpty }) else { return nil }
        var header = "|"
        if first.hasPrefix(" ") || lines[0].isEmpty { header += "2" }
        if text.hasSuffix("\n\n") {
            header += "+"
            lines.removeLast()
        } else if text.hasSuffix("\n") {
            lines.removeLast()
        } else {
            header += "-"
        }
        return (header, lines)
    }
}

extension ExpandedNode {
    /// A list or mapping of nothing, which has no lines of its own.
    var isEmpty: Bool {
        switch content {
        case .scalar: false
        case .sequence(let items): items.isEmpty
        case .mapping(let members): members.isEmpty
        }
    }
}
