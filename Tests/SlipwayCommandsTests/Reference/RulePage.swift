import Workflows

/// `docs/reference/lint-rules.md`, from the rules themselves.
enum RulePage {
    static var markdown: String {
        var lines = [
            "# The rules of `slipway lint`",
            "",
            "Written by `UPDATE_GOLDEN=1 swift test --filter RulePageTests` from the rules in",
            "`Sources/Workflows/Linting/`, which also make `slipway explain RULE`. A test lints every",
            "example: what stands under *wrong* is found, what stands under *right* has no findings.",
            "",
            "A finding is `file:line:column: error[rule]: what, the value, what was expected`. An error",
            "keeps a file from being run, a warning does not.",
            "",
        ]
        lines += LintRule.allCases.map { "- [\($0.rawValue)](#\($0.rawValue))" }
        for rule in LintRule.allCases {
            lines += ["", "## \(rule.rawValue)", "", rule.explanation]
            guard let example = rule.example else { continue }
            lines += ["", "wrong:", "", "```yaml", example.wrong, "```"]
            lines += ["", "right:", "", "```yaml", example.right, "```"]
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
