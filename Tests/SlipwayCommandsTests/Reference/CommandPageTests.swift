import Domain
import SlipwayCommands
import TestSupport
import Testing

/// The page of the commands, and that it has all of them.
struct CommandPageTests {
    @Test("the page of the commands in docs/ is what the command line says of itself")
    func page() async throws {
        let text = CommandPage(help: try await Self.help()).markdown
        for verb in ["run", "lint", "image pull", "artifact get", "cache prune"] {
            #expect(text.contains("## slipway \(verb)\n"))
        }
        #expect(!text.contains("hook-worker"))
        #expect(try Golden.expected("docs/reference/commands.md", made: text) == text)
    }

    @Test("what --help says of a command has lines that a screen of 80 columns holds")
    func width() async throws {
        for command in try await Self.help().all {
            for line in command.discussion.split(separator: "\n") {
                #expect(line.unicodeScalars.count <= 78, "\(command.name): \(line)")
            }
        }
    }

    private static func help() async throws -> CommandHelp {
        try await TestHome.with { home in
            let dump = try await home.slipway(["--experimental-dump-help"])
            #expect(dump.code == 0, "\(dump.error)")
            return CommandHelp(dump: try JSONParser.parse(dump.output.utf8))
        }
    }
}
