package import Domain

/// Reads a workflow file: YAML, the format's keys, and what its references mean (DESIGN §2).
package enum WorkflowFile {
    package struct Outcome: Sendable {
        /// Nil when there is any error, and for a file of templates.
        package let definition: WorkflowDefinition?
        /// In the order of the text; warnings do not hinder a run.
        package let diagnostics: [Diagnostic]
        /// The other files that it leads to, as they were read.
        package let files: [ProjectPath: [UInt8]]
        /// Whether the file holds cases for a workflow, which is its only finding then.
        package let isTestFile: Bool

        package var hasErrors: Bool { diagnostics.contains { $0.severity == .error } }
    }

    /// Reads the whole file, and what it leads to, in one pass and reports everything that is
    /// wrong. `path`: where it is in its project, which paths in it are relative to.
    package static func parse(
        _ bytes: [UInt8], checks: LintChecks = .none, at path: ProjectPath = .main,
        files: WorkflowFiles = .none
    ) -> Outcome {
        let (node, problems) = YAMLReader.read(bytes)
        let library = WorkflowLibrary(bytes, at: path, root: node, source: files)
        var decoder = WorkflowDecoder(checks: checks, library: library)
        decoder.findings = problems
        var definition: WorkflowDefinition?
        if let node {
            if let key = node.key("slipway-test") {
                decoder.report(
                    .unknownKey, key, "this is a test file, not a workflow",
                    hint: "play its cases with: slipway test FILE")
            } else if node.isTemplateFile {
                decoder.checkTemplates(in: 0)
            } else {
                definition = decoder.workflow(node)
            }
        } else if !problems.hasErrors {
            decoder.report(
                .empty, TextPosition(line: 1, column: 1), "the file is empty",
                hint: "a workflow begins with 'slipway: 1'")
        }
        let names = decoder.library.files.map(\.name)
        return Outcome(
            definition: decoder.findings.hasErrors ? nil : definition,
            diagnostics: decoder.findings.sorted.map { finding in
                var finding = finding
                finding.file = names[finding.position.file]
                return finding
            },
            files: decoder.library.others, isTestFile: node?.key("slipway-test") != nil)
    }
}

extension YAMLNode {
    /// The key of this name, where this is a mapping that has it.
    func key(_ name: String) -> YAMLNode? {
        guard case .mapping(let entries) = content else { return nil }
        return entries.first { $0.key.scalar == name }?.key
    }

    /// Whether this is a file of templates alone.
    var isTemplateFile: Bool {
        guard case .mapping(let entries) = content else { return false }
        let keys = entries.compactMap(\.key.scalar)
        return keys.contains("templates") && !keys.contains("stages") && !keys.contains("name")
    }
}
