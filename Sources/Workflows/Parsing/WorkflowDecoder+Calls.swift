import Domain
import OCI

/// Jobs that call a workflow or a service, and what a workflow gives to its callers
/// (docs/decisions/0008).
extension WorkflowDecoder {
    /// What the job does; one of `component`, `workflow` and `service`.
    mutating func work(
        _ fields: Fields, inputs: [NamedTemplate], legs: Int, site: ReferenceUse.Site
    ) -> JobWork {
        let kinds = ["workflow", "service", "component"].filter { fields.value($0) != nil }
        if kinds.count > 1, let key = fields.key(kinds[1]) {
            report(.conflictingKeys, key, "a job has '\(kinds[0])' or '\(kinds[1])', not both")
        }
        if let node = fields.value("workflow") {
            refuse(FormatKeys.ofContainers, in: fields, "a job that calls a workflow")
            return call(node, fields, inputs, legs: legs)
        }
        if let node = fields.value("service") {
            refuse(FormatKeys.ofContainers.subtracting(["outputs"]), in: fields, "a service's job")
            return .service(service(node))
        }
        return .component(component(fields, inputs: inputs), program(fields))
    }

    private mutating func refuse(_ keys: Set<String>, in fields: Fields, _ what: String) {
        for name in keys.sorted() {
            guard let key = fields.key(name) else { continue }
            report(.conflictingKeys, key, "'\(name)' has no meaning in \(what)")
        }
    }

    private mutating func service(_ node: YAMLNode) -> Located<String> {
        let text = text(node, "service") ?? ""
        warnOfReferences(node, "a service")
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        if node.scalar != nil, parts.count != 2 || !parts.allSatisfy({ Names.isPlace($0) }) {
            report(
                .invalidValue, node,
                "the service is '\(text.prefix(80))'; expected SERVICE.OPERATION")
        }
        return Located(text, at: node.start)
    }

    // MARK: Calls

    private mutating func call(
        _ node: YAMLNode, _ fields: Fields, _ inputs: [NamedTemplate], legs: Int
    ) -> JobWork {
        let nothing = JobWork.workflow(
            CalledWorkflow(file: .main, definition: WorkflowDefinition.empty))
        warnOfReferences(node, "a path")
        guard let file = otherFile(node) else { return nothing }
        guard !trail.contains(file) else {
            let circle = (trail.drop { $0 != file } + [file]).map {
                library.files[$0].path.description
            }
            report(
                .referenceCycle, node,
                "workflows call each other in a circle: \(circle.joined(separator: " → "))")
            return nothing
        }
        guard trail.count <= Self.callDepth else {
            report(.limit, node, "workflows call each other more than \(Self.callDepth) deep")
            return nothing
        }
        guard let definition = workflow(in: file) else {
            if library.files[file].root?.isTemplateFile == true {
                report(.wrongType, node, "'\(node.scalar ?? "")' is a file of templates")
            }
            return nothing
        }
        guard isBounded(library.extents[file] ?? WorkflowExtent(), legs: legs, at: node) else {
            return nothing
        }
        check(inputs, of: definition, node, fields)
        for name in definition.usedSecrets where !secrets.contains(name) {
            report(
                .undeclaredSecret, node,
                "the workflow uses the secret \(name), which is not in this file's 'secrets'")
        }
        return .workflow(CalledWorkflow(file: library.files[file].path, definition: definition))
    }

    /// Whether a call keeps within the limits of depth and of attempts, whoever read the file
    /// first; so every walk along calls is bounded, too.
    private mutating func isBounded(
        _ called: WorkflowExtent, legs: Int, at node: YAMLNode
    ) -> Bool {
        guard trail.count + called.height <= Self.callDepth else {
            report(.limit, node, "workflows call each other more than \(Self.callDepth) deep")
            return false
        }
        let (more, overflow) = legs.multipliedReportingOverflow(by: called.attempts)
        guard !overflow, legCount + calledCount + more <= RunPlan.legLimit else {
            report(
                .limit, node,
                "the jobs make more than 20,000 legs, with those of the workflows that they call")
            return false
        }
        calledCount += more
        height = max(height, called.height + 1)
        return true
    }

    /// The workflow in another file, read the first time that somebody calls it.
    private mutating func workflow(in file: Int) -> WorkflowDefinition? {
        if let known = library.workflows[file] { return known }
        guard let root = library.files[file].root, !root.isTemplateFile else { return nil }
        var inner = WorkflowDecoder(checks: checks, library: library, trail: trail + [file])
        inner.findings = findings
        let definition = inner.workflow(root)
        findings = inner.findings
        library = inner.library
        library.extents[file] = WorkflowExtent(
            height: inner.height, attempts: inner.legCount + inner.calledCount)
        // One with mistakes too: what it lacks is said once, there, and not by its callers.
        library.workflows[file] = .some(definition)
        return definition
    }

