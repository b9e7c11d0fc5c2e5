import ArgumentParser
import Domain
import Workflows

/// `slipway expand FILE`: the file with everything resolved that is known before a run.
struct ExpandCommand: AsyncParsableCommand {
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case yaml, json
    }

    static let configuration = CommandConfiguration(
        commandName: "expand",
        abstract: "Print a workflow with templates, references, matrices and shards resolved.",
        discussion: """
            Each line says where it comes from: its line in the file, its template, or
            what was put in. What is known only at run time stays as ${…}. A job with a
            matrix or shards lists its legs. The answer is for reading; it is not a
            workflow file.
            """)

    @OptionGroup var workflow: WorkflowOptions

    @Option(name: .shortAndLong, help: "How the answer is printed: yaml or json.")
    var output = Format.yaml

    func run() async throws {
        let file = workflow.file
        let inputs = try workflow.inputValues()
        let text = try await WorkflowText.read(file, images: nil)
        _ = try text.valid(orElse: "nothing was expanded")
        let project = try ProjectFiles(of: file)
        let expansion: WorkflowExpansion
        do {
            expansion = try WorkflowExpansion(
                text.bytes, at: project.path, files: project.files, inputs: inputs)
        } catch {
            throw CommandFailure(message: error.description, status: ExitStatus.usage)
        }
        switch output {
        // The last line has its end already.
        case .yaml: Console.print(String(expansion.text.dropLast()))
        case .json: Console.print(expansion.json.canonicalText)
        }
    }
}
