package import Domain

/// Reads a workflow file: YAML, the format's keys, and what its references mean (DESIGN §2).
package enum WorkflowFile {
    package struct Outcome: Sendable {
        /// Nil when there is any error.
        package let definition: WorkflowDefinition?
        /// In the order of the text; warnings do not hinder a run.
        package let diagnostics: [Diagnostic]

        package var hasErrors: Bool { diagnostics.contains { $0.severity == .error } }
    }

    /// Reads the whole file in one pass and reports everything that is wrong with it.
    package static func parse(_ bytes: [UInt8], checks: LintChecks = .none) -> Outcome {
        let (node, problems) = YAMLReader.read(bytes)
        var decoder = WorkflowDecoder(checks: checks)
        decoder.diagnostics = problems
        guard let node else {
            if problems.isEmpty {
                decoder.report(
                    .empty, TextPosition(line: 1, column: 1), "the file is empty",
                    hint: "a workflow begins with 'slipway: 1'")
            }
            return Outcome(definition: nil, diagnostics: decoder.diagnostics)
        }
        let definition = decoder.workflow(node)
        let sorted = decoder.diagnostics.sorted { $0.position < $1.position }
        let hasErrors = sorted.contains { $0.severity == .error }
        return Outcome(definition: hasErrors ? nil : definition, diagnostics: sorted)
    }
}
