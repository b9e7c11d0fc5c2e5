import Domain
import Testing
import Workflows

/// A mistake in Lua is said of the line of the file in which it stands, however the text is
/// written. The check here finds its line by the word `oops`.
struct LuaPlaceTests {
    private static func problem(_ source: String, _ kind: ScriptKind) -> ScriptProblem? {
        for (index, line) in source.split(separator: "\n", omittingEmptySubsequences: false)
            .enumerated() where line.contains("oops")
        {
            return ScriptProblem(line: index + 1, message: "found")
        }
        return nil
    }

    /// The place of the mark `→` in the text, which is no part of it.
    private static func expected(_ text: String) -> TextPosition {
        let before = text.prefix { $0 != "→" }.split(
            separator: "\n", omittingEmptySubsequences: false)
        return TextPosition(
            line: before.count, column: (before.last?.unicodeScalars.count ?? 0) + 1)
    }

    static let head =
        "slipway: 1\nname: demo\nstages:\n  - name: s\n    jobs:\n"
        + "      - name: a\n        component: b\n"

    static let hooks = [
        "before: |\n  local x = 1\n  →oops",
        "before: |\n\n\n  local x\n\n    →oops\n\n",
        "before: |2\n    local x\n    →oops",
        "before: |-\n  →oops\n\n\n",
        "before: |+\n  →oops\n\n\n",
        "before: |2- # a comment\n  local x\n  →oops",
        "before: &hook |\n  local x\n  →oops",
        "before: &hook # a comment\n  |\n  local x\n  →oops",
        "before: >\n  local x\n\n  →oops",
        "before: >\n  →local x\n  oops",
        "before: >-\n  local x\n  = 1\n\n\n  →oops\n  y\n",
        "before: >\n  a\n    b\n    c\n  d\n  →oops".replacing("→", with: "")
            .replacing("  d\n", with: "  →d\n"),
        "before: →oops",
        "before: →'oops'",
        "before: →\"oops\"",
        "before: 'local x\n\n  →oops'",
        "before: 'it''s\n\n  →oops ''here'''",
        "before: \"a\\nb \\\"c\\\" \\\\\n\n  →oops\"",
        "before: \"a\\n\\\n  b\\n\\\n  →oops\"",
        "before: \"\\x41\\u0042\\U00000043\\x20\\n→oops\"".replacing("→", with: "")
            .replacing(": \"", with: ": →\""),
        "before: local x\n\n  →oops",
        "before: →local x oops\n  y",
        "when: >-\n  ä ö ü 日本\n\n  →oops",
    ]

    @Test("is found in its line", arguments: hooks)
    func place(hook: String) {
        let lines = hook.split(separator: "\n", omittingEmptySubsequences: false)
        let marked = Self.head + lines.map { $0.isEmpty ? "\n" : "        \($0)\n" }.joined()
        let bytes = Array(marked.filter { $0 != "→" }.utf8)
        let outcome = WorkflowFile.parse(bytes, checks: LintChecks(script: Self.problem))
        #expect(outcome.diagnostics.map(\.rule) == ["lua-syntax"])
        #expect(outcome.diagnostics.map(\.position) == [Self.expected(marked)])
    }

    @Test("lines may end as on other systems")
    func lineEnds() {
        let text = (Self.head + "        before: |\n          local x\n          oops\n")
            .replacing("\n", with: "\r\n")
        let outcome = WorkflowFile.parse(
            Array(text.utf8), checks: LintChecks(script: Self.problem))
        #expect(outcome.diagnostics.map(\.position) == [TextPosition(line: 10, column: 11)])
    }

    @Test("a text without anything visible is reported at its start")
    func blank() {
        let checks = LintChecks(script: { _, _ in ScriptProblem(line: 3, message: "empty") })
        let text = Self.head + "        before: \"\\n\\n \"\n"
        let outcome = WorkflowFile.parse(Array(text.utf8), checks: checks)
        #expect(outcome.diagnostics.map(\.position) == [TextPosition(line: 8, column: 17)])
    }
}
