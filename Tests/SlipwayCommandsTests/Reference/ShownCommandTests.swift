import ArgumentParser
import SlipwayCommands
import Testing

/// What the documents tell people to type is understood.
struct ShownCommandTests {
    @Test("a command that is shown in a document is one", arguments: try ShownCommand.all())
    func parses(command: ShownCommand) throws {
        // The parser's own answers are thrown, and are no mistake.
        if command.words.contains(where: { $0.hasPrefix("--generate-completion") }) { return }
        _ = try SlipwayCommand.parseAsRoot(command.words)
    }

    @Test("commands are found")
    func found() throws {
        #expect(try ShownCommand.all().count > 30)
    }
}
