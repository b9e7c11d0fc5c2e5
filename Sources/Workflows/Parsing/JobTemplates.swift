import Domain

/// Parts of jobs under a name, with parameters (DESIGN §2, `templates` and `use`).
///
/// ```yaml
/// templates:
///   checked:
///     parameters: {T_TOOL: {required: true}, COUNT: {default: 1}}
///     job:
///       component: library/tools
///       shards: ${parameters.COUNT}
///       inputs: {T_TOOL: "${parameters.T_TOOL}"}
/// ```
///
/// A job says `use: checked`, or `use: {template: checked, parameters: {T_TOOL: lint}}`, with
/// `file: PATH` for one of another file; its own keys win over the template's, and its `inputs`
/// are laid over the template's one by one.
struct JobTemplates {
    struct Parameter {
        let name: String
        /// Nil for one that takes anything.
        let kind: InputDeclaration.Kind?
        let choices: [String]
        let fallback: YAMLNode?
        let isRequired: Bool
    }

    struct JobTemplate {
        let parameters: [Parameter]
        let job: [YAMLNode.Entry]
        /// How many nodes its literal keys have: each use of the template reads them again.
        let literalNodes: Int
    }

    /// Nodes that templates made so far (long texts count more, `YAMLNode.weight`): a small file
    /// must not become a large one.
    var nodes = 0
    /// They made too much, which was reported.
    var isFull = false

    static let nodeLimit = 1_000_000
    static let depthLimit = 8
    /// What a shell or Lua reads stays as it is: a value must not become code.
    static let literalKeys: Set<String> = [
        "script", "command", "shell", "before", "after", "when",
    ]

    var isTooLarge: Bool { nodes > Self.nodeLimit }
}

extension WorkflowDecoder {
    mutating func readTemplates(_ node: YAMLNode?, in file: Int) {
        library.templates[file] = [:]
        guard let node, let entries = entries(of: node, "templates") else { return }
        for entry in entries {
            guard let name = entry.key.scalar, Names.isPlace(name) else {
                reportName(entry.key, entry.key.scalar ?? "", "a template's name")
                continue
            }
            guard let fields = fields(of: entry.value, .template) else { continue }
            guard let job = fields.value("job") else {
                report(.missingKey, entry.key, "the template has no 'job'")
                continue
            }
            guard let members = self.entries(of: job, "a template's job") else { continue }
            let literals = members.filter {
                JobTemplates.literalKeys.contains($0.key.scalar ?? "")
            }
            let template = JobTemplates.JobTemplate(
                parameters: parameters(fields.value("parameters")), job: members,
                literalNodes: literals.reduce(0) {
                    $0 + $1.value.count(upTo: JobTemplates.nodeLimit)
                })
            library.templates[file]?[name] = template
        }
    }

    private mutating func parameters(_ node: YAMLNode?) -> [JobTemplates.Parameter] {
        guard let node, let entries = entries(of: node, "parameters") else { return [] }
        return entries.compactMap { entry in
            guard let name = valueName(entry.key, "a parameter's name"),
                let fields = fields(of: entry.value, .parameter)
            else { return nil }
            let declared = declaration(name, entry, fields, isParameter: true)
            return JobTemplates.Parameter(
                name: name, kind: fields.value("type") == nil ? nil : declared.kind,
                choices: declared.choices, fallback: fields.value("default"),
                isRequired: declared.isRequired)
        }
    }

    /// A job with its template laid under it; a job without `use` as it is. Nil when the template
    /// cannot be used, which was reported.
    mutating func expanded(_ job: YAMLNode, depth: Int = 0) -> YAMLNode? {
        guard case .mapping(let own) = job.content,
            let use = own.first(where: { $0.key.scalar == "use" })
        else { return job }
        guard depth < JobTemplates.depthLimit else {
            report(
                .referenceCycle, use.value,
                "templates use each other in a circle, or more than 8 deep")
            return nil
        }
        guard let (name, file, given) = named(by: use) else { return nil }
        guard let template = library.templates[file]?[name] else {
            let known = (library.templates[file] ?? [:]).keys.sorted()
            let source = library.files[file]
            let place =
                file == job.start.file ? "" : " in \(source.name ?? source.path.description)"
            report(
                .unknownReference, use.value,
                "there is no template '\(name.prefix(60))'\(place)",
                hint: findings.hint(for: name, among: known)
                    ?? (known.isEmpty
                        ? "the file has none"
                        : "the file has \(known.prefix(10).joined(separator: ", "))"))
            return nil
        }
        guard let values = values(template.parameters, given, at: use) else { return nil }
        jobTemplates.nodes += template.literalNodes
        guard !jobTemplates.isTooLarge else { return tooMany(at: use.value) }
        var entries = own.filter { $0.key.scalar != "use" }
        let indexes = Dictionary(
            entries.enumerated().map { ($1.key.scalar ?? "", $0) },
            uniquingKeysWith: { first, _ in first })
        for entry in template.job where entry.key.scalar != "name" {
            let key = entry.key.scalar ?? ""
            let value =
                JobTemplates.literalKeys.contains(key)
                ? entry.value : substituted(entry.value, values)
            guard let index = indexes[key] else {
                entries.append(YAMLNode.Entry(key: entry.key, value: value))
                continue
            }
            if key == "inputs" { entries[index] = merged(entries[index], over: value) }
        }
        guard !jobTemplates.isTooLarge else { return tooMany(at: use.value) }
        let node = YAMLNode(content: .mapping(entries), start: job.start, end: job.end)
        return expanded(node, depth: depth + 1)
    }

