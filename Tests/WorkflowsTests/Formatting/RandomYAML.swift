import TestSupport

/// YAML texts in which each choice of layout is a seed's: indentation, lists in the column of
/// their key, comments, brackets, block texts, scalars of several lines.
struct RandomYAML {
    private var random: SeededGenerator
    private var keys = 0

    /// Most are sound YAML, not all.
    static func text(seed: UInt64) -> String {
        var made = RandomYAML(random: SeededGenerator(seed: seed))
        let column = made.pick([0, 0, 0, 2])
        var lines = made.chance(20) ? ["", "# head", ""] : []
        if made.chance(10) { lines.append("---") }
        lines += made.chance(80) ? made.mapping(column, 4) : made.list(column, 4)
        return lines.joined(separator: "\n") + made.pick(["\n", "", "\n\n\n"])
    }

    private init(random: SeededGenerator) {
        self.random = random
    }

    // MARK: Choices

    private mutating func below(_ count: Int) -> Int { Int.random(in: 0..<count, using: &random) }
    private mutating func chance(_ percent: Int) -> Bool { below(100) < percent }
    private mutating func pick<Value>(_ values: [Value]) -> Value { values[below(values.count)] }

    private static func blanks(_ count: Int) -> String {
        String(repeating: " ", count: max(0, count))
    }

    private mutating func gap() -> String { Self.blanks(pick([1, 1, 1, 2, 4])) }

    private mutating func word() -> String {
        pick(["a", "bc", "no", "1.10", "é", "T_X", "a b", "a#b", "a:b", "-x", "日本"])
    }

    private mutating func key() -> String {
        keys += 1
        return pick(["k\(keys)", "\"k \(keys)\"", "'k\(keys)'", "k-\(keys)"])
    }

    private mutating func comment() -> String {
        chance(75) ? "" : gap() + "# c\(below(99))" + pick(["", "  "])
    }

    private mutating func noise(_ column: Int) -> [String] {
        var lines: [String] = []
        while chance(25) {
            let comment =
                Self.blanks(column + pick([0, 0, 0, -1, 1, 2, -2])) + "# n\(below(99))"
                + pick(["", " \t"])
            lines.append(pick(["", "", "   ", comment]))
        }
        return lines
    }

    // MARK: Values

    /// Brackets; their parts are lines of their own at times.
    private mutating func flow(_ depth: Int) -> [String] {
        let kind = below(depth > 0 ? 3 : 1)
        if kind == 0 { return [pick(["a", "1.10", "\"q\\n \\x41\"", "'it''s'", "\"x # y\""])] }
        let count = below(3)
        var items: [[String]] = []
        for _ in 0..<count {
            var item = flow(depth - 1)
            if kind == 2 { item[0] = key() + pick([":", " :"]) + gap() + item[0] }
            items.append(item)
        }
        let (open, close) = kind == 1 ? ("[", "]") : ("{", "}")
        if chance(30) {
            for index in items.indices.dropLast() {
                let last = items[index].count - 1
                items[index][last] += ","
            }
            return [open] + items.flatMap { $0 } + [close]
        }
        let separator = pick([", ", ",", " , ", ",  "])
        var lines = [open + pick(["", " "])]
        for (index, item) in items.enumerated() {
            lines[lines.count - 1] += (index > 0 ? separator : "") + item[0]
            lines += item.dropFirst()
        }
        lines[lines.count - 1] += close
        return lines
    }

    /// The first line stands behind its key; `column` is deeper than the block `parent`.
    private mutating func scalar(_ column: Int, _ parent: Int) -> [String] {
        switch below(9) {
        case 0...2: return [word() + comment()]
        case 3: return [pick(["'it''s'", "\"q\\n\"", "\"# no\"", "''", "\"a: b\""]) + comment()]
        case 4:
            let parts = flow(3)
            var lines = [parts[0] + comment()]
            for part in parts.dropFirst() {
                if chance(20) { lines.append(Self.blanks(column + below(5)) + "# f") }
                if chance(10) { lines.append("") }
                lines.append(Self.blanks(column + below(4)) + part + comment())
            }
            return lines
        case 5: return long(["word", "word  "], ["more words", "more words  "], column)
        case 6:
            let quote = pick(["\"", "'"])
            var lines = long(
                [quote + "first", quote + "first ", quote + (quote == "'" ? "x" : "first\\")],
                ["next # x", "next # x "], column)
            lines[lines.count - 1] += quote + comment()
            return lines
        default: return block(parent)
        }
    }

