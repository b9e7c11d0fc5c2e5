import ArgumentParser
import Domain
import Runs
import Workflows

/// `slipway graph FILE`, `slipway graph --run RUN`: a workflow as a picture.
struct GraphCommand: AsyncParsableCommand {
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text, svg, dot, mermaid, json
    }

    static let configuration = CommandConfiguration(
        commandName: "graph", abstract: "Draw a workflow: its stages, jobs, and what goes where.",
        discussion: """
            A picture for a browser or a page:
              slipway graph FILE -o svg >workflow.svg
            The same of a run, with the state of each stage and job:
              slipway graph --run last -o svg >run.svg
            dot is for Graphviz, mermaid for pages that draw it, json for programs.
            """)

    @Argument(help: "The workflow file.", completion: .file(extensions: ["yaml", "yml"]))
    var file: String?

    @Option(
        name: .customLong("run"),
        help: "In the place of a file: a run, by its number, its id, or 'last'.",
        completion: Completions.run)
    var ofRun: String?

    @Option(name: .shortAndLong, help: "text, svg, dot, mermaid or json.")
    var output = Format.text

    func validate() throws {
        if file == nil, ofRun == nil {
            throw ValidationError("there is nothing to draw; name a workflow file, or --run RUN")
        }
        if file != nil, ofRun != nil {
            throw ValidationError("a file and --run exclude each other")
        }
    }

    func run() async throws {
        let graph = try await graph()
        switch output {
        case .text: Console.print(graph.text(Style.of(1)))
        // The last line has its end already.
        case .svg: Console.print(String(GraphPicture.svg(graph).dropLast()))
        case .dot: Console.print(graph.dot)
        case .mermaid: Console.print(graph.mermaid)
        case .json: Console.print(graph.json.canonicalText)
        }
    }

    private func graph() async throws -> WorkflowGraph {
        if let file {
            return WorkflowGraph(try await WorkflowText.read(file, images: nil).valid())
        }
        let services = try await HomeServices.open()
        let listed = try await services.runs.store.find(ofRun ?? "last")
        let state = try await services.runs.load(listed.id).state
        return WorkflowGraph(state, now: HomeServices.now())
    }
}
