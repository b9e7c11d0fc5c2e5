import Domain

/// `cache`: a job whose result is kept and taken again (docs/decisions/0013).
extension WorkflowDecoder {
    mutating func memo(_ fields: Fields, _ inputs: [NamedTemplate]) -> MemoRule? {
        guard let node = fields.value("cache"), let key = fields.key("cache") else { return nil }
        var rule = MemoRule(files: nil)
        if case .mapping = node.content {
            guard let members = self.fields(of: node, .memoisation) else { return nil }
            guard let list = members.value("files") else {
                report(.missingKey, key, "'files' is missing", hint: "or say 'cache: true'")
                return nil
            }
            rule = MemoRule(files: files(list))
        } else if !flag("cache", in: fields) {
            return nil
        }
        refuseSecrets(fields, inputs, at: key)
        let network = fields.value("network")?.scalar ?? defaults.network.rawValue
        if network != Network.none.rawValue {
            report(
                .memoisation, key, "a job with 'cache' has no network; this one has 'network'",
                hint: "add 'network: none'")
        }
        if let caches = fields.key("caches") {
            // What is in them would have to be a part of the key.
            report(.memoisation, caches, "a job with 'cache' has no caches: it would see them")
        }
        if let services = fields.key("services") {
            report(.memoisation, services, "a job with 'cache' has no services")
        }
        let workspace = fields.value("workspace")?.scalar ?? defaults.workspace.rawValue
        if workspace == Workspace.shared.rawValue {
            report(
                .memoisation, key,
                "a job with 'cache' has a workspace of its own; this one shares the run's",
                hint: "add 'workspace: private'")
        }
        return rule
    }

    private mutating func files(_ node: YAMLNode) -> [String] {
        let items = items(of: node, "files") ?? []
        if items.isEmpty, case .sequence = node.content { report(.empty, node, "files names none") }
        var paths: Set<String> = []
        for item in items {
            guard let text = text(item, "a path") else { continue }
            warnOfReferences(item, "a path")
            do {
                paths.insert(
                    try ProjectPath(parsing: text.hasSuffix("/") ? text.dropLast() : text[...])
                        .description)
            } catch {
                report(.invalidPath, item, error.description)
            }
        }
        return paths.sorted()
    }

    private mutating func refuseSecrets(
        _ fields: Fields, _ inputs: [NamedTemplate], at key: YAMLNode
    ) {
        if let files = fields.key("secret-files") {
            report(.memoisation, files, "a job with 'cache' has no secrets")
        }
        let own = Set(inputs.map(\.name))
        let inherited = environment.values.filter { !own.contains($0.name) }
        for value in inputs + inherited.sorted(by: { $0.name < $1.name }) {
            if isSecret(value.template) {
                report(
                    .memoisation, key,
                    "a job with 'cache' has no secrets; its input \(value.name) is one")
            }
        }
        for value in inputs {
            for case .reference(.run(let field), _) in value.template.segments
            where [.id, .number, .url, .actor].contains(field) {
                findings.add(
                    Diagnostic(
                        .warning, rule: LintRule.memoisation.rawValue, at: value.position,
                        "\(value.name) is run.\(field.rawValue), so the result is never taken again"
                    ))
            }
        }
    }
}
