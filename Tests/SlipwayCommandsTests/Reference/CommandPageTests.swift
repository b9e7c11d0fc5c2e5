import Domain
import SlipwayCommands
import TestSupport
import Testing

/// The page of the commands, and that it has all of them.
struct CommandPageTests {
    @Test("the page of the commands in docs/ is what the command line says of itself")
    func page() async throws {
        let text = try await TestHome.with { home in
            let dump = try await home.slipway(["--experimental-dump-help"])
            #expect(dump.code == 0, "\(dump.error)")
            let help = CommandHelp(dump: try JSONParser.parse(dump.output.utf8))
            return CommandPage(help: help).markdown
        }
        for verb in ["run", "lint", "image pull", "artifact get", "cache prune"] {
            #expect(text.contains("## slipway \(verb)\n"))
        }
        #expect(!text.contains("hook-worker"))
        #expect(try Golden.expected("docs/reference/commands.md", made: text) == text)
    }
}
