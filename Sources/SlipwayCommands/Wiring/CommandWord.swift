import ArgumentParser
import Domain

/// The first words of a command line, before the argument parser sees them: it takes a misspelt
/// verb for an argument too many, and says nothing of the verbs that there are.
enum CommandWord {
    /// An error where a word stands in the place of a verb that there is not. `words`: without the
    /// program's name.
    static func check(
        _ words: ArraySlice<String>, below command: any ParsableCommand.Type = SlipwayCommand.self
    ) throws {
        // Beginning with an option, such as --help: the parser's business.
        guard let word = words.first, !word.hasPrefix("-") else { return }
        if word == "help" { return try check(words.dropFirst(), below: command) }
        let commands = command.configuration.subcommands
        guard !commands.isEmpty else { return }
        if let found = commands.first(where: { $0._commandName == word }) {
            return try check(words.dropFirst(), below: found)
        }
        let shown = commands.filter { $0.configuration.shouldDisplay }.map { $0._commandName }
        let name = command == SlipwayCommand.self ? "" : "\(command._commandName) "
        let hint =
            Suggestion.hint(for: word, among: shown)
            ?? "'slipway \(name)--help' lists them all"
        throw CommandFailure(
            message: "there is no command '\(name)\(word)'; \(hint)", status: ExitStatus.usage)
    }
}