    private mutating func long(
        _ first: [String], _ more: [String], _ column: Int
    ) -> [String] {
        var lines = [pick(first)]
        for _ in 0..<(1 + below(2)) {
            if chance(20) { lines.append(pick(["", "  "])) }
            lines.append(Self.blanks(column + below(4)) + pick(more))
        }
        return lines
    }

    private mutating func block(_ parent: Int) -> [String] {
        let indent = 1 + below(5)
        var body: [String] = []
        for _ in 0..<below(4) {
            body.append(
                pick(["text", "text  ", "# none", "", "   deeper", "\ttab", "key: value", "- x"]))
        }
        var header = pick(["|", ">"])
        if chance(30) {
            header += String(indent)
        } else {
            while let first = body.first, first.isEmpty || first.hasPrefix(" ") {
                body.removeFirst()
            }
        }
        var lines = [header + pick(["", "", "-", "+"]) + comment()]
        for text in body {
            let isEmpty = text.isEmpty
            lines.append(
                isEmpty
                    ? pick(["", Self.blanks(below(parent + indent + 3))])
                    : Self.blanks(parent + indent) + text)
        }
        if chance(30) { lines += Array(repeating: "", count: 1 + below(3)) }
        return lines
    }
}

// MARK: Blocks

extension RandomYAML {
    /// Lines of a block, or nil for a scalar.
    private mutating func inner(_ column: Int, _ depth: Int) -> [String]? {
        switch below(depth > 0 ? 4 : 1) {
        case 2: mapping(column, depth - 1)
        case 3: list(column, depth - 1)
        default: nil
        }
    }

    private mutating func mapping(_ column: Int, _ depth: Int) -> [String] {
        var lines: [String] = []
        for _ in 0..<(1 + below(3)) {
            lines += noise(column)
            let step = pick([1, 2, 2, 2, 3, 4])
            let name = Self.blanks(column) + key() + pick([":", ":", ":", " :"])
            if depth > 0, chance(15) {
                // A list in the column of its key.
                lines.append(name + comment())
                lines += list(column, depth - 1)
            } else if let block = inner(column + step, depth) {
                lines.append(name + pick(["", "", "", " &m\(below(99))"]) + comment())
                lines += noise(column + step) + block
            } else {
                let value = scalar(column + 1, column)
                if chance(10), !value[0].hasPrefix("|"), !value[0].hasPrefix(">") {
                    lines.append(name + comment())
                    lines.append(Self.blanks(column + 1 + below(3)) + value[0])
                } else {
                    lines.append(name + gap() + pick(["", "", "", "&a "]) + value[0])
                }
                lines += value.dropFirst()
            }
        }
        return lines
    }

    private mutating func list(_ column: Int, _ depth: Int) -> [String] {
        var lines: [String] = []
        for _ in 0..<(1 + below(3)) {
            lines += noise(column)
            let step = pick([2, 2, 2, 3, 4])
            let dash = Self.blanks(column) + "-"
            guard let block = inner(column + step, depth) else {
                let value = scalar(column + 1, column)
                lines.append(dash + Self.blanks(step - 1) + value[0])
                lines += value.dropFirst()
                continue
            }
            // What stands above the first key or dash would part it from this one.
            let body = block.drop { line in
                let text = line.drop { $0 == " " }
                return text.isEmpty || text.hasPrefix("#")
            }
            guard let first = body.first else { continue }
            if chance(10) {
                lines.append(dash + comment())
                lines += body
            } else {
                lines.append(dash + Self.blanks(step - 1) + String(first.dropFirst(column + step)))
                lines += body.dropFirst()
            }
        }
        return lines
    }
}
