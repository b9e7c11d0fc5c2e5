import Domain
import OCI
import Testing
import Workflows

/// A job's inputs against the manifest of its component (DESIGN §3).
struct ComponentInputTests {
    private static let manifest = """
        {"inputs": [
          {"name": "T_MUST", "required": true},
          {"name": "T_COUNT", "type": "integer"},
          {"name": "T_RATE", "type": "number", "enum": [1, 2.5]},
          {"name": "T_FLAG", "type": "boolean"},
          {"name": "T_LEVEL", "enum": ["low", "high"]},
          {"name": "T_ODD", "type": "duration"},
          {"name": "T_KEY", "secret": true},
          {"name": "T_DEFAULT", "required": true, "default": "x"}
        ]}
        """

    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let keys: String
        var top = ""
        var found: [String] = []

        init(_ fact: String, _ keys: String, top: String = "", _ found: String...) {
            (testDescription, self.keys, self.top, self.found) = (fact, keys, top, found)
        }
    }

    static let cases = [
        Case("its own input", "inputs: {T_MUST: x}"),
        Case("a value of env", "", top: "env: {T_MUST: x}\n"),
        Case("a key of the matrix", "matrix: {T_MUST: [x, y]}"),
        Case("a matrix that is known later", "matrix: {T_MUST: '${inputs.LIST}'}"),
        Case("nothing", "", "error component"),
        Case("a hook may set it", "before: input.T_MUST = 1", "warning component"),
        Case("a wrong integer", "inputs: {T_MUST: x, T_COUNT: →1.5}", "error →"),
        Case(
            "a wrong integer for a hook", "inputs: {T_MUST: x, T_COUNT: →x}\nbefore: 'x()'",
            "warning →"),
        Case("a right integer", "inputs: {T_MUST: x, T_COUNT: -7}"),
        Case("a wrong boolean", "inputs: {T_MUST: x, T_FLAG: →yes}", "error →"),
        Case("a number that is not finite", "inputs: {T_MUST: x, T_RATE: →1e999}", "error →"),
        Case("a number that is no choice", "inputs: {T_MUST: x, T_RATE: →2}", "error →"),
        Case("a number written otherwise", "inputs: {T_MUST: x, T_RATE: 2.50}"),
        Case("a wrong choice", "inputs: {T_MUST: x, T_LEVEL: →mid}", "error →"),
        Case(
            "a wrong choice in the matrix", "matrix: {T_LEVEL: [low, →mid], T_MUST: [x]}", "error →"
        ),
        Case("a type that nobody knows", "inputs: {T_MUST: x, T_ODD: 5m}"),
        Case("a reference is known later", "inputs: {T_MUST: x, T_COUNT: '${run.number}'}"),
        Case(
            "the job's own value wins over env", "inputs: {T_COUNT: 1}",
            top: "env: {T_COUNT: x, T_MUST: x}\n"),
        Case("a wrong value of env", "", top: "env: {T_MUST: x, T_COUNT: →one}\n", "error →"),
        Case("a secret", "inputs: {T_MUST: x, T_KEY: '${secrets.S}'}", top: "secrets: [S]\n"),
        Case(
            "a secret through env", "inputs: {T_MUST: x, T_KEY: '${env.K}'}",
            top: "secrets: [S]\nenv: {K: '${secrets.S}'}\n"),
        Case("a secret in plain text", "inputs: {T_MUST: x, T_KEY: →hunter2}", "warning →"),
        Case(
            "a secret from an input of the run", "inputs: {T_MUST: x, T_KEY: →'${inputs.LIST}'}",
            "warning →"),
    ]

    @Test("is checked", arguments: cases)
    func check(test: Case) throws {
        let manifest = try ComponentManifest(parsing: Self.manifest)
        let keys = test.keys.split(separator: "\n").map { "        \($0)\n" }.joined()
        let marked =
            "slipway: 1\nname: demo\n\(test.top)stages:\n"
            + "  - {name: b, type: start, inputs: {LIST: {default: '[1]'}}}\n"
            + "  - name: s\n    jobs:\n      - name: a\n        component: tool\n\(keys)"
        let outcome = WorkflowFile.parse(
            Array(marked.filter { $0 != "→" }.utf8),
            checks: LintChecks(component: { _ in .found(manifest) }))
        let found = outcome.diagnostics.map {
            "\($0.severity) \($0.rule) \($0.position.line):\($0.position.column)"
        }
        #expect(
            found
                == test.found.map { words in
                    let severity = words.prefix { $0 != " " }
                    let mark = words.hasSuffix("→") ? "→" : "tool\n"
                    return "\(severity) component-input \(Self.place(of: mark, in: marked))"
                })
    }

    private static func place(of mark: String, in text: String) -> String {
        guard let range = text.firstRange(of: mark) else { return "?" }
        let before = text[..<range.lowerBound].split(
            separator: "\n", omittingEmptySubsequences: false)
        return "\(before.count):\((before.last?.unicodeScalars.count ?? 0) + 1)"
    }

    @Test("a wrong value of env is said once, however many jobs take it")
    func once() throws {
        let manifest = try ComponentManifest(parsing: Self.manifest)
        let jobs = (0..<50).map { "{name: j\($0), component: tool}" }.joined(separator: ", ")
        let text =
            "slipway: 1\nname: demo\nenv: {T_MUST: x, T_COUNT: x}\n"
            + "stages: [{name: s, jobs: [\(jobs)]}]"
        let outcome = WorkflowFile.parse(
            Array(text.utf8), checks: LintChecks(component: { _ in .found(manifest) }))
        #expect(outcome.diagnostics.map(\.rule) == ["component-input"])
    }
}
