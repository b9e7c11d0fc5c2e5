import Domain
import OCI

/// Turns located nodes into a definition; it goes on after each finding.
struct WorkflowDecoder {
    let checks: LintChecks
    var diagnostics: [Diagnostic] = []
    /// Every reference of the file, checked when all names are known.
    var uses: [ReferenceUse] = []
    var defaults = JobDefaults()
    var legCount = 0
    var jobTemplates = JobTemplates()

    static let stageLimit = 1000

    init(checks: LintChecks) {
        self.checks = checks
    }

    mutating func workflow(_ node: YAMLNode) -> WorkflowDefinition? {
        guard let fields = fields(of: node, .workflow) else { return nil }
        version(fields)
        let name = requiredText("name", in: fields, at: node.start)
        if let name, !Names.isPlace(name) {
            reportName(fields.value("name") ?? node, name, "a workflow's name")
        }
        if let value = fields.value("defaults") { readDefaults(value) }
        let environment = templates(fields.value("env"), site: nil)
        let secrets = names(fields.value("secrets"), "a secret's name")
        readTemplates(fields.value("templates"))
        let concurrency = fields.value("concurrency").flatMap { self.concurrency($0) }
        guard let list = fields.value("stages") else {
            report(.missingKey, node.start, "the workflow has no 'stages'")
            return nil
        }
        var start = StartStage()
        let stages = stages(list, start: &start)
        let definition = WorkflowDefinition(
            name: name ?? "", description: optionalText("description", in: fields),
            environment: environment, secrets: secrets, inputs: start.inputs,
            source: start.source, timeout: fields.value("timeout").flatMap { duration($0) },
            concurrency: concurrency, stages: stages)
        diagnostics += ReferenceChecker(definition: definition).check(uses)
        return definition
    }

    private mutating func concurrency(_ node: YAMLNode) -> ConcurrencyRule? {
        guard let fields = fields(of: node, .concurrency) else { return nil }
        var rule = ConcurrencyRule.OnConflict.queue
        if let node = fields.value("on-conflict"), let text = text(node, "on-conflict") {
            if let known = ConcurrencyRule.OnConflict(rawValue: text) {
                rule = known
            } else {
                let names = ConcurrencyRule.OnConflict.allCases.map(\.rawValue)
                report(
                    .invalidValue, node,
                    "on-conflict is '\(text.prefix(60))'; expected \(names.joined(separator: ", "))",
                    hint: Suggestion.hint(for: text, among: names))
            }
        }
        guard let group = fields.value("group"), let text = text(group, "group") else {
            if fields.value("group") == nil { report(.missingKey, node, "'group' is missing") }
            return nil
        }
        do {
            let template = try Template(parsing: text)
            for case .reference(let reference, _) in template.segments {
                switch reference {
                case .input, .environment, .run(.workflow), .run(.actor): break
                default:
                    report(
                        .badReference, group,
                        "a group is known before the run starts; it may refer to inputs and env")
                }
            }
            note(template, of: "group", at: group, site: nil)
            return ConcurrencyRule(group: template, onConflict: rule)
        } catch {
            report(.badReference, group, error.description)
            return nil
        }
    }

    private mutating func version(_ fields: Fields) {
        guard let node = fields.value("slipway") else {
            report(
                .missingKey, fields.start, "the file does not say its version",
                hint: "begin with 'slipway: 1'")
            return
        }
        guard node.schemaType == .integer(1) else {
            report(.invalidVersion, node, "the version is \(node.shown); expected 1")
            return
        }
    }

    private mutating func readDefaults(_ node: YAMLNode) {
        guard let fields = fields(of: node, .defaults) else { return }
        if let timeout = fields.value("timeout") {
            defaults.timeout = duration(timeout) ?? defaults.timeout
        }
        if let resources = fields.value("resources") {
            defaults.resources = self.resources(resources, over: defaults.resources)
        }
        isolation(fields)
    }

    /// `standard` and `none` are what this version has; stronger wishes are refused, not ignored.
    mutating func isolation(_ fields: Fields) {
        let supported = [("sandbox", "standard"), ("network", "none")]
        let others = ["sandbox": ["gvisor", "vm"], "network": ["bridge"]]
        for (key, value) in supported {
            guard let node = fields.value(key), let text = text(node, key), text != value
            else { continue }
            let known = others[key] ?? []
            if known.contains(text) {
                report(.notSupported, node, "`\(key): \(text)` is not supported yet")
            } else {
                report(
                    .invalidValue, node, "\(key) is '\(text.prefix(60))'; expected \(value)",
                    hint: Suggestion.hint(for: text, among: [value] + known))
            }
        }
    }
}

/// What `defaults` lays under every job.
struct JobDefaults {
    var timeout = Duration.seconds(3600)
    var resources = Resources(cpu: nil, memory: nil)
}

/// What the start stage says.
struct StartStage {
    var inputs: [InputDeclaration] = []
    var source = SourceDeclaration.automatic
}