    /// Reported once: what comes after it is not read any more.
    private mutating func tooMany(at node: YAMLNode) -> YAMLNode? {
        guard !jobTemplates.isFull else { return nil }
        jobTemplates.isFull = true
        report(.limit, node, "templates make more than 1,000,000 values of this file")
        return nil
    }

    private mutating func named(
        by use: YAMLNode.Entry
    ) -> (name: String, file: Int, parameters: [YAMLNode.Entry])? {
        let node = use.value
        guard case .mapping = node.content else {
            return text(node, "use").map { ($0, node.start.file, []) }
        }
        guard let fields = fields(of: node, .use),
            let name = requiredText("template", in: fields, at: use.key.start)
        else { return nil }
        var file = node.start.file
        if let place = fields.value("file") {
            guard let other = otherFile(place) else { return nil }
            if library.templates[other] == nil { checkTemplates(in: other) }
            file = other
        }
        let given = fields.value("parameters").flatMap { entries(of: $0, "parameters") }
        return (name, file, given ?? [])
    }

    private mutating func values(
        _ declared: [JobTemplates.Parameter], _ given: [YAMLNode.Entry], at use: YAMLNode.Entry
    ) -> [String: YAMLNode]? {
        var values: [String: YAMLNode] = [:]
        let names = Set(declared.map(\.name))
        var isSound = true
        for entry in given {
            let name = entry.key.scalar ?? ""
            if !names.contains(name) {
                report(
                    .unknownKey, entry.key, "the template has no parameter '\(name.prefix(60))'",
                    hint: findings.hint(for: name, among: declared.lazy.map(\.name)))
                isSound = false
            }
            values[name] = entry.value
            if let parameter = declared.first(where: { $0.name == name }) {
                isSound = fits(entry.value, parameter) && isSound
            }
        }
        for parameter in declared where values[parameter.name] == nil {
            values[parameter.name] = parameter.fallback
            if parameter.isRequired, parameter.fallback == nil {
                report(
                    .missingKey, use.parametersKey.start,
                    "the parameter \(parameter.name) is required")
                isSound = false
            }
        }
        return isSound ? values : nil
    }

    /// A job's own inputs over those of its template.
    private func merged(_ own: YAMLNode.Entry, over base: YAMLNode) -> YAMLNode.Entry {
        guard case .mapping(let mine) = own.value.content, case .mapping(let others) = base.content
        else { return own }
        let names = Set(mine.compactMap(\.key.scalar))
        let rest = others.filter { !names.contains($0.key.scalar ?? "") }
        return YAMLNode.Entry(
            key: own.key,
            value: YAMLNode(
                content: .mapping(rest + mine), start: own.value.start, end: own.value.end))
    }

    mutating func substituted(
        _ node: YAMLNode, _ values: [String: YAMLNode]
    ) -> YAMLNode {
        jobTemplates.nodes += node.weight
        guard !jobTemplates.isTooLarge else { return node }
        let content: YAMLNode.Content
        switch node.content {
        case .scalar(let text, let isPlain):
            guard text.contains("${parameters.") else { return node }
            return replaced(text, isPlain, node, values)
        case .sequence(let items):
            content = .sequence(items.map { substituted($0, values) })
        case .mapping(let entries):
            content = .mapping(
                entries.map { YAMLNode.Entry(key: $0.key, value: substituted($0.value, values)) })
        }
        return YAMLNode(content: content, start: node.start, end: node.end)
    }

    /// A scalar that is one parameter takes its value whole, a list too; in a longer text the
    /// value's text stands in its place.
    private mutating func replaced(
        _ text: String, _ isPlain: Bool, _ node: YAMLNode, _ values: [String: YAMLNode]
    ) -> YAMLNode {
        let mark = "${parameters."
        var result = ""
        var rest = text[...]
        while let range = rest.firstRange(of: mark) {
            guard let close = rest[range.upperBound...].firstIndex(of: "}") else { break }
            let name = String(rest[range.upperBound..<close])
            guard let value = values[name] else {
                report(
                    .unknownReference, node, "there is no value of the parameter '\(name)'",
                    hint: findings.hint(for: name, among: values.keys))
                return node
            }
            if text == "\(mark)\(name)}" {
                jobTemplates.nodes += value.count(upTo: JobTemplates.nodeLimit)
                return YAMLNode(content: value.content, start: node.start, end: node.end)
            }
            guard let part = value.scalar else {
                report(.wrongType, node, "the parameter \(name) is \(value.shown) within a text")
                return node
            }
            jobTemplates.nodes += value.weight
            guard !jobTemplates.isTooLarge else { return node }
            result += rest[..<range.lowerBound] + part
            rest = rest[rest.index(after: close)...]
        }
        return YAMLNode(
            content: .scalar(result + rest, isPlain: isPlain), start: node.start, end: node.end)
    }
}

extension YAMLNode {
    /// One, and one more for every 64 bytes of a text.
    fileprivate var weight: Int { 1 + (scalar.map { $0.utf8.count / 64 } ?? 0) }

    /// This one and all below it; what is shared counts each time. Stops above `limit`.
    fileprivate func count(upTo limit: Int) -> Int {
        var count = weight
        switch content {
        case .scalar: break
        case .sequence(let items):
            for item in items where count <= limit { count += item.count(upTo: limit - count) }
        case .mapping(let entries):
            for entry in entries where count <= limit {
                count += 1 + entry.value.count(upTo: limit - count)
            }
        }
        return count
    }
}

extension YAMLNode.Entry {
    /// Of `use`: where parameters are given, or would be.
    fileprivate var parametersKey: YAMLNode {
        guard case .mapping(let members) = value.content else { return key }
        return members.first { $0.key.scalar == "parameters" }?.key ?? key
    }
}
