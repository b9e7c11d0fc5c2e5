package import Domain

/// What the command line says of one of its commands (`slipway --experimental-dump-help`): the
/// manual pages and `docs/reference/commands.md` are made of it.
package struct CommandHelp: Sendable {
    /// The words that are typed: `slipway image pull`.
    package let name: String
    /// One sentence.
    package let abstract: String
    /// Lines as `--help` lays them out; empty where there is no more to say.
    package let discussion: String
    /// Those that are shown. `--help` and `--version` are left out: they are told once.
    package let arguments: [CommandArgument]
    /// Those that are shown, in the order of the help.
    package let commands: [CommandHelp]

    /// From a dump, which is that of the whole command line.
    package init(dump: JSONValue) {
        self.init(dump["command"] ?? .null, below: [])
    }

    private init(_ json: JSONValue, below path: [String]) {
        let words = path + [json["commandName"]?.stringValue ?? ""]
        name = words.joined(separator: " ")
        abstract = json["abstract"]?.stringValue ?? ""
        discussion = json["discussion"]?.stringValue ?? ""
        arguments = (json["arguments"]?.arrayValue ?? []).filter(Self.isShown).map {
            CommandArgument($0)
        }
        commands = (json["subcommands"]?.arrayValue ?? []).compactMap { command in
            guard command["shouldDisplay"]?.booleanValue ?? true,
                command["commandName"]?.stringValue != "help"
            else { return nil }
            return CommandHelp(command, below: words)
        }
    }

    private static func isShown(_ argument: JSONValue) -> Bool {
        let name = argument["preferredName"]?["name"]?.stringValue
        return argument["shouldDisplay"]?.booleanValue ?? true && name != "help"
            && name != "version"
    }

    /// This command and all below it.
    package var all: [CommandHelp] { [self] + commands.flatMap(\.all) }
}

/// One argument, option or flag of a command.
package struct CommandArgument: Sendable {
    /// As they are typed, `-o` and `--output`; none for what has its place in the line.
    package let names: [String]
    /// The name for a line that shows how the command is used; nil for what has its place.
    package let preferredName: String?
    /// What stands for its value: `file`. Nil for a flag.
    package let valueName: String?
    package let abstract: String
    /// The value without it, as it would be typed.
    package let fallback: String?
    package let isOptional: Bool
    package let isRepeating: Bool

    init(_ json: JSONValue) {
        let kind = json["kind"]?.stringValue
        names = (json["names"]?.arrayValue ?? []).map(Self.spelled)
        preferredName = kind == "positional" ? nil : Self.spelled(json["preferredName"] ?? .null)
        valueName = kind == "flag" ? nil : json["valueName"]?.stringValue ?? ""
        abstract = json["abstract"]?.stringValue ?? ""
        fallback = json["defaultValue"]?.stringValue
        isOptional = json["isOptional"]?.booleanValue ?? false
        isRepeating = json["isRepeating"]?.booleanValue ?? false
    }

    private static func spelled(_ name: JSONValue) -> String {
        let text = name["name"]?.stringValue ?? ""
        return name["kind"]?.stringValue == "long" ? "--\(text)" : "-\(text)"
    }
}
