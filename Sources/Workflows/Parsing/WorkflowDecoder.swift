import Domain
import OCI

/// Turns located nodes into a definition; it goes on after each finding.
struct WorkflowDecoder {
    let checks: LintChecks
    /// The files of the workflow; positions say which one a node is in.
    var library: WorkflowLibrary
    /// Which of them this decoder reads, behind those that led to it.
    let trail: [Int]
    var findings = Findings()
    /// Every reference of the file, checked when all names are known.
    var uses: [ReferenceUse] = []
    var defaults = JobDefaults()
    var legCount = 0
    /// Attempts of the workflows that are called, each as often as it is called.
    var calledCount = 0
    /// How deep the workflows that are called call others; 0 without any.
    var height = 0
    var jobTemplates = JobTemplates()
    /// The values of `env`, which are inputs of every job.
    var environment: [String: NamedTemplate] = [:]
    var variables = VariableNames()
    /// Findings about values of `env` that were made for another job already.
    var componentFindings: Set<String> = []
    /// The file's `secrets`.
    var secrets: [String] = []

    static let stageLimit = 1000
    /// Workflows that call each other.
    static let callDepth = 8

    init(checks: LintChecks, library: WorkflowLibrary, trail: [Int] = [0]) {
        self.checks = checks
        self.library = library
        self.trail = trail
    }

    /// For a text that leads to no other.
    init(checks: LintChecks = .none) {
        self.init(
            checks: checks,
            library: WorkflowLibrary([], at: .main, root: nil, source: .none))
    }

    mutating func workflow(_ node: YAMLNode) -> WorkflowDefinition? {
        guard let fields = fields(of: node, .workflow) else { return nil }
        version(fields)
        let name = requiredText("name", in: fields, at: node.start)
        if let name, !Names.isPlace(name) {
            reportName(fields.value("name") ?? node, name, "a workflow's name")
        }
        if let value = fields.value("defaults") { readDefaults(value) }
        defaults.workspace = workspace(fields) ?? .own
        let environment = templates(fields.value("env"), site: nil)
        for value in environment { self.environment[value.name] = value }
        secrets = names(fields.value("secrets"), "a secret's name")
        readTemplates(fields.value("templates"), in: node.start.file)
        let concurrency = concurrency(fields)
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
            concurrency: concurrency, stages: stages, outputs: outputs(fields, stages),
            produces: produced(fields, stages), triggers: start.triggers,
            notifications: notifications(
                fields, site: ReferenceUse.Site(stage: stages.count, job: 0), mayPause: true))
        checkTriggers(start.triggers, of: definition.name)
        var checker = ReferenceChecker(definition: definition, findings: findings)
        checker.check(uses)
        findings = checker.findings
        return definition
    }

    private mutating func concurrency(_ workflow: Fields) -> ConcurrencyRule? {
        guard let node = workflow.value("concurrency"),
            let fields = fields(of: node, .concurrency)
        else { return nil }
        var rule = ConcurrencyRule.OnConflict.queue
        if let node = fields.value("on-conflict"), let text = text(node, "on-conflict") {
            if let known = ConcurrencyRule.OnConflict(rawValue: text) {
                rule = known
            } else {
                let names = ConcurrencyRule.OnConflict.allCases.map(\.rawValue)
                report(
                    .invalidValue, node,
                    "on-conflict is '\(text.prefix(60))'; expected "
                        + names.joined(separator: ", "),
                    hint: findings.hint(for: text, among: names))
            }
        }
        guard let group = fields.value("group"), let text = text(group, "group") else {
            if fields.value("group") == nil {
                report(
                    .missingKey, workflow.place(of: "concurrency"), "'group' is missing",
                    hint: "such as 'group: release'")
            }
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
            note(template, of: "group", at: group, site: nil, needs: .group)
            return ConcurrencyRule(group: template, onConflict: rule)
        } catch {
            report(.badReference, group, error.description)
            return nil
        }
    }

    mutating func version(_ fields: Fields) {
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
        defaults.sandbox = sandbox(fields) ?? .standard
        defaults.network = network(fields) ?? .none
        defaults.egress = egress(fields) ?? []
    }
}

/// What `defaults` lays under every job.
struct JobDefaults {
    /// A called workflow has limits of its own, and may wait for somebody's approval.
    static let callTimeout = Duration.seconds(365 * 86_400)

    var timeout = Duration.seconds(3600)
    var resources = Resources(cpu: nil, memory: nil)
    var workspace = Workspace.own
    var network = Network.none
    var sandbox = Sandbox.standard
    var egress: [EgressEntry] = []
}

/// What the start stage says.
struct StartStage {
    var inputs: [InputDeclaration] = []
    var source = SourceDeclaration.automatic
    var triggers = Triggers()
}
