package import Domain

/// A test file: cases for one workflow, beside it.
///
/// ```yaml
/// slipway-test: 1
/// workflow: release.yaml
/// cases:
///   - name: a topic is not shipped
///     inputs: {T_BRANCH: topic}
///     components:
///       build.compile: {outputs: {VERSION: "1.4"}}
///     expect: {state: succeeded, jobs: {ship.upload: skipped}}
/// ```
package struct TestFile {
    /// The workflow file, relative to the test file; nil when it could not be read.
    package let workflow: Located<String>?
    /// What is wrong so far, in the order of the text.
    package let diagnostics: [Diagnostic]
    private let list: YAMLNode?
    private let decoder: TestDecoder

    /// Reads the file up to its cases, which need the workflow.
    package init(_ bytes: [UInt8]) {
        let (node, problems) = YAMLReader.read(bytes)
        var decoder = TestDecoder(findings: problems)
        var head: (workflow: Located<String>?, cases: YAMLNode?)?
        if let node, let key = node.key("slipway"), node.key("slipway-test") == nil {
            decoder.values.report(
                .unknownKey, key, "this is a workflow, not a test file",
                hint: "its cases stand in a file of their own, NAME.test.yaml; 'slipway lint FILE' "
                    + "checks a workflow")
        } else if let node {
            head = decoder.head(node)
        }
        if node == nil, !problems.hasErrors {
            decoder.values.report(
                .empty, TextPosition(line: 1, column: 1), "the file is empty",
                hint: "a test file begins with 'slipway-test: 1'")
        }
        workflow = head?.workflow
        list = head?.cases
        diagnostics = decoder.values.findings.sorted
        self.decoder = decoder
    }

    /// The cases, and everything that is wrong with the file; each name is held against `plan`.
    package func cases(for plan: RunPlan) -> (cases: [TestCase], diagnostics: [Diagnostic]) {
        guard let list else { return ([], diagnostics) }
        var decoder = decoder
        decoder.plan = plan
        let made = decoder.cases(list)
        return (made, decoder.values.findings.sorted)
    }
}

extension FormatKeys {
    static let testFile = FormatKeys(
        place: "a test file", known: ["slipway-test", "workflow", "cases"], refused: [])
    static let testCase = FormatKeys(
        place: "a case",
        known: [
            "name", "inputs", "secrets", "actor", "commit", "components", "approvals", "expect",
        ], refused: [])
    static let fakedComponent = FormatKeys(
        place: "a component",
        known: ["state", "exit", "outputs", "artifacts", "takes", "attempts", "legs"],
        refused: [])
    static let fakedAttempt = FormatKeys(
        place: "an attempt", known: ["state", "exit", "outputs", "artifacts", "takes"],
        refused: [])
    static let expectation = FormatKeys(
        place: "expect",
        known: ["state", "reason", "jobs", "reasons", "outputs", "inputs", "order"], refused: [])
}
