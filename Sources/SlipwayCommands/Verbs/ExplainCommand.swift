import ArgumentParser
import Domain
import OCI
import Registry
import Runs
import Workflows

/// `slipway explain RULE|KEY|JOB|IMAGE`: what a finding means, what a key of the format is for, why
/// a job of a run stands where it stands, or what a component takes and gives.
struct ExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Explain a rule of the linter, a key of the format, a job of a run, or an image.",
        discussion: """
            Without a name, all rules are listed.
              slipway explain unknown-key          a rule
              slipway explain retry                a key, wherever it stands, or a mapping
              slipway explain job.timeout          the key of one mapping
              slipway explain test.unit            a job of the last run: why it stands so
              slipway explain 'test.unit[2]' --run 12
              slipway explain library/report:1     an image of this home
            Where a word means several of these, they are listed; --as says which is
            meant.
            """)

    @Argument(
        help: "A rule, a key such as job.retry, a job such as test.unit, or an image of this home.",
        completion: Completions.explained)
    var name: String?

    @Option(
        name: .customLong("run"),
        help: "The run of the job: its number, its id, or 'last' (default: last).",
        completion: Completions.run)
    var ofRun: String?

    @Option(name: .customLong("as"), help: "What the word is: rule, key, job or image.")
    var kind: ExplainedKind?

    @OptionGroup var options: OutputOptions

    func validate() throws {
        if let ofRun, name == nil {
            throw ValidationError(
                "--run \(ofRun) needs a job; 'slipway show \(ofRun)' lists those of the run")
        }
    }

    func run() async throws {
        guard let name else { return listRules() }
        switch try await meaning(of: name) {
        case .rule:
            guard let rule = LintRule(rawValue: name) else { throw unknown(name, .rule) }
            options.print(
                table: { "\(rule.rawValue): \(rule.explanation)" },
                json: {
                    ["rule": .string(rule.rawValue), "explanation": .string(rule.explanation)]
                })
        case .key:
            guard let field = FieldExplanation(name) else { throw unknown(name, .key) }
            options.print(table: { field.text }, json: { field.json })
        case .job: try await explain(job: name)
        case .image:
            let known =
                LintRule.allCases.map(\.rawValue) + FieldExplanation.names
                + (await ExplainedKind.jobsOfLastRun())
            let hint = Suggestion.nearest(to: name, among: known)
            guard let reference = ImageReference(argument: name) else {
                throw CommandFailure(
                    message: "'\(name)' is no rule, no key, no job of the last run and no image"
                        + (hint.map { "; did you mean '\($0)'?" } ?? ""),
                    status: ExitStatus.notFound)
            }
            try await explain(reference, hint)
        }
    }

    /// What the word is; the only one that it can be, or an image when it is none of the others.
    private func meaning(of name: String) async throws -> ExplainedKind {
        if let kind { return kind }
        if ofRun != nil { return .job }
        let found = await ExplainedKind.all(of: name)
        guard found.count > 1 else { return found.first ?? .image }
        let lines = found.map { "  slipway explain \(name) --as \($0.rawValue)    \($0.shown)" }
        throw CommandFailure(
            message: "'\(name)' can mean several things:\n" + lines.joined(separator: "\n"),
            status: ExitStatus.usage)
    }

    private func unknown(_ name: String, _ kind: ExplainedKind) -> CommandFailure {
        let known =
            kind == .rule ? LintRule.allCases.map(\.rawValue) : FieldExplanation.names
        let hint = Suggestion.hint(for: name, among: known)
        return CommandFailure(
            message: "'\(name)' is no \(kind.rawValue)" + (hint.map { "; \($0)" } ?? ""),
            status: ExitStatus.notFound)
    }

    private func explain(job name: String) async throws {
        let services = try await HomeServices.open()
        let listed = try await services.runs.store.find(ofRun ?? "last")
        let history = try await services.runs.history(of: listed.id)
        let plan = history.state.plan
        guard let (job, leg) = JobExplanation.find(name, in: plan) else {
            throw LegName.unknown(name, in: plan, run: listed.number)
        }
        var numbers: [Int: Int64] = [:]
        for (attempt, run) in try await services.runs.store.called(by: listed.id) {
            numbers[attempt.leg] = run.number
        }
        let origin = try await Self.origin(of: history.state.jobs[job].reused, services)
        let explanation = JobExplanation(
            history, job: job, leg: leg, now: HomeServices.now(), calls: numbers, origin: origin)
        options.print(
            table: { explanation.text(Style.of(1)) }, json: { explanation.json })
    }

    /// The number of the run that a job was taken over from; older records have its id alone.
    private static func origin(
        of reused: ReusedJob?, _ services: HomeServices
    ) async throws -> Int64? {
        guard let reused else { return nil }
        if let number = reused.number { return number }
        return try await services.runs.store.find(reused.run.text).number
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
                message:
                    "there is no rule, no key, no job and no image '\(reference)'; did you mean "
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
