import Domain
import OCI
import Registry
import Storage
import Workflows

/// A workflow file, read and checked.
struct WorkflowText {
    let file: String
    let bytes: [UInt8]
    /// Where the file is in its project.
    let path: ProjectPath
    let outcome: WorkflowFile.Outcome

    /// Reads a file; with `store`, its components are looked up there too, after `bring` had a
    /// chance to bring them in, and to say which manifests they are; with `settings` what it names
    /// of the home's configuration.
    static func read(
        _ file: String, images store: ImageStore?, settings: ConfigurationCheck? = nil,
        bring: ((WorkflowDefinition) async throws -> [String: Digest])? = nil
    ) async throws -> WorkflowText {
        let bytes = try load(file)
        let project = try ProjectFiles(of: file)
        func parse(_ lint: LocalLint) -> WorkflowText {
            var checks = lint.checks
            checks.configuration = settings
            let outcome = WorkflowFile.parse(
                bytes, checks: checks, at: project.path, files: project.files)
            return WorkflowText(file: file, bytes: bytes, path: project.path, outcome: outcome)
        }
        let plain = parse(LocalLint())
        guard let store, let definition = plain.outcome.definition else { return plain }
        let known = try await bring?(definition) ?? [:]
        return parse(
            try await LocalLint(
                components: definition.components.map(\.value), known: known, in: store,
                pulls: bring == nil))
    }

    /// The definition; when there is none, prints what is wrong, and fails.
    func valid(orElse consequence: String? = nil) throws -> WorkflowDefinition {
        if let definition = outcome.definition { return definition }
        printFindings()
        if !outcome.hasErrors {
            throw CommandFailure(
                message: "'\(file)' is a file of templates; expected a workflow",
                status: ExitStatus.usage)
        }
        let ending = consequence.map { "; \($0)" } ?? ""
        throw CommandFailure(message: "'\(file)' is not valid\(ending)", status: ExitStatus.usage)
    }

    /// On standard error; what the file says cannot steer the terminal.
    func printFindings() {
        for finding in outcome.diagnostics {
            Console.error(TerminalText.line(finding.rendered(file: file)))
        }
    }

    /// The parser says what is wrong with a text above 1 MiB; this bound is for the memory.
    private static func load(_ file: String) throws -> [UInt8] {
        guard let status = try Files.status(file) else {
            throw CommandFailure(
                message: "there is no file '\(file)'", status: ExitStatus.notFound)
        }
        guard status.kind != .folder else {
            throw CommandFailure(
                message: "'\(file)' is a folder; expected a workflow file",
                status: ExitStatus.usage)
        }
        return try Files.readFile(file, limit: 16 << 20)
    }
}
