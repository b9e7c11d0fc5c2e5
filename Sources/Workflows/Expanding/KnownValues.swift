import Domain

/// What references mean before a run: its inputs, `env`, and the values of one leg's matrix.
struct KnownValues {
    /// A text in which what is known stands for its references.
    struct Resolved {
        /// In the form of the file: what is not known is still `${…}`, a literal `${` is `$${`.
        var text = ""
        /// What was put in, such as `inputs.T_BRANCH = main (default)`.
        var origins: [String] = []
        var isWhole = true

        /// The value itself; nil while something of it is not known.
        var value: String? { isWhole ? text.replacing("$${", with: "${") : nil }
    }

    private var inputs: [String: (text: String, origin: String)] = [:]
    private var environment: [String: Resolved] = [:]
    private let declared: [String: NamedTemplate]
    private let workflow: String
    var matrix: [MatrixValue] = []

    /// No value of an input may be larger.
    private static let sizeLimit = 1 << 20

    init(_ definition: WorkflowDefinition, inputs texts: [String: String]) {
        workflow = definition.name
        declared = Dictionary(definition.environment.map { ($0.name, $0) }) { first, _ in first }
        for input in definition.inputs {
            guard let text = texts[input.name] ?? input.defaultText,
                let value = InputValue.value(text, kind: input.kind)?.inputText
            else { continue }
            inputs[input.name] = (value, texts[input.name] == nil ? " (default)" : " (-i)")
        }
        for value in definition.environment { resolve(environment: value.name, depth: 0) }
    }

    private mutating func resolve(environment name: String, depth: Int) {
        guard environment[name] == nil, let value = declared[name],
            depth <= EnvironmentGraph.depthLimit
        else { return }
        for case .reference(.environment(let other), _) in value.template.segments {
            resolve(environment: other, depth: depth + 1)
        }
        environment[name] = resolved(value.template)
    }

    func resolved(_ template: Template) -> Resolved {
        var result = Resolved()
        for segment in template.segments {
            switch segment {
            case .literal(let part): result.text += Self.escaped(part)
            case .reference(let reference, let fallback):
                if let (value, origin) = value(of: reference, fallback),
                    result.text.utf8.count + value.utf8.count <= Self.sizeLimit
                {
                    result.text += Self.escaped(value)
                    result.origins.append(origin)
                } else {
                    let suffix = fallback.map { ":-\($0)" } ?? ""
                    result.text += "${\(reference.text)\(suffix)}"
                    result.isWhole = false
                }
            }
        }
        return result
    }

    static func escaped(_ text: String) -> String { text.replacing("${", with: "$${") }

    private func value(
        of reference: Reference, _ fallback: String?
    ) -> (value: String, origin: String)? {
        let name = reference.text
        func known(_ value: String, _ note: String = "") -> (value: String, origin: String) {
            (value, "\(name) = \(value.prefix(60))\(note)")
        }
        switch reference {
        case .input(let input):
            if let (text, origin) = inputs[input] { return known(text, origin) }
            return fallback.map { known($0, " (absent)") }
        case .environment(let variable):
            return environment[variable]?.value.map { known($0) }
        case .matrix(let key):
            return matrix.first { $0.name == key }.map { known($0.value) }
        case .run(.workflow): return known(workflow)
        case .run, .secret, .upstream: return nil
        }
    }
}

extension Reference {
    /// The reference as it stands in a file, without `${` and `}`.
    package var text: String {
        switch self {
        case .input(let name): "inputs.\(name)"
        case .environment(let name): "env.\(name)"
        case .run(let field): "run.\(field.rawValue)"
        case .secret(let name): "secrets.\(name)"
        case .matrix(let name): "matrix.\(name)"
        case .upstream(let stage, let job, let name, let leg):
            "\(stage).\(job)" + (leg.map { "[\($0)]" } ?? "") + ".\(name)"
        }
    }
}
