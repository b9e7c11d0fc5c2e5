import ArgumentParser
import SlipwayCommands
import Testing

struct CommandTests {
    @Test(
        "the verbs are known",
        arguments: [
            ["lint", "f.yaml"],
            ["lint", "-o", "json", "f"],
            ["version"],
            ["fmt", "-"],
            ["fmt", "--check", "--diff", "a", "b"],
            ["schema", "--draft", "draft-07"],
            ["init", "--yes", "--template", "go", "."],
            ["explain", "job.retry"],
            ["simulate", "f"],
            ["expand", "f"],
            ["test"],
            ["test", "d", "-o", "junit"],
        ])
    func verbs(words: [String]) throws {
        _ = try SlipwayCommand.parseAsRoot(words)
    }

    @Test(
        "what is not a verb or an option is refused",
        arguments: [["nonsense"], ["lint", "--x", "f"]])
    func refuses(words: [String]) {
        #expect(throws: (any Error).self) { try SlipwayCommand.parseAsRoot(words) }
    }
}
