import Domain
import Workflows

/// A text that a template gave, and whether a secret stands in it.
struct ResolvedText: Sendable {
    let text: String
    /// The secret's name, where the whole value is one.
    let secretName: String?

    init(_ text: String, secretName: String? = nil) {
        self.text = text
        self.secretName = secretName
    }
}

/// A reference that has no value when it is needed: the job that needs it fails.
struct UnresolvedReference: Error {
    let reference: String
    let why: String

    var description: String { "\(reference): \(why)" }
}

/// What references mean for one job at one moment of its run (DESIGN §2, "References").
struct ReferenceScope {
    let state: RunState
    let secrets: [String: Secret]
    /// Of the leg that is asked about; empty elsewhere.
    private var matrix: [MatrixValue] = []
    /// The protected environment of the job that is asked about.
    private var target: String?
    /// The values of `env`, each resolved once: values that name each other ten times over would
    /// take for ever otherwise.
    private var environmentValues: [String: Result<ResolvedText, any Error>] = [:]

    /// No value of an input may be larger, so nothing larger is ever built.
    static let sizeLimit = 1 << 20
    /// The linter refuses longer chains and cycles; this bound holds for a damaged store.
    static let depthLimit = 32

    init(state: RunState, secrets: [String: Secret]) {
        self.state = state
        self.secrets = secrets
        for input in state.plan.definition.environment {
            resolve(environment: input.name, input.template, depth: 0)
        }
    }

    private mutating func resolve(environment name: String, _ template: Template, depth: Int) {
        guard environmentValues[name] == nil else { return }
        for case .reference(.environment(let other), _) in template.segments
        where environmentValues[other] == nil && depth < Self.depthLimit {
            let found = state.plan.definition.environment.first { $0.name == other }
            if let found { resolve(environment: other, found.template, depth: depth + 1) }
        }
        environmentValues[name] = Result { try expand(template) }
    }

    /// Every input of a leg before hooks, later wins: the workflow's `env`, the values of the
    /// matrix, the job's own.
    func inputs(ofLeg leg: Int) throws -> [(name: String, value: ResolvedText)] {
        var order: [String] = []
        var values: [String: ResolvedText] = [:]
        func set(_ name: String, _ value: ResolvedText) {
            if values.updateValue(value, forKey: name) == nil { order.append(name) }
        }
        let planned = state.plan.legs[leg]
        for input in state.plan.definition.environment {
            if let value = try environmentValues[input.name]?.get() { set(input.name, value) }
        }
        for value in planned.matrix { set(value.name, ResolvedText(value.value)) }
        let scope = of(leg: leg)
        for input in state.plan.jobs[planned.job].definition.inputs {
            set(input.name, try scope.expand(input.template))
        }
        return order.compactMap { name in values[name].map { (name, $0) } }
    }

    /// What references mean for one leg: its matrix and its job's environment count.
    func of(leg: Int) -> ReferenceScope {
        let planned = state.plan.legs[leg]
        var scope = self
        scope.matrix = planned.matrix
        scope.target = state.plan.jobs[planned.job].definition.protectedEnvironment?.value
        return scope
    }

    /// A secret that the file lists, or one of the job's environment.
    func secret(_ name: String) -> Secret? {
        // Names of environments' secrets are never given from outside, such as by a hook.
        guard !name.utf8.contains(UInt8(ascii: "/")) else { return nil }
        return secrets[name] ?? target.flatMap { secrets[ProtectedEnvironment.key($0, name)] }
    }

    func environment() throws -> [String: ResolvedText] {
        try environmentValues.mapValues { try $0.get() }
    }

    func expand(_ template: Template) throws -> ResolvedText {
        var text = ""
        for segment in template.segments {
            switch segment {
            case .literal(let part):
                text += part
            case .reference(let reference, let fallback):
                let value = try resolve(reference)
                if let secretName = value?.secretName {
                    // Within a text the secret would be told from it no longer.
                    guard template.segments.count == 1, let value else {
                        throw UnresolvedReference(
                            reference: reference.text,
                            why: "it is the secret \(secretName), which can only be a whole value")
                    }
                    return value
                }
                guard let part = value?.text ?? fallback else {
                    throw UnresolvedReference(
                        reference: reference.text, why: missing(reference))
                }
                text += part
            }
            guard text.utf8.count <= Self.sizeLimit else {
                throw RefusedAttempt(
                    reason: "input-too-large: its references make more than 1 MiB")
            }
        }
        return ResolvedText(text)
    }

