import Domain
import OCI
import TestSupport
import Testing
import Workflows

/// The page of the rules, and its examples.
struct RulePageTests {
    @Test("the page of the rules in docs/ is what the rules say")
    func page() throws {
        let text = RulePage.markdown
        #expect(try Golden.expected("docs/reference/lint-rules.md", made: text) == text)
    }

    /// What is wrong with a lock file is no part of a workflow.
    @Test(
        "every rule has an example",
        arguments: LintRule.allCases.filter { $0 != .lockFile })
    func exists(rule: LintRule) {
        #expect(rule.example != nil)
        #expect(rule.explanation.hasSuffix("."))
    }

    /// Lua is read by the built program, in the test below.
    @Test(
        "what is wrong is found, what is right is not",
        arguments: LintRule.allCases.filter { $0 != .luaSyntax && $0 != .lockFile })
    func examples(rule: LintRule) throws {
        let example = try #require(rule.example)
        #expect(try Self.findings(example, example.wrong).contains(rule.rawValue))
        #expect(try Self.findings(example, example.right) == [])
    }

    private static func findings(_ example: LintExample, _ fragment: String) throws -> [String] {
        let manifest = try ComponentManifest(parsing: LintRule.componentExample)
        var checks = LintChecks(
            component: { image in
                switch image.reference.repository {
                case "library/missing": .missing(hint: "bring it in")
                case "library/report": .found(manifest)
                default: .found(nil)
                }
            })
        let configuration =
            "environments: {production: {}}\nnotify: {team: {command: [/bin/tell]}}\n"
        checks.configuration = ConfigurationCheck(
            ConfigurationFile.read(Array(configuration.utf8)).configuration, severity: .error)
        checks.isOneUsers = true
        let called = try ProjectPath(parsing: "called.yaml")
        return WorkflowFile.parse(
            Array(example.file(around: fragment).utf8), checks: checks,
            at: try ProjectPath(parsing: "release.yaml"),
            files: WorkflowFiles([called: Array(LintRule.calledExample.utf8)])
        ).diagnostics.map(\.rule)
    }

    @Test("a mistake in Lua is found by the program")
    func lua() async throws {
        let example = try #require(LintRule.luaSyntax.example)
        try await TestHome.with { home in
            let wrong = try home.workflow(example.file(around: example.wrong))
            let found = try await home.slipway(["lint", wrong])
            #expect(found.code == 1)
            #expect(found.output.contains("error[lua-syntax]"))
            let right = try home.workflow(example.file(around: example.right))
            #expect(try await home.slipway(["lint", right]).code == 0)
        }
    }
}
