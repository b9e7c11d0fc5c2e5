import Domain
import Workflows

/// The typed inputs of a run from what people typed (DESIGN §2, "Inputs of a job").
struct RunInputs {
    private(set) var values: [String: JSONValue] = [:]
    private(set) var problems: [String] = []

    /// `old`: the values of the run that is repeated; what is typed now wins.
    init(
        _ texts: [String: String], declared: [InputDeclaration], over old: [String: JSONValue]
    ) {
        for name in texts.keys.sorted() where !declared.contains(where: { $0.name == name }) {
            let hint =
                Suggestion.hint(for: name, among: declared.map(\.name))
                ?? (declared.isEmpty
                    ? "the workflow declares none"
                    : "it has \(declared.map(\.name).joined(separator: ", "))")
            problems.append("there is no input '\(name)' of the run; \(hint)")
        }
        for input in declared {
            let known = texts[input.name] ?? old[input.name]?.inputText
            guard let text = known ?? input.defaultText else {
                if input.isRequired {
                    problems.append(
                        "the input \(input.name) is required; give it with "
                            + "-i \(input.name)=VALUE"
                            + (input.description.map { " (\($0))" } ?? ""))
                }
                continue
            }
            if let why = InputValue.problem(text, kind: input.kind, choices: input.choices) {
                problems.append("the input \(input.name) \(why)")
            } else if let value = InputValue.value(text, kind: input.kind) {
                if value.holdsSecretMark {
                    problems.append("the input \(input.name) holds the reserved key '$secret'")
                }
                values[input.name] = value
            }
        }
    }

    /// What is wrong with the secrets that were given for a workflow.
    static func problems(
        ofSecrets secrets: Set<String>, in definition: WorkflowDefinition
    ) -> [String] {
        problems(
            ofSecrets: secrets, in: definition, used: definition.usedSecrets,
            uses: definition.environmentUses)
    }

    /// The same where only some of them are needed.
    static func problems(
        ofSecrets secrets: Set<String>, in definition: WorkflowDefinition, used: [String],
        uses: [EnvironmentUse]
    ) -> [String] {
        var problems: [String] = []
        let ofEnvironments = Set(uses.flatMap(\.secretKeys))
        for name in secrets.sorted()
        where !definition.secrets.contains(name) && !ofEnvironments.contains(name) {
            let hint =
                Suggestion.hint(for: name, among: definition.secrets)
                ?? "add it to the file's 'secrets'"
            problems.append("the workflow does not list the secret '\(name)'; \(hint)")
        }
        for name in used where !secrets.contains(name) {
            problems.append(
                "the secret \(name) has no value; give it with --secret \(name)=env:VARIABLE "
                    + "or --secret \(name)=file:PATH")
        }
        for use in uses {
            for (name, key) in zip(use.secrets, use.secretKeys) where !secrets.contains(key) {
                problems.append(
                    "the environment '\(use.environment)' of \(use.job) gave no value for the "
                        + "secret \(name)")
            }
        }
        return problems
    }
}

extension JSONValue {
    /// Hooks see secrets as objects with this key: an input must not pass itself off as one.
    fileprivate var holdsSecretMark: Bool {
        switch self {
        case .object(let members):
            members["$secret"] != nil || members.values.contains(where: \.holdsSecretMark)
        case .array(let elements): elements.contains(where: \.holdsSecretMark)
        default: false
        }
    }
}
