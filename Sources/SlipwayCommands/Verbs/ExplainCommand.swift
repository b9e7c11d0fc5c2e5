import ArgumentParser
import Domain
import OCI
import Registry
import Workflows

/// `slipway explain RULE|KEY|IMAGE`: what a finding means, what a key of the format is for, or what
/// a component takes and gives.
struct ExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Explain a rule of the linter, a key of the format, or a component.",
        discussion: """
            Without a name, all rules are listed.
              slipway explain unknown-key          a rule
              slipway explain retry                a key, wherever it stands, or a mapping
              slipway explain job.timeout          the key of one mapping
              slipway explain library/report:1     an image of this home
            """)

    @Argument(
        help: "A rule, a key such as job.retry, or an image of this home.",
        completion: Completions.explained)
    var name: String?

    @OptionGroup var options: OutputOptions

    func run() async throws {
        guard let name else { return listRules() }
        if let rule = LintRule(rawValue: name) {
            return options.print(
                table: { "\(rule.rawValue): \(rule.explanation)" },
                json: {
                    ["rule": .string(rule.rawValue), "explanation": .string(rule.explanation)]
                })
        }
        if let field = FieldExplanation(name) {
            return options.print(table: { field.text }, json: { field.json })
        }
        let hint = Suggestion.nearest(
            to: name, among: LintRule.allCases.map(\.rawValue) + FieldExplanation.names)
        guard let reference = ImageReference(argument: name) else {
            throw CommandFailure(
                message: "'\(name)' is no rule, no key and no image"
                    + (hint.map { "; did you mean '\($0)'?" } ?? ""),
                status: ExitStatus.notFound)
        }
        try await explain(reference, hint)
    }

    private func listRules() {
        options.print(
            table: {
                var table = Table("RULE", "WHAT IT ASKS FOR")
                for rule in LintRule.allCases { table.add(rule.rawValue, rule.explanation) }
                return table.text
            },
            json: {
                .array(
                    LintRule.allCases.map {
                        [
                            "rule": .string($0.rawValue),
                            "explanation": .string($0.explanation),
                        ]
                    })
            })
    }

    private func explain(_ reference: ImageReference, _ hint: String?) async throws {
        let configuration: ImageConfiguration
        do {
            configuration = try await HomeServices.open().images.inspect(reference).configuration
        } catch let error as RegistryError {
            guard case .noSuchImage = error, let hint else { throw error }
            throw CommandFailure(
                message: "there is no rule, no key and no image '\(reference)'; did you mean "
                    + "'\(hint)'?", status: ExitStatus.notFound)
        }
        guard let label = configuration.labels[ComponentManifest.label] else {
            throw CommandFailure(
                message: "\(reference) is a plain image: it has no label "
                    + "\(ComponentManifest.label), so any input may be given to it",
                status: ExitStatus.notFound)
        }
        let manifest = try ComponentManifest(parsing: label)
        let json = try JSONParser.parse(label.utf8)
        options.print(table: { Self.text(manifest, reference) }, json: { json })
    }

    private static func text(_ manifest: ComponentManifest, _ reference: ImageReference) -> String {
        var lines = ["\(reference): \(manifest.description ?? "no description")", ""]
        var inputs = Table("INPUT", "TYPE", "DEFAULT", "WHAT")
        for input in manifest.inputs {
            let notes = [
                input.isRequired ? "required" : nil, input.isSecret ? "a secret" : nil,
                input.choices.isEmpty
                    ? nil
                    : "one of \(input.choices.compactMap(\.inputText).joined(separator: ", "))",
                input.description,
            ]
            inputs.add(
                input.name, input.type, input.defaultValue?.inputText ?? "-",
                notes.compactMap { $0 }.joined(separator: "; "))
        }
        if !inputs.isEmpty { lines += [inputs.text, ""] }
        var outputs = Table("OUTPUT", "WHAT")
        for output in manifest.outputs { outputs.add(output.name, output.description ?? "") }
        if !outputs.isEmpty { lines += [outputs.text, ""] }
        lines.append("in a workflow:")
        lines.append("  - name: \(reference.repository.split(separator: "/").last ?? "job")")
        lines.append("    component: \(reference)")
        let required = manifest.inputs.filter(\.isRequired)
        if !required.isEmpty {
            lines.append("    inputs:")
            lines += required.map { "      \($0.name): # \($0.description ?? $0.type)" }
        }
        if !manifest.outputs.isEmpty {
            lines.append("    outputs: [\(manifest.outputs.map(\.name).joined(separator: ", "))]")
        }
        return lines.joined(separator: "\n")
    }
}
