import Domain
import Storage
import TestSupport
import Testing

/// Completion as the generated scripts ask for it, and the scripts themselves.
struct CompletionTests {
    private static let text = """
        slipway: 1
        name: release
        secrets: [TOKEN]
        stages:
          - name: begin
            type: start
            inputs:
              T_BRANCH: {default: main, description: what to build}
              T_MODE: {enum: [fast, whole], default: fast}
              T_NONE: {}
          - name: build
            jobs:
              - {name: compile, component: library/gcc:12, outputs: [VERSION]}
          - {name: agree, type: pause}
          - name: test
            run: parallel
            jobs:
              - {name: unit, component: library/tester, shards: 3}
              - {name: lint, component: library/linter, matrix: {T_A: [x, $(id), z]}}
        """

    /// What the script of a shell is told for the last of some words.
    private static func ask(
        _ argument: String, verb: [String], _ words: [String], shell: String = "bash",
        in home: TestHome
    ) async throws -> [String] {
        let line = ["slipway"] + verb + words
        let cursor = words.last?.count ?? 0
        let result = try await home.slipway(
            ["---completion"] + verb
                + ["--", argument, String(line.count - 1), String(cursor)] + line,
            environment: ["SAP_SHELL": shell])
        #expect(result.code == 0)
        #expect(result.error.isEmpty, "\(result.error)")
        return result.output.split(separator: "\n").map(String.init)
    }

    @Test("inputs come with defaults and choices, and notes where the shell shows them")
    func inputs() async throws {
        try await TestHome.with { home in
            let file = try home.workflow(Self.text)
            #expect(
                try await Self.ask("-i", verb: ["run"], [file, "-i", ""], in: home)
                    == ["T_BRANCH=main", "T_MODE=fast", "T_MODE=whole", "T_NONE="])
            #expect(
                try await Self.ask(
                    "-i", verb: ["run"], [file, "-i", "T_B"], shell: "fish", in: home)
                    == ["T_BRANCH=main\twhat to build"])
            #expect(
                try await Self.ask("--secret", verb: ["run"], [file, "--secret", ""], in: home)
                    == ["TOKEN=env:TOKEN"])
            // Looking makes no home.
            #expect(!Files.exists(home.path))
        }
    }

    @Test("jobs of a file, its legs, outputs and pauses; what a shell would run is left out")
    func jobs() async throws {
        try await TestHome.with { home in
            let file = try home.workflow(Self.text)
            func ask(_ option: String) async throws -> [String] {
                try await Self.ask(option, verb: ["simulate"], [file, option, ""], in: home)
            }
            #expect(
                try await ask("--fail") == [
                    "build.compile", "test.unit", "test.lint", "test.unit[0]", "test.unit[1]",
                    "test.unit[2]", "test.lint[T_A=x]", "test.lint[T_A=z]",
                ])
            #expect(try await ask("--output") == ["build.compile.VERSION="])
            #expect(try await ask("--reject") == ["agree"])
        }
    }

    @Test("no home, no file, no such run, a file that is not valid: no words, and no complaint")
    func silent() async throws {
        try await TestHome.with { home in
            let wrong = try home.workflow("slipway: 1\nstages: no\n")
            #expect(try await Self.ask("positional@0", verb: ["show"], [""], in: home).isEmpty)
            #expect(try await Self.ask("-i", verb: ["run"], ["/no", "-i", ""], in: home).isEmpty)
            #expect(try await Self.ask("-i", verb: ["run"], [wrong, "-i", ""], in: home).isEmpty)
            #expect(!Files.exists(home.path))
            // One with a home and no runs.
            _ = try await home.slipway(["runs"])
            #expect(
                try await Self.ask("positional@1", verb: ["logs"], ["7", ""], in: home).isEmpty)
            #expect(
                try await Self.ask("--from", verb: ["rerun"], ["--from", ""], in: home).isEmpty)
            // A damaged one.
            try Files.writeFile("\(home.path)/slipway.db", Array("no database".utf8))
            #expect(try await Self.ask("positional@0", verb: ["show"], [""], in: home).isEmpty)
        }
    }

    @Test("explain offers rules and keys without a home")
    func explained() async throws {
        try await TestHome.with { home in
            let words = try await Self.ask("positional@0", verb: ["explain"], ["un"], in: home)
            #expect(words.contains("unknown-key"))
            #expect(words.allSatisfy { $0.hasPrefix("un") })
        }
    }

    @Test(
        "the script says how to install it, and what it completes",
        arguments: ["bash", "zsh", "fish"])
    func scripts(shell: String) async throws {
        try await TestHome.with { home in
            let script = try await home.slipway(["completion", shell])
            #expect(script.code == 0)
            #expect(script.output.contains("# to install it: "))
            #expect(script.output.contains("slipway completion \(shell)"))
            #expect(script.output.contains("---completion logs -- positional@1"))
            #expect(!script.output.contains("hook-worker"))
            if shell == "zsh" { #expect(script.output.hasPrefix("#compdef slipway\n")) }
            if shell == "bash" {
                let file = try home.workflow(script.output, name: "completion.bash")
                let checked = try await Program.run("/bin/bash", ["-n", file])
                #expect(checked.code == 0, "\(checked.error)")
            }
        }
    }

    @Test("the shell of the user is taken where none is named, and another one is refused")
    func shellOfUser() async throws {
        try await TestHome.with { home in
            let mine = try await home.slipway(
                ["completion"], environment: ["SHELL": "/usr/bin/fish"])
            #expect(mine.output.contains("completion fish"))
            let other = try await home.slipway(["completion"], environment: ["SHELL": "/bin/tcsh"])
            #expect(other.code == 64)
            #expect(other.error.contains("name one: slipway completion bash"))
        }
    }

    @Test("bash itself completes with it")
    func bash() async throws {
        try await TestHome.with { home in
            let file = try home.workflow(Self.text)
            let program = try BuiltProduct.path("slipway")
            let folder = PathText.folder(of: program)
            let script = """
                PATH='\(folder)':$PATH
                source <(slipway completion bash)
                COMP_WORDS=(slipway simulate '\(file)' --fail build.)
                COMP_CWORD=4
                COMP_LINE="${COMP_WORDS[*]}"
                COMP_POINT=${#COMP_LINE}
                _slipway slipway build. --fail
                printf '%s\\n' "${COMPREPLY[@]}"
                """
            let result = try await Program.run(
                "/bin/bash", ["-c", script], environment: home.environment())
            #expect(result.output == "build.compile\n", "\(result.error)")
        }
    }
}
