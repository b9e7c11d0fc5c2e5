import Domain

/// Turns the nodes of a sound file into those of the expanded one.
struct WorkflowExpander {
    private var plan: RunPlan
    private var values: KnownValues
    private var decoder: WorkflowDecoder
    /// Template → where it stands.
    private var templates: [(name: String, lines: ClosedRange<Int>)] = []
    private var size = 0

    init(
        _ definition: WorkflowDefinition, library: WorkflowLibrary, inputs: [String: String]
    ) {
        plan = RunPlan(definition)
        decoder = WorkflowDecoder(checks: .none, library: library)
        values = KnownValues(definition, inputs: inputs)
    }

    mutating func workflow(_ root: YAMLNode) throws(ExpansionError) -> ExpandedNode {
        guard case .mapping(let entries) = root.content else { throw .invalidFile }
        let own = entries.first { $0.key.scalar == "templates" }?.value
        decoder.readTemplates(own, in: 0)
        if case .mapping(let list)? = own?.content {
            templates = list.map {
                let start = $0.key.start.line
                // A block ends where the next line begins.
                let end = $0.value.end.line - ($0.value.end.column == 1 ? 1 : 0)
                return (name: $0.key.scalar ?? "", lines: start...max(start, end))
            }
        }
        var members: [ExpandedMember] = []
        for entry in entries {
            let key = entry.key.scalar ?? ""
            switch key {
            case "templates": continue
            case "env": members.append(ExpandedMember(key, resolvedMembers(entry)))
            case "concurrency": members.append(ExpandedMember(key, concurrency(entry)))
            case "stages": members.append(ExpandedMember(key, try stages(entry)))
            default: members.append(ExpandedMember(key, plain(entry)))
            }
        }
        return ExpandedNode(content: .mapping(members), origin: origin(root))
    }

    // MARK: As it stands in the file

    private func origin(_ node: YAMLNode) -> String {
        let line = node.start.line
        guard node.start.file == 0 else {
            return "from \(decoder.library.files[node.start.file].path), line \(line)"
        }
        return template(at: line).map { "from templates.\($0), line \(line)" } ?? "line \(line)"
    }

    /// Templates follow one another, so the last one that begins at the line or above it is the
    /// only one that can hold the line.
    private func template(at line: Int) -> String? {
        var (low, high) = (0, templates.count)
        while low < high {
            let middle = (low + high) / 2
            if templates[middle].lines.lowerBound <= line {
                low = middle + 1
            } else {
                high = middle
            }
        }
        guard low > 0, templates[low - 1].lines.contains(line) else { return nil }
        return templates[low - 1].name
    }

    /// A key's own line is where its value comes from.
    private func plain(_ entry: YAMLNode.Entry) -> ExpandedNode {
        plain(entry.value, origin(entry.key))
    }

    private func plain(_ node: YAMLNode, _ origin: String) -> ExpandedNode {
        switch node.content {
        case .scalar(let text, _):
            let isNothing = node.schemaType == .null && text.isEmpty
            return ExpandedNode(
                content: .scalar(
                    isNothing ? "null" : text, isText: node.schemaType == .string),
                origin: origin)
        case .sequence(let items):
            return ExpandedNode(
                content: .sequence(items.map { plain($0, self.origin($0)) }), origin: origin)
        case .mapping(let entries):
            return ExpandedNode(
                content: .mapping(
                    entries.map { ExpandedMember($0.key.scalar ?? "", plain($0)) }),
                origin: origin)
        }
    }

    // MARK: With references

    private func resolved(_ entry: YAMLNode.Entry, _ values: KnownValues) -> ExpandedNode {
        guard let text = entry.value.scalar else { return plain(entry) }
        let template: Template
        do { template = try Template(parsing: text) } catch { return plain(entry) }
        let found = values.resolved(template)
        guard !found.origins.isEmpty else { return plain(entry) }
        return .text(found.text, found.origins.joined(separator: ", "))
    }

    private func resolvedMembers(_ entry: YAMLNode.Entry) -> ExpandedNode {
        guard case .mapping(let entries) = entry.value.content else { return plain(entry) }
        return ExpandedNode(
            content: .mapping(
                entries.map { ExpandedMember($0.key.scalar ?? "", resolved($0, values)) }),
            origin: origin(entry.key))
    }

    private func concurrency(_ entry: YAMLNode.Entry) -> ExpandedNode {
        guard case .mapping(let entries) = entry.value.content else { return plain(entry) }
        return ExpandedNode(
            content: .mapping(
                entries.map { member in
                    let key = member.key.scalar ?? ""
                    return ExpandedMember(
                        key, key == "group" ? resolved(member, values) : plain(member))
                }), origin: origin(entry.key))
    }

    // MARK: Stages and jobs

    private mutating func stages(
        _ stages: YAMLNode.Entry
    ) throws(ExpansionError) -> ExpandedNode {
        guard case .sequence(let items) = stages.value.content else { return plain(stages) }
        var list: [ExpandedNode] = []
        for item in items {
            guard case .mapping(let entries) = item.content else { continue }
            let stage = entries.first { $0.key.scalar == "name" }?.value.scalar ?? ""
            var members: [ExpandedMember] = []
            for entry in entries {
                let key = entry.key.scalar ?? ""
                guard key == "jobs", case .sequence(let jobs) = entry.value.content else {
                    members.append(ExpandedMember(key, plain(entry)))
                    continue
                }
                var made: [ExpandedNode] = []
                for job in jobs { made.append(try self.job(job, stage)) }
                members.append(
                    ExpandedMember(
                        key,
                        ExpandedNode(content: .sequence(made), origin: origin(entry.key))
                    ))
            }
            list.append(ExpandedNode(content: .mapping(members), origin: origin(item)))
        }
        return ExpandedNode(content: .sequence(list), origin: origin(stages.key))
    }

