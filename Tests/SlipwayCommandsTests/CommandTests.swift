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
            ["graph", "f", "-o", "svg"],
            ["graph", "--run", "last"],
            ["completion", "zsh"],
            ["test"],
            ["test", "d", "-o", "junit"],
            ["top"],
            ["top", "-o", "json"],
            ["runs", "--watch"],
            ["runs", "-w", "-l", "5"],
            ["stats"],
            ["stats", "demo", "--last", "5", "-o", "json"],
            ["resume", "1", "--handed-over"],
            ["gc"],
            ["gc", "--older-than", "30d", "--keep", "0", "--max-size", "20GiB", "--dry-run", "-v"],
        ])
    func verbs(words: [String]) async throws {
        _ = try await SlipwayCommand.asyncParseAsRoot(words)
    }

    @Test(
        "what is not a verb or an option is refused",
        arguments: [
            ["nonsense"], ["lint", "--x", "f"], ["stats", "--last", "0"],
            ["runs", "--watch", "-o", "json"], ["gc", "--older-than", "30"],
            ["gc", "--keep", "-1"], ["gc", "--max-size", "much"], ["gc", "last"],
        ])
    func refuses(words: [String]) async {
        await #expect(throws: (any Error).self) {
            _ = try await SlipwayCommand.asyncParseAsRoot(words)
        }
    }
}
