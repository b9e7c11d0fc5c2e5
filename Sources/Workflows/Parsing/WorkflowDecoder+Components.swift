import Domain
import OCI

/// A job's component, and what its manifest asks of the job's inputs (DESIGN §3, "Manifest").
extension WorkflowDecoder {
    mutating func component(
        _ fields: Fields, inputs: [NamedTemplate], of what: String = "the job"
    ) -> Located<ComponentImage> {
        let platform = platform(fields)
        let nothing = Located(
            ComponentImage(
                ImageReference(host: nil, repository: "unknown", tag: nil, digest: nil)),
            at: fields.start)
        guard let node = fields.value("component") else {
            report(
                .missingKey, fields.start, "\(what) has no 'component'",
                hint: "name an image, such as library/busybox:latest")
            return nothing
        }
        guard let text = text(node, "component") else { return nothing }
        warnOfReferences(node, "a component")
        do {
            let image = ComponentImage(
                try ImageReference(parsing: text), platform: platform)
            check(image, node, fields, inputs)
            return Located(image, at: node.start)
        } catch {
            report(.invalidImage, node, error.description)
            return nothing
        }
    }

    private mutating func platform(_ fields: Fields) -> Platform? {
        guard let node = fields.value("platform"), let text = text(node, "platform") else {
            return nil
        }
        do { return try Platform(parsing: text) } catch {
            report(.invalidValue, node, error.description)
            return nil
        }
    }

    private mutating func check(
        _ image: ComponentImage, _ node: YAMLNode, _ fields: Fields, _ inputs: [NamedTemplate]
    ) {
        let reference = image.reference
        switch checks.component?(image) {
        case nil, .unknown, .found(nil): break
        case .missing(let hint):
            report(
                .missingComponent, node, "the component '\(image)' is not in the store",
                hint: hint)
        case .foreign(let why):
            report(.missingComponent, node, "the component '\(reference)' \(why)")
        case .remote(let hint):
            report(
                .missingComponent, node, "the component '\(image)' is not in the store yet",
                hint: hint, severity: .warning)
        case .found(let manifest?):
            let given = GivenInputs(
                environment: environment, matrix: fields.value("matrix"), inputs: inputs)
            // A hook may give what is missing, and mend what is wrong.
            let severity: Diagnostic.Severity =
                fields.value("before") == nil ? .error : .warning
            for input in manifest.inputs {
                if let values = given.values(of: input.name) {
                    for value in values { check(value, input, reference, severity) }
                } else if input.isRequired, input.defaultValue == nil {
                    report(
                        .componentInput, node, "\(reference) needs the input \(input.name)",
                        hint: severity == .warning ? "`before` must set it" : nil,
                        severity: severity)
                }
            }
        }
    }

    private mutating func check(
        _ value: NamedTemplate, _ input: ComponentManifest.Input, _ reference: ImageReference,
        _ severity: Diagnostic.Severity
    ) {
        if input.isSecret, !isSecret(value.template) {
            report(
                value, .warning, "\(input.name) of \(reference) is a secret",
                hint: "expected ${secrets.NAME} as the whole value, or it is not masked")
        }
        guard let text = value.template.literal,
            let why = input.problem(of: text)
        else { return }
        report(value, severity, "\(input.name) of \(reference) \(why)")
    }

    /// Once for each value: one of `env` is an input of many jobs.
    private mutating func report(
        _ value: NamedTemplate, _ severity: Diagnostic.Severity, _ message: String,
        hint: String? = nil
    ) {
        let position = value.position
        let key = "\(position.line):\(position.column) \(severity) \(message)"
        guard componentFindings.count < Findings.limit, componentFindings.insert(key).inserted
        else { return }
        findings.add(
            Diagnostic(
                severity, rule: LintRule.componentInput.rawValue, at: position, message,
                hint: hint))
    }

    /// Whether a value is a secret as a whole, be it through `env`.
    func isSecret(_ template: Template) -> Bool {
        var template = template
        for _ in 0...EnvironmentGraph.depthLimit {
            guard template.segments.count == 1, case .reference(let found, _) = template.segments[0]
            else { return false }
            switch found {
            case .secret: return true
            case .environment(let name):
                guard let next = environment[name] else { return false }
                template = next.template
            default: return false
            }
        }
        return false
    }
}

/// What a job is given before its hooks; later wins: `env`, the matrix, its own inputs.
private struct GivenInputs {
    private var values: [String: [NamedTemplate]] = [:]
    private let environment: [String: NamedTemplate]

    init(environment: [String: NamedTemplate], matrix: YAMLNode?, inputs: [NamedTemplate]) {
        self.environment = environment
        if case .mapping(let entries)? = matrix?.content {
            for entry in entries { values[entry.key.scalar ?? ""] = Self.values(of: entry) }
        }
        for input in inputs { values[input.name] = [input] }
    }

    /// Nil when there is no such input; empty when its values are known only at run time.
    func values(of name: String) -> [NamedTemplate]? {
        values[name] ?? environment[name].map { [$0] }
    }

    private static func values(of entry: YAMLNode.Entry) -> [NamedTemplate] {
        guard case .sequence(let items) = entry.value.content else { return [] }
        return items.compactMap { item in
            guard let text = item.scalar else { return nil }
            do {
                return NamedTemplate(
                    name: entry.key.scalar ?? "", template: try Template(parsing: text),
                    position: item.start)
            } catch {
                // The matrix itself was reported.
                return nil
            }
        }
    }
}

extension ComponentManifest.Input {
    /// Why a text is no value of the input; a type that is not known is not checked.
    fileprivate func problem(of text: String) -> String? {
        let kind = InputDeclaration.Kind(rawValue: type)
        if let kind, let why = InputValue.problem(text, kind: kind, choices: []) { return why }
        if choices.isEmpty || choices.contains(where: { $0.inputText == text }) { return nil }
        if let kind, let value = InputValue.value(text, kind: kind), choices.contains(value) {
            return nil
        }
        let known = choices.prefix(20).compactMap(\.inputText).joined(separator: ", ")
        return "is '\(text.prefix(60))'; expected one of \(known)"
    }
}
