import Domain

extension WorkflowDecoder {
    /// The normal stages and then the end stages; the start stage is taken apart.
    mutating func stages(_ node: YAMLNode, start: inout StartStage) -> [StageDefinition] {
        guard let items = items(of: node, "stages") else { return [] }
        guard items.count <= Self.stageLimit else {
            report(.limit, node, "there are \(items.count) stages; expected at most 1,000")
            return []
        }
        var stages: [StageDefinition] = []
        var seen: Set<String> = []
        var hasEnd = false
        for (index, item) in items.enumerated() {
            switch kind(of: item) {
            case "start":
                if index > 0 {
                    report(.stageOrder, item.start, "the start stage is not the first stage")
                }
                startStage(item, into: &start, seen: &seen)
            case "pause":
                if hasEnd { report(.stageOrder, item.start, "a stage stands after an end stage") }
                if let made = pause(item, seen: &seen) { stages.append(made) }
            case let kind:
                if kind == "end" {
                    hasEnd = true
                } else if hasEnd {
                    report(.stageOrder, item.start, "a stage stands after an end stage")
                }
                let made = stage(
                    item, kind: kind == "end" ? .end : .normal, index: stages.count, seen: &seen)
                if let made { stages.append(made) }
            }
        }
        if stages.isEmpty, !findings.hasErrors {
            report(.empty, node, "the workflow has no stage with jobs")
        }
        return stages
    }

    private mutating func kind(of node: YAMLNode) -> String {
        guard case .mapping(let entries) = node.content,
            let value = entries.first(where: { $0.key.scalar == "type" })?.value,
            let text = text(value, "type")
        else { return "normal" }
        let kinds = ["start", "normal", "pause", "end"]
        if kinds.contains(text) { return text }
        report(
            .invalidValue, value,
            "the type is '\(text.prefix(60))'; expected start, normal, pause or end",
            hint: findings.hint(for: text, among: kinds))
        return "normal"
    }

    private mutating func placeName(
        _ fields: Fields, _ what: String, seen: inout Set<String>
    ) -> String? {
        guard let name = requiredText("name", in: fields, at: fields.start),
            let node = fields.value("name")
        else { return nil }
        if !Names.isPlace(name) {
            reportName(node, name, "\(what)'s name")
            return nil
        }
        if Names.reservedPlaces.contains(name) {
            report(.reservedName, node, "'\(name)' is taken: references begin with it")
            return nil
        }
        if !seen.insert(name).inserted {
            report(.duplicateName, node, "\(what) named '\(name)' stands twice")
            return nil
        }
        return name
    }

    private mutating func stage(
        _ node: YAMLNode, kind: StageDefinition.Kind, index: Int, seen: inout Set<String>
    ) -> StageDefinition? {
        guard let fields = fields(of: node, .stage) else { return nil }
        let name = placeName(fields, "a stage", seen: &seen)
        let isParallel = mode(fields)
        let failFast = flag("fail-fast", in: fields)
        if failFast, !isParallel, let key = fields.key("fail-fast") {
            report(
                .conflictingKeys, key, "fail-fast has no meaning in a sequence",
                hint: "add 'run: parallel'")
        }
        var jobs: [JobDefinition] = []
        if let list = fields.value("jobs") {
            var names: Set<String> = []
            let items = items(of: list, "jobs") ?? []
            if items.isEmpty, case .sequence = list.content {
                report(.empty, list, "the stage has no jobs")
            }
            for item in items {
                guard let job = expanded(item), let fields = self.fields(of: job, .job)
                else { continue }
                let name = placeName(fields, "a job", seen: &names)
                let site = ReferenceUse.Site(stage: index, job: jobs.count)
                jobs.append(self.job(fields, name: name ?? "", site: site))
            }
        } else {
            report(.missingKey, node.start, "the stage has no 'jobs'")
        }
        return StageDefinition(
            name: name ?? "", kind: kind, description: optionalText("description", in: fields),
            isParallel: isParallel, failFast: failFast, jobs: jobs,
            condition: script("when", .expression, in: fields),
            timeout: fields.value("timeout").flatMap { duration($0) }, approval: nil,
            after: script("after", .chunk, in: fields), position: node.start,
            notifications: told(fields, kind, index))
    }

