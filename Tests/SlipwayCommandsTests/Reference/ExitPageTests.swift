import SlipwayCommands
import TestSupport
import Testing

/// `docs/reference/exit-codes.md`, from the table in the command line.
struct ExitPageTests {
    private static var markdown: String {
        var lines = [
            "# Exit codes",
            "",
            "Written by `UPDATE_GOLDEN=1 swift test --filter ExitPageTests` from the table in",
            "`Sources/SlipwayCommands/Output/ExitMeaning.swift`.",
            "",
            "| code | name | what |",
            "| --- | --- | --- |",
        ]
        lines += ExitMeaning.all.map { "| \($0.code) | \($0.name) | \($0.what) |" }
        return lines.joined(separator: "\n") + "\n"
    }

    @Test("the page of the exit codes in docs/ is what the table says")
    func page() throws {
        let text = Self.markdown
        #expect(try Golden.expected("docs/reference/exit-codes.md", made: text) == text)
    }

    @Test("codes are told apart")
    func codes() {
        let codes = ExitMeaning.all.map(\.code)
        #expect(codes == Set(codes).sorted())
    }

    @Test(
        "commands end with the codes of the table",
        arguments: [
            (["version"], 0), (["show", "no-such-run"], 3), (["lint", "/no/such.yaml"], 3),
            (["nonsense"], 64), (["explain", "shardz"], 3),
        ] as [([String], Int32)])
    func ends(words: [String], code: Int32) async throws {
        try await TestHome.with { home in
            let result = try await home.slipway(words)
            #expect(result.code == code)
        }
    }
}
