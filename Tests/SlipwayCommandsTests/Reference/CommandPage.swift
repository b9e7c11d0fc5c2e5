import Domain

/// `docs/reference/commands.md`, from what the command line says of itself
/// (`slipway --experimental-dump-help`).
struct CommandPage {
    private struct Command {
        /// `slipway image pull`.
        let name: String
        let json: JSONValue
    }

    private let commands: [Command]

    init(dump: JSONValue) {
        commands = Self.all(dump["command"] ?? .null, below: [])
    }

    /// The command and all below it that are shown, in the order of the help.
    private static func all(_ json: JSONValue, below path: [String]) -> [Command] {
        let name = json["commandName"]?.stringValue ?? ""
        guard json["shouldDisplay"]?.booleanValue ?? true, name != "help" else { return [] }
        let own = Command(name: (path + [name]).joined(separator: " "), json: json)
        return [own]
            + (json["subcommands"]?.arrayValue ?? []).flatMap { all($0, below: path + [name]) }
    }

    var markdown: String {
        var lines = [
            "# Commands",
            "",
            "Written by `UPDATE_GOLDEN=1 swift test --filter CommandPageTests` from the command line's",
            "own help. Every command has `--help`; `slipway --version` prints the version, and",
            "`slipway --generate-completion-script bash|zsh|fish` a completion. How a command ends:",
            "[exit codes](exit-codes.md).",
            "",
        ]
        lines += commands.map { command in
            let anchor = String(command.name.map { $0 == " " ? "-" : $0 })
            return "- [\(command.name)](#\(anchor)): \(Self.abstract(command.json))"
        }
        for command in commands { lines += section(command) }
        return lines.joined(separator: "\n") + "\n"
    }

    private func section(_ command: Command) -> [String] {
        var lines = ["", "## \(command.name)", "", Self.abstract(command.json)]
        if let more = command.json["discussion"]?.stringValue, !more.isEmpty {
            lines += ["", "```text", more, "```"]
        }
        let arguments = (command.json["arguments"]?.arrayValue ?? []).filter(Self.isShown)
        let hasCommands = !(command.json["subcommands"]?.arrayValue ?? []).isEmpty
        var usage = [command.name] + arguments.map(Self.usage)
        if hasCommands { usage.append("<command>") }
        lines += ["", "```text", usage.joined(separator: " "), "```"]
        guard !arguments.isEmpty else { return lines }
        lines += ["", "| argument | what | default |", "| --- | --- | --- |"]
        return lines + arguments.map(Self.row)
    }

    private static func abstract(_ json: JSONValue) -> String {
        json["abstract"]?.stringValue ?? ""
    }

    /// `--help` and `--version` are told once.
    private static func isShown(_ argument: JSONValue) -> Bool {
        let name = argument["preferredName"]?["name"]?.stringValue
        return argument["shouldDisplay"]?.booleanValue ?? true && name != "help"
            && name != "version"
    }

    private static func usage(_ argument: JSONValue) -> String {
        let value = "<\(argument["valueName"]?.stringValue ?? "")>"
        let name = spelled(argument["preferredName"] ?? .null)
        var text =
            switch argument["kind"]?.stringValue {
            case "positional": value
            case "flag": name
            default: "\(name) \(value)"
            }
        if argument["isRepeating"]?.booleanValue == true { text += " ..." }
        return argument["isOptional"]?.booleanValue == true ? "[\(text)]" : text
    }

    /// `-o` or `--output`.
    private static func spelled(_ name: JSONValue) -> String {
        let text = name["name"]?.stringValue ?? ""
        return name["kind"]?.stringValue == "long" ? "--\(text)" : "-\(text)"
    }

    private static func row(_ argument: JSONValue) -> String {
        let names = (argument["names"]?.arrayValue ?? []).map(spelled)
        let value = "<\(argument["valueName"]?.stringValue ?? "")>"
        let name =
            names.isEmpty
            ? "`\(value)`" : names.map { "`\($0)`" }.joined(separator: ", ")
        let fallback = argument["defaultValue"]?.stringValue.map { "`\($0)`" } ?? ""
        return "| \(name) | \(cell(abstract(argument))) | \(fallback) |"
    }

    private static func cell(_ text: String) -> String {
        text.replacing("|", with: "\\|").replacing("\n", with: " ")
    }
}
