import ArgumentParser
import Domain
import Storage

/// `slipway manual FOLDER`: the pages for `man`, for whoever makes a package; not for people.
struct ManualCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "manual", abstract: "Write the pages of the manual into a folder.",
        discussion: """
            FOLDER/man1 gets one page for each command, FOLDER/man5 those of the files
            that people write. Pages that are there are replaced.
            """,
        shouldDisplay: false)

    @Argument(help: "Where the folders man1 and man5 are made.", completion: .directory)
    var folder: String

    @Option(help: "The day that the pages are of: YYYY-MM-DD.", transform: Self.day)
    var date: String

    func run() throws {
        let dump = try JSONParser.parse(SlipwayCommand._dumpHelp().utf8)
        let edition = ManualPage.Edition(version: SlipwayVersion.text, date: date)
        let pages =
            CommandManual(CommandHelp(dump: dump), edition: edition).pages
            + [FormatManual.workflow(edition), FormatManual.configuration(edition)]
        for page in pages {
            let place = "\(folder)/man\(page.section)"
            try Files.makeFolders(place, mode: 0o755)
            try Files.writeFile("\(place)/\(page.fileName)", page.text.utf8, mode: 0o644)
        }
        Console.print("wrote \(pages.count) pages below \(TerminalText.line(folder))")
    }

    private static func day(_ text: String) throws -> String {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.map(\.utf8.count) == [4, 2, 2],
            parts.joined().utf8.allSatisfy({ (0x30...0x39).contains($0) })
        else { throw ValidationError("'\(text)' is no day; expected YYYY-MM-DD") }
        return text
    }
}
