import Domain
import SlipwayCommands
import Storage
import TestSupport
import Testing
import Workflows

/// The pages of the manual: that all are there, how some read, and that the tools which show
/// manuals find nothing wrong with any.
struct ManualTests {
    private static let edition = ManualPage.Edition(version: "1.0", date: "2026-01-02")

    /// Writes the pages into a folder, as a package is made.
    private static func pages<Value>(
        _ body: (_ folder: String, _ help: CommandHelp) async throws -> Value
    ) async throws -> Value {
        try await TestHome.with { home in
            let dump = try await home.slipway(["--experimental-dump-help"])
            let folder = "\(home.path)-manual"
            let made = try await home.slipway(["manual", folder, "--date", "2026-01-02"])
            try #require(made.code == 0, "\(made.error)")
            return try await body(
                folder, CommandHelp(dump: try JSONParser.parse(dump.output.utf8)))
        }
    }

    @Test("every command has a page, and so have the files that people write")
    func all() async throws {
        try await Self.pages { folder, help in
            let expected = help.all.map { $0.name.replacing(" ", with: "-") + ".1" }
            #expect(try Files.list("\(folder)/man1").sorted() == expected.sorted())
            #expect(expected.contains("slipway-image-pull.1"))
            #expect(
                try Files.list("\(folder)/man5").sorted()
                    == ["slipway-config.5", "slipway-workflow.5"])
            let workflow = String(
                decoding: try Files.readFile("\(folder)/man5/slipway-workflow.5", limit: 1 << 20),
                as: UTF8.self)
            for place in FormatReference.everyPlace {
                #expect(
                    workflow.contains(".TP\n\(ManualText.bold(place.key.name))\n"), "\(place.path)")
            }
        }
    }

    @Test("the page of a command reads as it did")
    func command() async throws {
        let text = try await Self.pages { _, help in
            let command = try #require(help.all.first { $0.name == "slipway completion" })
            return CommandManual(help, edition: Self.edition).page(command).text
        }
        #expect(try Golden.expected("Tests/Manual/slipway-completion.1", made: text) == text)
    }

    @Test("a mapping of the format reads as it did")
    func mapping() throws {
        var page = ManualPage("retry", section: 5, about: "One mapping.", edition: Self.edition)
        FormatManual.add(try #require(FormatReference.mapping("retry")), to: &page)
        let text = page.text
        #expect(try Golden.expected("Tests/Manual/retry.5", made: text) == text)
    }

    @Test("groff and mandoc find nothing wrong with any page")
    func lint() async throws {
        try await Self.pages { folder, _ in
            for section in ["man1", "man5"] {
                let files = try Files.list("\(folder)/\(section)").sorted()
                    .map { "\(folder)/\(section)/\($0)" }
                let mandoc = try await Program.run("/usr/bin/mandoc", ["-Tlint"] + files)
                #expect(mandoc.output + mandoc.error == "")
                for file in files {
                    let groff = try await Program.run(
                        "/usr/bin/groff", ["-ww", "-man", "-Tutf8", "-z", file])
                    #expect(groff.code == 0)
                    #expect(groff.output + groff.error == "", "\(file)")
                }
            }
        }
    }

    @Test("options are shown with characters that can be typed")
    func shown() async throws {
        let text = try await Self.pages { folder, _ in
            try await Program.run(
                "/usr/bin/groff", ["-man", "-Tutf8", "-P-c", "\(folder)/man1/slipway-run.1"]
            ).output
        }
        let plain = Self.withoutOverstrike(text)
        #expect(plain.contains("--inputs-file INPUTS-FILE"))
        #expect(plain.contains("NAME=env:VARIABLE"))
    }

    /// What a terminal without bold letters shows: `x BACKSPACE y` is y.
    private static func withoutOverstrike(_ text: String) -> String {
        var shown: [Unicode.Scalar] = []
        for scalar in text.unicodeScalars {
            if scalar == "\u{8}" { shown = shown.dropLast() } else { shown.append(scalar) }
        }
        return String(String.UnicodeScalarView(shown))
    }

    @Test("a day that is none is refused", arguments: ["today", "2026-1-2", "2026-01-02T00", ""])
    func day(text: String) async throws {
        try await TestHome.with { home in
            let result = try await home.slipway(["manual", "\(home.path)-manual", "--date", text])
            #expect(result.code == 64)
            #expect(result.error.contains("expected YYYY-MM-DD"))
            #expect(!Files.exists("\(home.path)-manual"))
        }
    }
}
