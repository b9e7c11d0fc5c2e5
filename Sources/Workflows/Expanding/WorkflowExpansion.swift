package import Domain

/// A workflow file with `env`, the references that are known before a run, templates, matrices
/// and shards resolved; each line says where it comes from.
package struct WorkflowExpansion: Sendable {
    /// YAML 1.2.
    package let text: String
    /// `{workflow, origins}`: the same values, and the origin of each by its JSON pointer.
    package let json: JSONValue

    /// More than a person would read, and less than a machine minds.
    package static let sizeLimit = 64 << 20

    /// Expands a file that has no errors; gives what is wrong with the inputs otherwise.
    ///
    /// `inputs` are texts, as typed. An input without value stays a reference. `path` and `files`
    /// as for `WorkflowFile.parse`.
    package init(
        _ bytes: [UInt8], at path: ProjectPath = .main, files: WorkflowFiles = .none,
        inputs: [String: String]
    ) throws(ExpansionError) {
        let (node, _) = YAMLReader.read(bytes)
        guard let node,
            let definition = WorkflowFile.parse(bytes, at: path, files: files).definition
        else { throw .invalidFile }
        let problems = Self.problems(inputs, definition.inputs)
        guard problems.isEmpty else { throw .inputs(problems) }
        let library = WorkflowLibrary(bytes, at: path, root: node, source: files)
        var expander = WorkflowExpander(definition, library: library, inputs: inputs)
        let root = try expander.workflow(node)
        guard let text = ExpandedText.write(root, limit: Self.sizeLimit) else { throw .tooLarge }
        self.text = text
        var origins: [String: JSONValue] = [:]
        let workflow = root.json(at: "", origins: &origins)
        json = ["workflow": workflow, "origins": .object(origins)]
    }

    private static func problems(
        _ texts: [String: String], _ declared: [InputDeclaration]
    ) -> [String] {
        texts.sorted { $0.key < $1.key }.compactMap { name, text in
            guard let input = declared.first(where: { $0.name == name }) else {
                let hint = Suggestion.hint(for: name, among: declared.map(\.name))
                return "there is no input '\(name)' of the run" + (hint.map { "; \($0)" } ?? "")
            }
            return InputValue.problem(text, kind: input.kind, choices: input.choices)
                .map { "the input \(name) \($0)" }
        }
    }
}

/// Why a file was not expanded.
package enum ExpansionError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The linter says why.
    case invalidFile
    case inputs([String])
    case tooLarge

    package var description: String {
        switch self {
        case .invalidFile: "the file is not valid"
        case .inputs(let problems): problems.joined(separator: "\n")
        case .tooLarge:
            "the expanded file is larger than \(WorkflowExpansion.sizeLimit >> 20) MiB"
        }
    }
}
