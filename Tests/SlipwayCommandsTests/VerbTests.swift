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

    private static let cases =
        "slipway-test: 1\nworkflow: a.yaml\ncases: [{name: c, expect: {jobs: {JOB: succeeded}}}]\n"

    @Test("lint checks a test file as one, with its workflow; run and test tell the two apart")
    func testFiles() async throws {
        try await TestHome.withPrograms { home in
            let flow = try home.workflow(Self.sound, name: "a.yaml")
            let file = try home.workflow(
                Self.cases.replacing("JOB", with: "s.j"), name: "a.test.yaml")
            let sound = try await home.slipway(["lint", flow, file])
            #expect(sound.code == 0, "\(sound.output)")
            #expect(sound.error.contains("2 files: 0 errors, 0 warnings"))
            _ = try home.workflow(Self.cases.replacing("JOB", with: "s.k"), name: "a.test.yaml")
            let wrong = try await home.slipway(["lint", flow, file])
            #expect(wrong.code == 1)
            #expect(wrong.output.contains("a.test.yaml:3:35: error[unknown-reference]"))
            #expect(wrong.error.contains("2 files: 1 error, 0 warnings"), "\(wrong.output)")
            // What is wrong with the workflow is told once.
            _ = try home.workflow(Self.wrong, name: "a.yaml")
            let both = try await home.slipway(["lint", flow, file])
            #expect(both.error.contains("2 files: 1 error, 0 warnings"), "\(both.output)")
            let run = try await home.slipway(["expand", file])
            #expect(run.code == 64)
            #expect(run.error.contains("a.test.yaml:1:1: error[unknown-key]: this is a test file"))
            #expect(run.error.contains("slipway test FILE"))
            let test = try await home.slipway(["test", flow])
            #expect(test.code == 64)
            #expect(test.error.contains("a.yaml:1:1: error[unknown-key]: this is a workflow"))
            #expect(!test.error.contains("missing-key"), "\(test.error)")
        }
    }

    @Test("approvers of a pause are warned of, since nobody else than the starter has the home")
    func approvers() async throws {
        try await TestHome.withPrograms { home in
            let file = try home.workflow(
                Self.sound.replacing(
                    "stages: [", with: "stages: [{name: p, type: pause, approvers: [ada]}, "))
            let result = try await home.slipway(["lint", file])
            #expect(result.code == 0)
            #expect(result.output.contains(":3:33: warning[unapprovable]: "), "\(result.output)")
            #expect(result.output.contains("nobody can approve it; leave 'approvers' out"))
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
