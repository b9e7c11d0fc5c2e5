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
        var decoder = WorkflowDecoder(checks: checks, source: bytes)
        decoder.findings = problems
        guard let node else {
            if !problems.hasErrors {
                decoder.report(
                    .empty, TextPosition(line: 1, column: 1), "the file is empty",
                    hint: "a workflow begins with 'slipway: 1'")
            }
            return Outcome(definition: nil, diagnostics: decoder.findings.sorted)
        }
        let definition = decoder.workflow(node)
        let findings = decoder.findings
        return Outcome(
            definition: findings.hasErrors ? nil : definition, diagnostics: findings.sorted)
    }
}