    private func resolve(_ reference: Reference) throws -> ResolvedText? {
        switch reference {
        case .input(let name):
            return state.creation?.inputs[name]?.inputText.map { ResolvedText($0) }
        case .environment(let name):
            return try environmentValues[name]?.get()
        case .run(let field):
            return run(field).map { ResolvedText($0) }
        case .matrix(let name):
            return matrix.first { $0.name == name }.map { ResolvedText($0.value) }
        case .secret(let name):
            guard let secret = secret(name) else {
                throw UnresolvedReference(
                    reference: reference.text, why: "no value was given for this secret")
            }
            return ResolvedText(secret.reveal(), secretName: name)
        case .upstream(let stage, let job, let name, let leg):
            guard let index = state.plan.jobIndex(stage: stage, job: job) else { return nil }
            return state.output(job: index, name: name, leg: leg)?.inputText
                .map { ResolvedText($0) }
        }
    }

    /// The lists of a job's matrix. A reference to a list gives its elements.
    func matrix(ofJob job: Int) -> MatrixOutcome {
        do {
            return .values(
                try state.plan.jobs[job].definition.matrix.map { key in
                    switch key.values {
                    case .list(let templates):
                        try templates.map { try plain($0, "a value of the matrix key \(key.name)") }
                    case .reference(let reference): try list(reference, of: key.name)
                    }
                })
        } catch let error as UnresolvedReference {
            return .failed("missing-value: \(error.description)")
        } catch {
            return .failed("\(error)")
        }
    }

    /// Of one leg.
    func expand(_ template: Template, ofLeg leg: Int) throws -> ResolvedText {
        var scope = self
        scope.matrix = state.plan.legs[leg].matrix
        return try scope.expand(template)
    }

    /// Of one leg; see `plain` below.
    func plain(_ template: Template, ofLeg leg: Int, _ what: String) throws -> String {
        var scope = self
        scope.matrix = state.plan.legs[leg].matrix
        return try scope.plain(template, what)
    }

    /// Values of a matrix and keys of caches stand in events, so a secret must not become one.
    private func plain(_ template: Template, _ what: String) throws -> String {
        let value = try expand(template)
        guard value.secretName == nil else {
            throw UnresolvedReference(
                reference: "secrets.\(value.secretName ?? "")",
                why: "a secret cannot be \(what)")
        }
        return value.text
    }

    private func list(_ reference: Reference, of key: String) throws -> [String] {
        let text = try plain(
            Template(segments: [.reference(reference, default: nil)]),
            "a value of the matrix key \(key)")
        let json: JSONValue
        do { json = try JSONParser.parse(text.utf8) } catch {
            throw UnresolvedReference(
                reference: reference.text,
                why: "\(Quotation(text)) is not a JSON list (\(error)); \(key) needs one")
        }
        guard let elements = json.arrayValue else {
            throw UnresolvedReference(
                reference: reference.text, why: "it is not a list; \(key) needs one")
        }
        return elements.compactMap(\.inputText)
    }

    func run(_ field: Reference.RunField) -> String? {
        guard let creation = state.creation else { return nil }
        return switch field {
        case .id: creation.id.text
        case .number: String(creation.number)
        case .state: state.verdict.phase.rawValue
        case .workflow: creation.workflow
        case .commit: creation.commit
        case .actor: creation.actor
        // A home without a server has no address to show a run at.
        case .url: nil
        }
    }

    private func missing(_ reference: Reference) -> String {
        guard case .upstream(let stage, let job, _, _) = reference,
            let index = state.plan.jobIndex(stage: stage, job: job)
        else { return "it has no value in this run; give a default with ':-'" }
        if state.jobs[index].state == .skipped {
            return "\(stage).\(job) was skipped; give a default with ':-'"
        }
        return "\(stage).\(job) declares it but did not give it; give a default with ':-'"
    }
}
