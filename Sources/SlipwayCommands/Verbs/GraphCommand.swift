import ArgumentParser
import Domain
import Workflows

/// `slipway graph FILE`: a workflow as a picture.
struct GraphCommand: AsyncParsableCommand {
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text, dot, mermaid, json
    }

    static let configuration = CommandConfiguration(
        commandName: "graph", abstract: "Draw a workflow: its stages, jobs, and what goes where.",
        discussion: "A picture: slipway graph FILE -o dot | dot -Tsvg > workflow.svg")

    @Argument(help: "The workflow file.", completion: .file(extensions: ["yaml", "yml"]))
    var file: String

    @Option(name: .shortAndLong, help: "text, dot, mermaid or json.")
    var output = Format.text

    func run() async throws {
        let text = try await WorkflowText.read(file, images: nil)
        let graph = WorkflowGraph(try text.valid())
        switch output {
        case .text: Console.print(graph.text)
        case .dot: Console.print(graph.dot)
        case .mermaid: Console.print(graph.mermaid)
        case .json: Console.print(graph.json.canonicalText)
        }
    }
}
