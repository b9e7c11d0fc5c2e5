import CYAML
import Domain

/// Reads one YAML document into located nodes through libyaml's events.
///
/// Bounded: 1 MiB of text, 64 levels, 200,000 nodes after aliases are expanded.
struct YAMLReader {
    static let sizeLimit = 1 << 20
    static let depthLimit = 64
    static let nodeLimit = 200_000

    private(set) var findings = Findings()
    private var anchors: [String: (node: YAMLNode, count: Int)] = [:]
    private var nodes = 0
    /// Which of several texts this is, for positions.
    private let file: Int

    private init(file: Int) {
        self.file = file
    }

    /// What stops the reading, and where.
    private struct Stop: Error {
        let rule: LintRule
        let position: TextPosition
        let message: String
    }

    /// Nil when nothing could be read; the findings say why.
    static func read(
        _ bytes: [UInt8], file: Int = 0
    ) -> (node: YAMLNode?, findings: Findings) {
        var reader = YAMLReader(file: file)
        let node = reader.read(bytes)
        return (node, reader.findings)
    }

    private mutating func read(_ bytes: [UInt8]) -> YAMLNode? {
        do {
            return try document(bytes)
        } catch let stop as Stop {
            findings.add(
                Diagnostic(.error, rule: stop.rule.rawValue, at: stop.position, stop.message))
        } catch {
            let start = TextPosition(line: 1, column: 1, file: file)
            findings.add(
                Diagnostic(.error, rule: LintRule.yamlSyntax.rawValue, at: start, "\(error)"))
        }
        return nil
    }

    private mutating func document(_ bytes: [UInt8]) throws -> YAMLNode? {
        let start = TextPosition(line: 1, column: 1, file: file)
        guard bytes.count <= Self.sizeLimit else {
            throw Stop(
                rule: .limit, position: start,
                message: "the file has \(bytes.count) bytes; expected at most 1 MiB")
        }
        if let position = invalidUTF8(bytes) {
            throw Stop(
                rule: .yamlSyntax, position: position, message: "the text is not valid UTF-8")
        }
        let events = try EventStream(bytes, file: file)
        defer { events.close() }
        var root: YAMLNode?
        while true {
            let event = try next(events)
            switch event.kind {
            case .streamEnd: return root
            case .documentStart:
                guard root == nil else {
                    throw Stop(
                        rule: .yamlSyntax, position: event.start,
                        message: "a second document begins; expected one workflow in a file")
                }
                root = try node(try next(events), events, depth: 0)
            case .other: continue
            default:
                throw Stop(rule: .yamlSyntax, position: event.start, message: "unexpected content")
            }
        }
    }

    private func next(_ events: EventStream) throws -> YAMLEvent {
        switch events.next() {
        case .success(let event): return event
        case .failure(let problem):
            throw Stop(rule: .yamlSyntax, position: problem.position, message: problem.message)
        }
    }

    private mutating func node(
        _ event: YAMLEvent, _ events: EventStream, depth: Int
    ) throws -> YAMLNode {
        guard depth < Self.depthLimit else {
            throw Stop(
                rule: .limit, position: event.start,
                message: "nested deeper than \(Self.depthLimit) levels")
        }
        let before = nodes
        try count(1, at: event.start)
        if let tag = event.tag { refuse(tag, event) }
        let made: YAMLNode
        switch event.kind {
        case .alias(let name):
            guard let known = anchors[name] else {
                throw Stop(
                    rule: .yamlSyntax, position: event.start,
                    message: "the alias '*\(name)' has no anchor before it")
            }
            try count(known.count, at: event.start)
            return known.node
        case .scalar(let text, let style):
            made = YAMLNode(
                content: .scalar(text, isPlain: style == .plain), start: event.start,
                end: event.end, style: style, offset: event.offset)
        case .sequenceStart: made = try sequence(event, events, depth)
        case .mappingStart: made = try mapping(event, events, depth)
        default:
            throw Stop(rule: .yamlSyntax, position: event.start, message: "a value was expected")
        }
        if let anchor = event.anchor { anchors[anchor] = (made, nodes - before) }
        return made
    }

    private mutating func count(_ more: Int, at position: TextPosition) throws {
        nodes += more
        guard nodes <= Self.nodeLimit else {
            throw Stop(
                rule: .limit, position: position,
                message: "aliases make more than \(Self.nodeLimit) values of this file")
        }
    }

    private mutating func sequence(
        _ event: YAMLEvent, _ events: EventStream, _ depth: Int
    ) throws -> YAMLNode {
        var items: [YAMLNode] = []
        while true {
            let inner = try next(events)
            if case .sequenceEnd = inner.kind {
                return YAMLNode(content: .sequence(items), start: event.start, end: inner.end)
            }
            items.append(try node(inner, events, depth: depth + 1))
        }
    }

    private mutating func mapping(
        _ event: YAMLEvent, _ events: EventStream, _ depth: Int
    ) throws -> YAMLNode {
        var entries: [YAMLNode.Entry] = []
        var seen: [String: TextPosition] = [:]
        while true {
            let inner = try next(events)
            if case .mappingEnd = inner.kind {
                return YAMLNode(content: .mapping(entries), start: event.start, end: inner.end)
            }
            let key = try node(inner, events, depth: depth + 1)
            let value = try node(try next(events), events, depth: depth + 1)
            guard let name = key.scalar else {
                report(.wrongType, key, "a key is \(key.shown); expected a name")
                continue
            }
            if name == "<<", case .scalar(_, isPlain: true) = key.content {
                report(
                    .notSupported, key, "merge keys ('<<') are not supported; write the keys out")
                continue
            }
            if let first = seen[name] {
                report(
                    .duplicateKey, key,
                    "the key '\(name.prefix(60))' stands twice; "
                        + "it was first given in line \(first.line)"
                )
                continue
            }
            seen[name] = key.start
            entries.append(YAMLNode.Entry(key: key, value: value))
        }
    }

    /// Types follow from what is written alone (YAML 1.2's core schema).
    private mutating func refuse(_ tag: String, _ event: YAMLEvent) {
        let core = "tag:yaml.org,2002:"
        let written = tag.hasPrefix(core) ? "!!" + tag.dropFirst(core.count) : tag
        findings.add(
            Diagnostic(
                .error, rule: LintRule.notSupported.rawValue, at: event.start,
                "the tag '\(written.prefix(60))' is not supported",
                hint: "leave it out; quotes make a text"))
    }

    private mutating func report(_ rule: LintRule, _ node: YAMLNode, _ message: String) {
        findings.add(
            Diagnostic(.error, rule: rule.rawValue, at: node.start, end: node.end, message))
    }

    /// Where the text stops being UTF-8.
    private func invalidUTF8(_ bytes: [UInt8]) -> TextPosition? {
        if String(validating: bytes, as: UTF8.self) != nil { return nil }
        var line = 1
        var column = 1
        var decoder = UTF8()
        var iterator = bytes.makeIterator()
        while true {
            switch decoder.decode(&iterator) {
            case .scalarValue("\n"): (line, column) = (line + 1, 1)
            case .scalarValue: column += 1
            case .emptyInput, .error: return TextPosition(line: line, column: column, file: file)
            }
        }
    }
}