    private mutating func job(
        _ node: YAMLNode, _ stage: String
    ) throws(ExpansionError) -> ExpandedNode {
        guard let whole = decoder.expanded(node), case .mapping(let entries) = whole.content
        else { return plain(node, origin(node)) }
        let name = entries.first { $0.key.scalar == "name" }?.value.scalar ?? ""
        guard let job = plan.jobIndex(stage: stage, job: name) else {
            return plain(whole, origin(node))
        }
        expandMatrix(of: job)
        let legs = plan.jobs[job].legs
        // Without legs its matrix is known only at run time.
        let isOne = !plan.jobs[job].isMultiple || legs.isEmpty
        var members: [ExpandedMember] = []
        let inputs = entries.first { $0.key.scalar == "inputs" }?.value
        for entry in entries {
            let key = entry.key.scalar ?? ""
            switch key {
            case "inputs":
                if isOne { members.append(ExpandedMember(key, resolvedMembers(entry))) }
            case "matrix", "shards":
                if isOne { members.append(ExpandedMember(key, plain(entry))) }
            default: members.append(ExpandedMember(key, plain(entry)))
            }
        }
        if !isOne {
            let shards = entries.first { $0.key.scalar == "shards" }?.key
            let matrix = entries.first { $0.key.scalar == "matrix" }?.key
            var list: [ExpandedNode] = []
            for leg in legs {
                list.append(self.leg(leg, inputs: inputs, shards: shards, matrix: matrix))
                size += 64 + members.count * 16
                if size > WorkflowExpansion.sizeLimit { throw .tooLarge }
            }
            let source = matrix ?? shards ?? node
            members.append(
                ExpandedMember(
                    "legs", ExpandedNode(content: .sequence(list), origin: origin(source))))
        }
        return ExpandedNode(content: .mapping(members), origin: origin(node))
    }

    /// A matrix whose references are known now.
    private mutating func expandMatrix(of job: Int) {
        guard plan.jobs[job].definition.hasDynamicMatrix, plan.jobs[job].legs.isEmpty else {
            return
        }
        var lists: [[String]] = []
        for key in plan.jobs[job].definition.matrix {
            switch key.values {
            case .list(let templates):
                let texts = templates.compactMap { values.resolved($0).value }
                guard texts.count == templates.count else { return }
                lists.append(texts)
            case .reference(let reference):
                let template = Template(segments: [.reference(reference, default: nil)])
                guard let text = values.resolved(template).value else { return }
                do {
                    guard let list = try JSONParser.parse(text.utf8).arrayValue else { return }
                    lists.append(list.compactMap(\.inputText))
                } catch {
                    // A run would say so; here the reference stays.
                    return
                }
            }
        }
        let count = RunPlan.count(plan.jobs[job].definition, values: lists)
        guard count > 0, count <= RunPlan.legLimit - plan.legs.count else { return }
        plan.expand(job: job, values: lists)
    }

    private mutating func leg(
        _ leg: Int, inputs: YAMLNode?, shards: YAMLNode?, matrix: YAMLNode?
    ) -> ExpandedNode {
        let planned = plan.legs[leg]
        var known = values
        known.matrix = planned.matrix
        var members: [ExpandedMember] = []
        for value in planned.matrix {
            let origin = "matrix.\(value.name)" + (matrix.map { ", \(self.origin($0))" } ?? "")
            members.append(
                ExpandedMember(value.name, .text(KnownValues.escaped(value.value), origin)))
        }
        let matrixNames = Set(planned.matrix.map(\.name))
        if case .mapping(let entries)? = inputs?.content {
            for entry in entries {
                let key = entry.key.scalar ?? ""
                let value = resolved(entry, known)
                if case .scalar(let text, _) = value.content { size += text.utf8.count }
                // A job's own input wins over the value of its matrix.
                if matrixNames.contains(key) { members.removeAll { $0.key == key } }
                members.append(ExpandedMember(key, value))
            }
        }
        if let shard = planned.shard {
            let count = plan.jobs[planned.job].definition.shards ?? 1
            let origin = "shards: \(count)" + (shards.map { ", \(self.origin($0))" } ?? "")
            for (name, number) in [("T_SHARD_INDEX", shard), ("T_SHARD_COUNT", count)] {
                members.append(
                    ExpandedMember(
                        name,
                        ExpandedNode(
                            content: .scalar(String(number), isText: false), origin: origin)
                    ))
            }
        }
        let place = origin(matrix ?? shards ?? inputs ?? YAMLNode.nowhere)
        let name = plan.jobs[planned.job].definition.name + plan.suffix(leg: leg)
        return ExpandedNode(
            content: .mapping([
                ExpandedMember("name", .text(name, place)),
                ExpandedMember("inputs", ExpandedNode(content: .mapping(members), origin: place)),
            ]), origin: place)
    }
}

extension YAMLNode {
    fileprivate static let nowhere = YAMLNode(
        content: .mapping([]), start: TextPosition(line: 1, column: 1),
        end: TextPosition(line: 1, column: 1))
}
