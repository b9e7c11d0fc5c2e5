import Domain
import TestSupport
import Testing

@testable import Workflows

/// Files with cases for a workflow: what they say, and each mistake at its place.
struct TestFileTests {
    private static let workflow = """
        slipway: 1
        name: release
        secrets: [TOKEN]
        stages:
          - name: begin
            type: start
            inputs: {T_BRANCH: {default: main}, T_COUNT: {type: integer, default: 1}}
          - name: build
            jobs:
              - {name: compile, component: b, outputs: [VERSION], produces: {binary: app}}
          - name: test
            run: parallel
            jobs:
              - {name: unit, component: b, shards: 3, outputs: [COUNT]}
              - {name: lint, component: b, matrix: {T_A: [x, y]}}
              - {name: late, component: b, matrix: {T_V: "${build.compile.VERSION}"}}
          - {name: agree, type: pause}
          - {name: wait, type: pause, timeout: 1h}
        """

    private static func plan() throws -> RunPlan {
        RunPlan(try #require(WorkflowFile.parse(Array(workflow.utf8)).definition))
    }

    private static func read(
        _ text: String
    ) throws -> (cases: [TestCase], diagnostics: [Diagnostic]) {
        TestFile(Array(text.utf8)).cases(for: try plan())
    }

    @Test("a sound file is read whole")
    func sound() throws {
        let (cases, diagnostics) = try Self.read(
            """
            slipway-test: 1
            workflow: release.yaml
            cases:
              - name: one
                inputs: {T_BRANCH: topic, T_COUNT: 3}
                secrets: {TOKEN: hunter22}
                actor: ada
                commit: abc
                components:
                  build.compile: {outputs: {VERSION: ["1", "2"]}, artifacts: []}
                  test.unit:
                    attempts: [{exit: 3}, {state: timed-out}, {takes: 5s}]
                    legs: [{outputs: {COUNT: 7}}]
                  "test.lint[T_A=y]": {state: errored}
                  "test.late[T_V=2]": {state: failed}
                approvals: {agree: reject, wait: expire}
                expect:
                  state: failed
                  reason: no
                  jobs: {"test.unit[2]": failed, test.lint: errored}
                  reasons: {test.lint: lost}
                  outputs: {build.compile.VERSION: null, "test.unit[0].COUNT": 7}
                  inputs: {test.unit: {T_X: [1]}}
                  order: [build.compile, test.unit]
            """)
        #expect(diagnostics == [])
        let test = try #require(cases.first)
        #expect(test.name == "one")
        #expect(test.position == TextPosition(line: 4, column: 5))
        #expect(test.inputs == ["T_BRANCH": "topic", "T_COUNT": "3"])
        #expect(test.secrets["TOKEN"]?.reveal() == "hunter22")
        #expect(test.components["build.compile"]?.first?.outputs == ["VERSION": #"["1","2"]"#])
        #expect(test.components["build.compile"]?.first?.artifacts == [])
        let attempts = test.components["test.unit"] ?? []
        #expect(attempts.map(\.state) == [.failed, .timedOut, .succeeded])
        #expect(attempts.map(\.exitCode) == [3, 0, 0])
        #expect(attempts.last?.takes == .seconds(5))
        #expect(test.components["test.unit[0]"]?.first?.outputs == ["COUNT": "7"])
        #expect(test.components["test.late[T_V=2]"]?.first?.exitCode == 1)
        #expect(test.approvals == ["agree": .reject, "wait": .expire])
        #expect(test.expectation.state?.value == .failed)
        #expect(test.expectation.jobs.map(\.name) == ["test.unit[2]", "test.lint"])
        #expect(test.expectation.outputs.map(\.value.value) == [nil, "7"])
        #expect(test.expectation.inputs.first?.value.value.value == "[1]")
        #expect(test.expectation.order?.value == ["build.compile", "test.unit"])
    }

    struct Mistake: Sendable, CustomTestStringConvertible {
        let rule: LintRule
        /// What is wrong stands behind the mark `→`, which is no part of the file.
        let text: String
        var hint: String?

        var testDescription: String { "\(rule.rawValue): \(text.suffix(60))" }
    }

    /// A whole file around a case's own keys.
    private static func inCase(
        _ rule: LintRule, _ keys: String, expect: Bool = true, hint: String? = nil
    ) -> Mistake {
        let start = "slipway-test: 1\nworkflow: w\ncases:\n  - name: a\n"
        return Mistake(
            rule: rule,
            text: start + (expect ? "    expect: {state: failed}\n" : "") + "    \(keys)\n",
            hint: hint)
    }

    /// A whole file.
    private static func inFile(
        _ rule: LintRule, _ text: String, hint: String? = nil
    ) -> Mistake {
        let cases = "cases: [{name: a, expect: {state: failed}}]"
        return Mistake(
            rule: rule, text: text.replacing("CASES", with: cases), hint: hint)
    }

    static let mistakes: [Mistake] = [
        inFile(.empty, "→"),
        inFile(.yamlSyntax, "a: [→"),
        inFile(.missingKey, "→workflow: w\nCASES"),
        inFile(.invalidVersion, "slipway-test: →2\nworkflow: w\nCASES"),
        inFile(.missingKey, "→slipway-test: 1\nworkflow: w\n"),
        inFile(.empty, "slipway-test: 1\nworkflow: w\ncases: →[]\n"),
        inFile(.wrongType, "slipway-test: 1\nworkflow: w\ncases: →no\n"),
        inFile(
            .unknownKey, "slipway-test: 1\nworkflow: w\n→case: 1\nCASES",
            hint: "did you mean 'cases'?"),
        inFile(
            .duplicateName,
            """
            slipway-test: 1
            workflow: w
            cases:
              - {name: a, expect: {state: failed}}
              - {name: →a, expect: {state: failed}}
            """),
        inFile(.missingKey, "slipway-test: 1\nworkflow: w\ncases:\n  - →name: a\n"),
        inCase(.unknownReference, "inputs: {→T_BRANHC: x}", hint: "did you mean 'T_BRANCH'?"),
        inCase(.invalidValue, "inputs: {T_COUNT: →three}"),
        inCase(.undeclaredSecret, "secrets: {→TOKN: hunter22}", hint: "did you mean 'TOKEN'?"),
        inCase(.invalidValue, "secrets: {TOKEN: →abc}"),
        inCase(
            .unknownReference, "components: {→build.compil: {}}",
            hint: "did you mean 'build.compile'?"),
        inCase(.unknownReference, "components: {→\"test.unit[3]\": {}}"),
        inCase(.unknownReference, "components: {→\"test.lint[T_A=z]\": {}}"),
        inCase(.unknownReference, "components: {→\"build.compile[0]\": {}}"),
        inCase(
            .undeclaredOutput, "components: {build.compile: {outputs: {→VERSON: 1}}}",
            hint: "did you mean 'VERSION'?"),
        inCase(.undeclaredOutput, "components: {build.compile: {artifacts: [→other]}}"),
        inCase(.invalidValue, "components: {build.compile: {exit: →256}}"),
        inCase(
            .invalidValue, "components: {build.compile: {state: →faild}}",
            hint: "did you mean 'failed'?"),
        inCase(.conflictingKeys, "components: {build.compile: {exit: 1, state: →succeeded}}"),
        inCase(.conflictingKeys, "components: {build.compile: {→exit: 1, attempts: [{}]}}"),
        inCase(.conflictingKeys, "components: {build.compile: {→legs: [{}]}}"),
        inCase(.invalidValue, "components: {build.compile: {attempts: →[]}}"),
        inCase(.unknownReference, "components: {test.unit: {legs: [{}, {}, {}, →{}]}}"),
        inCase(.invalidDuration, "components: {build.compile: {takes: →long}}"),
        inCase(.unknownKey, "components: {build.compile: {→output: {}}}"),
        inCase(.unknownReference, "approvals: {→agre: reject}", hint: "did you mean 'agree'?"),
        inCase(.invalidValue, "approvals: {agree: →maybe}"),
        inCase(.invalidValue, "approvals: {agree: →expire}"),
        inCase(.empty, "expect: →{}", expect: false),
        inCase(.invalidValue, "expect: {state: →fialed}", expect: false),
        inCase(.unknownReference, "expect: {jobs: {→test.unti: failed}}", expect: false),
        inCase(.invalidValue, "expect: {jobs: {test.unit: →broken}}", expect: false),
        inCase(.badReference, "expect: {outputs: {→VERSION: 1}}", expect: false),
        inCase(.undeclaredOutput, "expect: {outputs: {→build.compile.V: 1}}", expect: false),
        inCase(.wrongType, "expect: {inputs: {test.unit: →1}}", expect: false),
        inCase(.unknownReference, "expect: {order: [build.compile, →no.job]}", expect: false),
    ]

    @Test("each mistake is found with its rule, at its place", arguments: mistakes)
    func finds(mistake: Mistake) throws {
        let before = mistake.text.prefix { $0 != "→" }.split(
            separator: "\n", omittingEmptySubsequences: false)
        let expected = TextPosition(
            line: before.count, column: (before.last?.unicodeScalars.count ?? 0) + 1)
        let found = try Self.read(mistake.text.filter { $0 != "→" }).diagnostics
        let first = try #require(found.first)
        #expect(found.map(\.rule) == [mistake.rule.rawValue], "\(found)")
        #expect(first.position == expected, "\(first)")
        if let hint = mistake.hint { #expect(first.hint == hint) }
    }

    @Test("any bytes are read to an end", arguments: 0..<20)
    func fuzz(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let plan = try Self.plan()
        let sound = Array(
            ("slipway-test: 1\nworkflow: w\ncases:\n  - name: a\n    inputs: {T_COUNT: 3}\n"
                + "    components: {\"test.unit[1]\": {attempts: [{exit: 1}, {takes: 1s}]}}\n"
                + "    approvals: {wait: expire}\n    expect: {jobs: {build.compile: failed}, "
                + "outputs: {\"test.unit[0].COUNT\": 1}, order: [build.compile]}\n").utf8)
        for _ in 0..<300 {
            let bytes = random.mutated(sound)
            let (cases, diagnostics) = TestFile(bytes).cases(for: plan)
            #expect(!cases.isEmpty || !diagnostics.isEmpty)
        }
    }
}
