import Domain
import Storage
import TestSupport
import Testing

/// The built command line, where no home and no container is needed.
struct VerbTests {
    private static let wrong = "slipway: 1\nname: a\nstages: no\n"
    private static let sound =
        "slipway: 1\nname: a\nstages: [{name: s, jobs: [{name: j, component: b}]}]\n"

    @Test("lint prints all findings of all files, and only then says that one is missing")
    func lintMissing() async throws {
        try await TestHome.withPrograms { home in
            let first = try home.workflow(Self.wrong, name: "first.yaml")
            let last = try home.workflow(Self.wrong, name: "last.yaml")
            let result = try await home.slipway(["lint", first, "/no/such.yaml", "/", last])
            #expect(result.code == 3)
            #expect(result.output.contains("first.yaml:3:9: error[wrong-type]"))
            #expect(result.output.contains("last.yaml:3:9: error[wrong-type]"))
            #expect(result.error.contains("there is no file '/no/such.yaml'"))
            #expect(result.error.contains("'/' is a folder"))
            #expect(result.error.contains("4 files: 2 errors, 0 warnings, 2 not read"))
            #expect(try await home.slipway(["lint", first, "/"]).code == 64)
            #expect(try await home.slipway(["lint", first]).code == 1)
            // To check a file makes no home.
            #expect(!Files.exists(home.path))
        }
    }

    @Test("lint answers in each format, also about a sound file", arguments: ["sarif", "json"])
    func lintFormats(format: String) async throws {
        try await TestHome.withPrograms { home in
            for text in [Self.wrong, Self.sound] {
                let file = try home.workflow(text)
                let result = try await home.slipway(["lint", "-o", format, file])
                #expect(result.code == (text == Self.wrong ? 1 : 0))
                _ = try JSONParser.parse(result.output.utf8)
                #expect(result.error.isEmpty)
            }
        }
    }

    @Test("lint annotates for GitHub")
    func github() async throws {
        try await TestHome.withPrograms { home in
            let file = try home.workflow(Self.wrong)
            let result = try await home.slipway(["lint", "-o", "github", file])
            #expect(result.output.hasPrefix("::error file=\(file),line=3,col=9::stages is "))
        }
    }

    @Test(
        "a misspelt verb is answered with the one that was meant",
        arguments: [
            (["rnu", "first.yaml"], "there is no command 'rnu'; did you mean 'run'?"),
            (["image", "pul", "x"], "there is no command 'image pul'; did you mean 'pull'?"),
            (["frobnicate"], "there is no command 'frobnicate'; 'slipway --help' lists them all"),
            (["help", "image", "pul"], "there is no command 'image pul'; did you mean 'pull'?"),
            (["hook-wroker"], "'slipway --help' lists them all"),
        ])
    func verb(words: [String], message: String) async throws {
        try await TestHome.withPrograms { home in
            let result = try await home.slipway(words)
            #expect(result.code == 64)
            #expect(result.error.contains(message), "\(result.error)")
            #expect(!Files.exists(home.path))
        }
    }

    @Test("what is not there is not found, with the next thing to type")
    func absent() async throws {
        try await TestHome.withPrograms { home in
            for verb in ["show", "cancel", "logs", "rerun"] {
                let result = try await home.slipway([verb, "last"])
                #expect(result.code == 3)
                #expect(result.error.contains("no runs yet; begin with: slipway run FILE"))
            }
            let archive = try await home.slipway(["image", "import", "/no/such.tar"])
            #expect(archive.code == 3)
            #expect(archive.error.contains("there is no file '/no/such.tar'"))
        }
    }

    @Test("nothing that is said on a terminal can command it; a pipe gets it unaltered")
    func harmless() async throws {
        try await TestHome.withPrograms { home in
            let words = ["show", "no\u{1b}]0;x\u{7}\u{9b}2Jrun"]
            let piped = try await home.slipway(words)
            #expect(piped.code == 3)
            #expect(piped.error.contains("\u{1b}]0;x\u{7}\u{9b}2J"))
            let program = try BuiltProduct.path("slipway")
            let shown = try await Program.run(
                "/usr/bin/script", ["-qec", "'\(program)' show '\(words[1])'", "/dev/null"],
                environment: home.environment(["TERM": "xterm"]))
            #expect(shown.output.contains("no]0;x2Jrun"))
        }
    }
}

extension TestHome {
    /// A home without images; nothing is run in it.
    fileprivate static func withPrograms(_ body: (TestHome) async throws -> Void) async throws {
        try await with { try await body($0) }
    }
}
