import ArgumentParser

/// A workflow file and the inputs of a run of it: what verbs take that run it, or look ahead.
struct WorkflowOptions: ParsableArguments {
    @Argument(help: "The workflow file.", completion: .file(extensions: ["yaml", "yml"]))
    var file: String

    @Option(
        name: [.customShort("i"), .customLong("input")], help: "An input: NAME=VALUE.",
        completion: Completions.inputsOfFile)
    var inputs: [String] = []

    @Option(
        help: "A JSON file with inputs, {\"NAME\": value}; -i wins.",
        completion: .file(extensions: ["json"]))
    var inputsFile: String?

    func inputValues() throws -> [String: String] {
        try RunArguments.inputs(inputs, file: inputsFile)
    }
}