    private mutating func told(
        _ fields: Fields, _ kind: StageDefinition.Kind, _ index: Int
    ) -> [NotificationRule] {
        if kind != .end, let key = fields.key("notify") {
            report(
                .conflictingKeys, key, "'notify' has no meaning in a normal stage",
                hint: "say it in an end stage, or beside 'stages' for the whole run")
        }
        // Its own jobs have ended by then, too.
        let site = ReferenceUse.Site(stage: index + 1, job: 0)
        return notifications(fields, site: site, mayPause: false)
    }

    private mutating func pause(
        _ node: YAMLNode, seen: inout Set<String>
    ) -> StageDefinition? {
        guard let fields = fields(of: node, .pause) else { return nil }
        let name = placeName(fields, "a stage", seen: &seen)
        let approvers = fields.value("approvers").map { texts($0, "approvers") } ?? []
        if let list = fields.value("approvers"), approvers.isEmpty, case .sequence = list.content {
            report(.empty, list, "approvers names nobody")
        }
        if checks.isOneUsers, !approvers.isEmpty, let key = fields.key("approvers") {
            report(
                .unapprovable, key,
                "who starts the run may not approve it, and a home has one user",
                hint: "without a hub nobody can approve it; leave 'approvers' out to be asked "
                    + "yourself", severity: .warning)
        }
        let approvals = whole("approvals", in: fields, 1...100) ?? 1
        return StageDefinition(
            name: name ?? "", kind: .pause, description: optionalText("description", in: fields),
            isParallel: false, failFast: false, jobs: [],
            condition: script("when", .expression, in: fields),
            timeout: fields.value("timeout").flatMap { duration($0) },
            approval: ApprovalRule(approvers: approvers, approvals: approvals), after: nil,
            position: node.start)
    }

    private mutating func mode(_ fields: Fields) -> Bool {
        guard let node = fields.value("run"), let text = text(node, "run") else { return false }
        guard ["sequence", "parallel"].contains(text) else {
            report(
                .invalidValue, node,
                "run is '\(text.prefix(60))'; expected sequence or parallel",
                hint: findings.hint(for: text, among: ["sequence", "parallel"]))
            return false
        }
        return text == "parallel"
    }

    private mutating func startStage(
        _ node: YAMLNode, into start: inout StartStage, seen: inout Set<String>
    ) {
        guard let fields = fields(of: node, .startStage) else { return }
        _ = placeName(fields, "a stage", seen: &seen)
        start.source = source(fields)
        start.triggers = triggers(fields)
        guard let inputs = fields.value("inputs"), let entries = entries(of: inputs, "inputs")
        else { return }
        for entry in entries {
            guard let name = valueName(entry.key, "an input's name") else { continue }
            let empty = Fields(start: entry.value.start, entries: [:])
            let fields = self.fields(of: entry.value, .input) ?? empty
            start.inputs.append(declaration(name, entry, fields))
        }
    }

    /// An input of the run; or a parameter of a template, which takes anything when it has no
    /// type, and lists and mappings as `json`.
    mutating func declaration(
        _ name: String, _ entry: YAMLNode.Entry, _ fields: Fields, isParameter: Bool = false
    ) -> InputDeclaration {
        var kind = InputDeclaration.Kind.string
        if let node = fields.value("type"), let text = text(node, "type") {
            if let known = InputDeclaration.Kind(rawValue: text) {
                kind = known
            } else {
                let names = InputDeclaration.Kind.allCases.map(\.rawValue)
                report(
                    .invalidValue, node,
                    "the type is '\(text.prefix(60))'; expected \(names.joined(separator: ", "))",
                    hint: findings.hint(for: text, among: names))
            }
        }
        var choices: [String] = []
        if let node = fields.value("enum"), let items = items(of: node, "enum") {
            choices = items.compactMap { text($0, "a choice") }
            for item in items { warnOfReferences(item, "a choice") }
        }
        var fallback: String?
        let isFree = isParameter && fields.value("type") == nil
        if let node = fields.value("default"), !isFree,
            !(isParameter && kind == .json && node.scalar == nil),
            let text = text(node, "default")
        {
            fallback = text
            warnOfReferences(node, "a default")
            if let why = InputValue.problem(text, kind: kind, choices: choices) {
                report(.invalidValue, node, "the default of \(name) \(why)")
            }
        }
        let isRequired = flag("required", in: fields)
        if isRequired, fields.value("default") != nil, let key = fields.key("required") {
            report(.conflictingKeys, key, "\(name) is required and has a default")
        }
        return InputDeclaration(
            name: name, kind: kind, defaultText: fallback, isRequired: isRequired,
            choices: choices, description: optionalText("description", in: fields),
            position: entry.key.start)
    }
}
