import Domain

/// Turns the nodes of a test file into cases; it goes on after each finding.
struct TestDecoder {
    /// Reads single values, and keeps the findings.
    var values: WorkflowDecoder
    /// Of the workflow that is tested.
    var plan: RunPlan?

    static let caseLimit = 1000
    static let attemptLimit = 100

    init(findings: Findings) {
        values = WorkflowDecoder(checks: .none)
        values.findings = findings
    }

    mutating func head(
        _ node: YAMLNode
    ) -> (workflow: Located<String>?, cases: YAMLNode?)? {
        guard let fields = values.fields(of: node, .testFile) else { return nil }
        if let version = fields.value("slipway-test") {
            if version.schemaType != .integer(1) {
                values.report(
                    .invalidVersion, version, "the version is \(version.shown); expected 1")
            }
        } else {
            values.report(
                .missingKey, fields.start, "the file does not say its version",
                hint: "begin with 'slipway-test: 1'")
        }
        var workflow: Located<String>?
        if let text = values.requiredText("workflow", in: fields, at: fields.start),
            let place = fields.value("workflow")
        {
            workflow = Located(text, at: place.start)
        }
        if fields.value("cases") == nil {
            values.report(.missingKey, fields.start, "'cases' is missing")
        }
        return (workflow, fields.value("cases"))
    }

    mutating func cases(_ node: YAMLNode) -> [TestCase] {
        guard let items = values.items(of: node, "cases") else { return [] }
        if items.isEmpty { values.report(.empty, node, "the file has no cases") }
        guard items.count <= Self.caseLimit else {
            values.report(
                .limit, node, "there are \(items.count) cases; expected at most 1,000")
            return []
        }
        var names: Set<String> = []
        var cases: [TestCase] = []
        for item in items {
            guard let fields = values.fields(of: item, .testCase) else { continue }
            let name = values.requiredText("name", in: fields, at: fields.start) ?? ""
            if let place = fields.value("name"), !name.isEmpty, !names.insert(name).inserted {
                values.report(
                    .duplicateName, place, "a case named '\(name.prefix(60))' stands twice")
            }
            cases.append(testCase(fields, name))
        }
        return cases
    }

    private mutating func testCase(_ fields: Fields, _ name: String) -> TestCase {
        TestCase(
            name: name, position: fields.start, inputs: inputs(fields.value("inputs")),
            secrets: secrets(fields.value("secrets")),
            actor: values.optionalText("actor", in: fields),
            commit: values.optionalText("commit", in: fields),
            components: components(fields.value("components")),
            approvals: approvals(fields.value("approvals")), expectation: expectation(fields))
    }

    private mutating func inputs(_ node: YAMLNode?) -> [String: String] {
        guard let node, let entries = values.entries(of: node, "inputs") else { return [:] }
        let declared = plan?.definition.inputs ?? []
        var inputs: [String: String] = [:]
        for entry in entries {
            let name = entry.key.scalar ?? ""
            guard let input = declared.first(where: { $0.name == name }) else {
                values.report(
                    .unknownReference, entry.key,
                    "there is no input '\(name.prefix(60))' of the run",
                    hint: values.findings.hint(for: name, among: declared.map(\.name)))
                continue
            }
            guard let text = text(entry.value, name) else { continue }
            if let why = InputValue.problem(text, kind: input.kind, choices: input.choices) {
                values.report(.invalidValue, entry.value, "\(name) \(why)")
            }
            inputs[name] = text
        }
        return inputs
    }

    /// A scalar's text; a list or mapping is JSON, as an output or an input would be.
    mutating func text(_ node: YAMLNode, _ what: String) -> String? {
        node.scalar == nil ? Self.json(node).canonicalText : values.text(node, what)
    }

    static func json(_ node: YAMLNode) -> JSONValue {
        switch node.content {
        case .sequence(let items): return .array(items.map(json))
        case .mapping(let entries):
            return .object(
                Dictionary(entries.map { ($0.key.scalar ?? "", json($0.value)) }) { $1 })
        case .scalar(let text, _):
            switch node.schemaType {
            case .null?: return .null
            case .boolean(let flag)?: return .boolean(flag)
            case .integer(let number)?: return .integer(number)
            case .number(let number)?: return .number(number)
            case .string?, nil: return .string(text)
            }
        }
    }

    private mutating func secrets(_ node: YAMLNode?) -> [String: Secret] {
        guard let node, let entries = values.entries(of: node, "secrets") else { return [:] }
        let declared = plan?.definition.secrets ?? []
        var secrets: [String: Secret] = [:]
        for entry in entries {
            let name = entry.key.scalar ?? ""
            guard declared.contains(name) else {
                values.report(
                    .undeclaredSecret, entry.key,
                    "the workflow does not list the secret '\(name.prefix(60))'",
                    hint: values.findings.hint(for: name, among: declared))
                continue
            }
            guard let text = values.text(entry.value, name) else { continue }
            // Shorter ones are refused by every run, since they cannot be masked.
            if text.utf8.count < 4 {
                values.report(
                    .invalidValue, entry.value,
                    "the secret has \(text.utf8.count) bytes; expected at least 4")
                continue
            }
            secrets[name] = Secret(text)
        }
        return secrets
    }

    private mutating func approvals(_ node: YAMLNode?) -> [String: FakedDecision] {
        guard let node, let entries = values.entries(of: node, "approvals") else { return [:] }
        let pauses = (plan?.definition.stages ?? []).filter { $0.kind == .pause }
        var decisions: [String: FakedDecision] = [:]
        for entry in entries {
            let name = entry.key.scalar ?? ""
            guard let pause = pauses.first(where: { $0.name == name }) else {
                values.report(
                    .unknownReference, entry.key,
                    "there is no pause stage '\(name.prefix(60))'",
                    hint: values.findings.hint(for: name, among: pauses.map(\.name)))
                continue
            }
            let made: FakedDecision? = choice(entry.value, "the answer")
            if made == .expire, pause.timeout == nil {
                values.report(
                    .invalidValue, entry.value, "the pause '\(name)' has no timeout to expire")
            }
            decisions[name] = made
        }
        return decisions
    }

    /// One of the words of a type.
    mutating func choice<Word>(_ node: YAMLNode, _ what: String) -> Word?
    where Word: RawRepresentable<String> & CaseIterable {
        guard let text = values.text(node, what) else { return nil }
        if let word = Word(rawValue: text) { return word }
        let known = Word.allCases.map(\.rawValue)
        values.report(
            .invalidValue, node,
            "\(what) is '\(text.prefix(60))'; expected \(known.joined(separator: ", "))",
            hint: values.findings.hint(for: text, among: known))
        return nil
    }
}
