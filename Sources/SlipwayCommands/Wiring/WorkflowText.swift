import Domain
import Registry
import Storage
import Workflows

/// A workflow file, read and checked.
struct WorkflowText {
    let file: String
    let bytes: [UInt8]
    let outcome: WorkflowFile.Outcome

    /// Reads a file; with `store`, its components are looked up there too.
    static func read(_ file: String, images store: ImageStore?) async throws -> WorkflowText {
        let bytes = try load(file)
        let plain = WorkflowFile.parse(bytes, checks: LocalLint().checks)
        guard let store, let definition = plain.definition else {
            return WorkflowText(file: file, bytes: bytes, outcome: plain)
        }
        let components = definition.stages.flatMap(\.jobs).map(\.component.value)
        let lint = try await LocalLint(components: components, in: store)
        return WorkflowText(
            file: file, bytes: bytes,
            outcome: WorkflowFile.parse(bytes, checks: lint.checks))
    }

    /// The definition; when there is none, prints what is wrong, and fails.
    func valid(orElse consequence: String? = nil) throws -> WorkflowDefinition {
        if let definition = outcome.definition { return definition }
        printFindings()
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
