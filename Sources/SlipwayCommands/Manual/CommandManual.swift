import Workflows

/// The pages of the commands, section 1 of the manual: one for each that has a name of its own.
package struct CommandManual: Sendable {
    private let help: CommandHelp
    private let edition: ManualPage.Edition

    /// `help` is that of the whole command line.
    package init(_ help: CommandHelp, edition: ManualPage.Edition) {
        self.help = help
        self.edition = edition
    }

    package var pages: [ManualPage] { help.all.map(page) }

    package func page(_ command: CommandHelp) -> ManualPage {
        var page = ManualPage(
            Self.pageName(command), section: 1, about: command.abstract, edition: edition)
        page.heading("Synopsis")
        page.paragraph(Self.synopsis(command))
        let isFirst = command.name == help.name
        if isFirst || !command.discussion.isEmpty { page.heading("Description") }
        if isFirst { page.paragraph(ManualText.prose(Self.introduction)) }
        page.discussion(command.discussion)
        Self.addArguments(of: command, to: &page)
        if !command.commands.isEmpty {
            page.heading("Commands")
            for verb in command.commands {
                page.item(Self.link(Self.pageName(verb), 1), ManualText.prose(verb.abstract))
            }
        }
        if isFirst { Self.addSurroundings(to: &page) }
        page.heading("See also")
        page.paragraph(seeAlso(command))
        return page
    }

    private static let introduction =
        "Slipway runs workflows on this machine: a YAML file names stages and jobs, and each job "
        + "runs in a container of its own. It keeps what jobs make by digest, and what happened "
        + "as events."

    /// `slipway image pull` → `slipway-image-pull`.
    private static func pageName(_ command: CommandHelp) -> String {
        String(command.name.map { $0 == " " ? "-" : $0 })
    }

    static func link(_ name: String, _ section: Int) -> String {
        "\(ManualText.bold(name))(\(section))"
    }

    private static func synopsis(_ command: CommandHelp) -> String {
        var words = [ManualText.bold(command.name)]
        for argument in command.arguments {
            var text = shown(argument.preferredName, argument.valueName)
            if argument.isRepeating { text += "..." }
            words.append(argument.isOptional ? "[\(text)]" : text)
        }
        if !command.commands.isEmpty { words.append(ManualText.italic("COMMAND")) }
        return words.joined(separator: " ")
    }

    private static func shown(_ name: String?, _ value: String?) -> String {
        [name.map(ManualText.bold), value.map { ManualText.italic($0.uppercased()) }]
            .compactMap { $0 }.joined(separator: " ")
    }

    private static func addArguments(of command: CommandHelp, to page: inout ManualPage) {
        guard !command.arguments.isEmpty else { return }
        page.heading("Options")
        for argument in command.arguments {
            let names =
                argument.names.isEmpty
                ? shown(nil, argument.valueName)
                : argument.names.map(ManualText.bold).joined(separator: ", ")
                    + (argument.valueName.map { " " + ManualText.italic($0.uppercased()) } ?? "")
            var text = ManualText.prose(argument.abstract)
            if let fallback = argument.fallback, !fallback.isEmpty {
                text += " Default: \(ManualText.bold(fallback))."
            }
            page.item(names, text)
        }
    }

    /// What holds for all commands stands in the first page.
    private static func addSurroundings(to page: inout ManualPage) {
        page.paragraph(
            ManualText.prose(
                "Every command has `--help`; `slipway --version` prints the version."))
        page.heading("Exit status")
        for meaning in ExitMeaning.all {
            page.item(ManualText.bold("\(meaning.code)"), ManualText.prose(meaning.what))
        }
        page.heading("Environment")
        for variable in ConfigurationReference.variables {
            page.item(ManualText.bold(variable.name), ManualText.prose(variable.what))
        }
        page.heading("Files")
        for (path, what) in files {
            page.item(ManualText.italic(path), ManualText.prose(what))
        }
    }

    private static let files = [
        ("~/.local/share/slipway", "The home, unless `SLIPWAY_HOME` names another folder."),
        ("$SLIPWAY_HOME/config.yaml", "Settings of the home; it need not be there."),
        ("$SLIPWAY_HOME/slipway.db", "Runs, their events, and the names of images and artifacts."),
        ("$SLIPWAY_HOME/blobs/", "Images, artifacts and sources, by digest."),
        ("/run/slipway/", "Mount points and sockets of what runs."),
    ]

    private func seeAlso(_ command: CommandHelp) -> String {
        let words = command.name.split(separator: " ")
        var links = (1..<words.count).map { Self.link(words[..<$0].joined(separator: "-"), 1) }
        links += [Self.link("slipway-workflow", 5), Self.link("slipway-config", 5)]
        if command.name == help.name { links += [Self.link("conmon", 8), Self.link("runc", 8)] }
        return links.joined(separator: ", ")
    }
}