    private mutating func check(
        _ inputs: [NamedTemplate], of called: WorkflowDefinition, _ node: YAMLNode,
        _ fields: Fields
    ) {
        let declared = Dictionary(
            called.inputs.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        for input in inputs {
            let name = input.name
            guard let declaration = declared[name] else {
                findings.add(
                    Diagnostic(
                        .error, rule: LintRule.workflowInput.rawValue, at: input.position,
                        "the workflow '\(called.name)' has no input '\(name)'",
                        hint: findings.hint(for: name, among: called.inputs.lazy.map(\.name))))
                continue
            }
            if let text = input.template.literal,
                let why = InputValue.problem(
                    text, kind: declaration.kind, choices: declaration.choices)
            {
                findings.add(
                    Diagnostic(
                        .error, rule: LintRule.workflowInput.rawValue, at: input.position,
                        "the input \(name) of '\(called.name)' \(why)"))
            }
            for case .reference(.secret(let secret), _) in input.template.segments {
                findings.add(
                    Diagnostic(
                        .error, rule: LintRule.secretNotWhole.rawValue, at: input.position,
                        "the secret \(secret) is an input of a workflow; inputs are recorded",
                        hint: "list it in the called file's 'secrets'"))
            }
        }
        var given = Set(inputs.map(\.name)).union(environment.keys)
        if case .mapping(let entries)? = fields.value("matrix")?.content {
            given.formUnion(entries.compactMap(\.key.scalar))
        }
        for input in called.inputs
        where input.isRequired && !given.contains(input.name) && fields.value("before") == nil {
            report(
                .workflowInput, node, "the workflow '\(called.name)' needs the input \(input.name)")
        }
    }

    // MARK: What a workflow gives

    mutating func outputs(_ workflow: Fields, _ stages: [StageDefinition]) -> [WorkflowOutput] {
        guard let node = workflow.value("outputs"), let entries = entries(of: node, "outputs")
        else { return [] }
        let site = ReferenceUse.Site(stage: stages.count, job: 0)
        return entries.compactMap { output($0, site) }
    }

    private mutating func output(
        _ entry: YAMLNode.Entry, _ site: ReferenceUse.Site
    ) -> WorkflowOutput? {
        guard let name = valueName(entry.key, "an output's name") else { return nil }
        var value = entry.value
        var kind = InputDeclaration.Kind.string
        var description: String?
        if case .mapping = value.content {
            guard let members = self.fields(of: value, .output) else { return nil }
            kind = declaration(name, entry, members).kind
            description = optionalText("description", in: members)
            guard let inner = members.value("value") else {
                report(
                    .missingKey, entry.key, "'value' is missing",
                    hint: "such as 'value: ${STAGE.JOB.OUTPUT}'")
                return nil
            }
            value = inner
        }
        guard let text = text(value, name) else { return nil }
        do {
            let template = try Template(parsing: text)
            note(template, of: name, at: value, site: site, needs: .output)
            return WorkflowOutput(
                name: name, kind: kind, template: template, description: description,
                position: entry.key.start)
        } catch {
            report(.badReference, value, error.description)
            return nil
        }
    }

    mutating func produced(
        _ workflow: Fields, _ stages: [StageDefinition]
    ) -> [ConsumedArtifact] {
        guard let node = workflow.value("produces") else { return [] }
        let site = ReferenceUse.Site(stage: stages.count, job: 0)
        let artifacts = consumed(node, "produces", site: site)
        if let outputs = workflow.value("outputs"), case .mapping(let entries) = outputs.content {
            let names = Set(entries.compactMap(\.key.scalar))
            for artifact in artifacts where names.contains(artifact.name) {
                report(.duplicateName, node, "'\(artifact.name)' is an output of this workflow too")
            }
        }
        for artifact in artifacts {
            let job = stages.first { $0.name == artifact.stage }?
                .jobs.first { $0.name == artifact.job }
            guard let job, job.shards != nil || !job.matrix.isEmpty else { continue }
            report(
                .badReference, node,
                "\(artifact.stage).\(artifact.job) has several legs, so '\(artifact.artifact)' "
                    + "is no single artifact")
        }
        return artifacts
    }
}

extension FormatKeys {
    /// Keys of a job that only a container has.
    static let ofContainers: Set<String> = [
        "command", "script", "shell", "outputs", "produces", "consumes", "resources", "sandbox",
        "network", "egress", "services", "cache", "caches", "workspace", "source", "user",
        "read-only", "hardened", "secret-files", "strict-results", "platform", "dialect",
    ]
}

extension JobDefinition {
    /// Names of secrets in its files, its inputs and those of its services.
    var usedSecrets: Set<String> {
        Set(secretFiles.map(\.secret))
            .union((inputs + services.flatMap(\.inputs)).flatMap(\.template.secrets))
    }
}

extension Template {
    /// Names of the secrets that it refers to.
    fileprivate var secrets: [String] {
        segments.compactMap { segment in
            if case .reference(.secret(let name), _) = segment { name } else { nil }
        }
    }
}

extension WorkflowDefinition {
    /// Stands for one that could not be read.
    static let empty = WorkflowDefinition(
        name: "", description: nil, environment: [], secrets: [], inputs: [],
        source: .automatic, timeout: nil, concurrency: nil, stages: [], outputs: [],
        produces: [])

    /// Secrets that it refers to, of its source too, and those of the workflows that it calls, in
    /// the order of the file's list.
    package var usedSecrets: [String] {
        let jobs = stages.flatMap(\.jobs)
        var used = Set(environment.flatMap(\.template.secrets))
        if case .git(let repository) = source, let credentials = repository.credentials {
            used.insert(credentials.secret)
        }
        for job in jobs {
            used.formUnion(job.usedSecrets)
            if let call = job.call { used.formUnion(call.definition.usedSecrets) }
        }
        return secrets.filter(used.contains)
    }

    /// The same of one job's own container: those of `env` and of its inputs, files and services.
    package func usedSecrets(by job: JobDefinition) -> [String] {
        let used = job.usedSecrets.union(environment.flatMap(\.template.secrets))
        return secrets.filter(used.contains)
    }
}
