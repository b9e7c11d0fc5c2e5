import SlipwayCommands

/// `docs/reference/commands.md`, from what the command line says of itself.
struct CommandPage {
    let help: CommandHelp

    var markdown: String {
        var lines = [
            "# Commands",
            "",
            "Written by `UPDATE_GOLDEN=1 swift test --filter CommandPageTests` from the command line's",
            "own help. Every command has `--help`; `slipway --version` prints the version, and",
            "[`slipway completion`](#slipway-completion) a completion for a shell. How a command ends:",
            "[exit codes](exit-codes.md).",
            "",
        ]
        lines += help.all.map { command in
            let anchor = String(command.name.map { $0 == " " ? "-" : $0 })
            return "- [\(command.name)](#\(anchor)): \(command.abstract)"
        }
        for command in help.all { lines += section(command) }
        return lines.joined(separator: "\n") + "\n"
    }

    private func section(_ command: CommandHelp) -> [String] {
        var lines = ["", "## \(command.name)", "", command.abstract]
        if !command.discussion.isEmpty { lines += ["", "```text", command.discussion, "```"] }
        var usage = [command.name] + command.arguments.map(Self.usage)
        if !command.commands.isEmpty { usage.append("<command>") }
        lines += ["", "```text", usage.joined(separator: " "), "```"]
        guard !command.arguments.isEmpty else { return lines }
        lines += ["", "| argument | what | default |", "| --- | --- | --- |"]
        return lines + command.arguments.map(Self.row)
    }

    private static func usage(_ argument: CommandArgument) -> String {
        var text = [argument.preferredName, argument.valueName.map { "<\($0)>" }]
            .compactMap { $0 }.joined(separator: " ")
        if argument.isRepeating { text += " ..." }
        return argument.isOptional ? "[\(text)]" : text
    }

    private static func row(_ argument: CommandArgument) -> String {
        let names =
            argument.names.isEmpty ? ["<\(argument.valueName ?? "")>"] : argument.names
        let name = names.map { "`\($0)`" }.joined(separator: ", ")
        let fallback = argument.fallback.map { "`\($0)`" } ?? ""
        return "| \(name) | \(cell(argument.abstract)) | \(fallback) |"
    }

    private static func cell(_ text: String) -> String {
        text.replacing("|", with: "\\|").replacing("\n", with: " ")
    }
}
