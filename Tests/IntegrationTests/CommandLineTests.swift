import Domain
import Storage
import TestSupport
import Testing

/// The command line as people and programs use it.
struct CommandLineTests {
    private static let verbs = [
        ["run"], ["lint"], ["show"], ["runs"], ["logs"], ["cancel"], ["image"],
        ["image", "import"], ["image", "list"], ["image", "inspect"], ["image", "remove"],
        ["artifact"], ["artifact", "list"], ["artifact", "get"], ["doctor"], ["version"],
    ]

    @Test("every verb explains itself", arguments: verbs)
    func help(verb: [String]) async throws {
        try await TestHome.with { home in
            let result = try await home.slipway(verb + ["--help"])
            #expect(result.code == 0)
            #expect(result.error.isEmpty)
            #expect(result.output.hasPrefix("OVERVIEW: "))
            #expect(result.output.contains("USAGE: slipway \(verb.joined(separator: " "))"))
            // To ask for help makes no home.
            #expect(!Files.exists(home.path))
        }
    }

    @Test("the overview lists the verbs and how to begin")
    func overview() async throws {
        try await TestHome.with { home in
            for words in [[], ["--help"]] {
                let result = try await home.slipway(words)
                #expect(result.code == 0)
                for verb in Self.verbs where verb.count == 1 {
                    #expect(result.output.contains("\n  \(verb[0]) "), "\(verb)")
                }
                #expect(result.output.contains("SLIPWAY_HOME"))
                #expect(!result.output.contains("hook-worker"))
            }
        }
    }

    @Test(
        "what is not understood ends with 64 and says so on standard error",
        arguments: [
            ["nonsense"], ["run"], ["run", "a", "b"], ["run", "--nonsense", "a"],
            ["logs"], ["runs", "--limit", "0"], ["runs", "--limit", "x"],
            ["show", "-o", "xml"], ["image", "nonsense"], ["image", "inspect", "Not A Name"],
            ["artifact", "get", "1"], ["run", "f.yaml", "--progress", "loud"],
            ["run", "f.yaml", "--parallel", "0"],
        ])
    func usage(words: [String]) async throws {
        try await TestHome.with { home in
            let result = try await home.slipway(words)
            #expect(result.code == 64)
            #expect(result.output.isEmpty)
            #expect(["Error: ", "slipway: "].contains { result.error.contains($0) })
        }
    }

    @Test("the version in both forms")
    func version() async throws {
        try await TestHome.with { home in
            let plain = try await home.slipway(["version"])
            #expect(plain.output.hasPrefix("slipway 0."))
            #expect(try await home.slipway(["--version"]).output == plain.output)
            let json = try JSONParser.parse(
                try await home.slipway(["version", "-o", "json"]).output.utf8)
            #expect("slipway \(json["version"]?.stringValue ?? "")\n" == plain.output)
        }
    }

    @Test("doctor finds that this machine can run jobs")
    func doctor() async throws {
        try await TestHome.with { home in
            let result = try await home.slipway(["doctor", "-o", "json"])
            #expect(result.code == 0, "\(result.output)")
            let findings = try JSONParser.parse(result.output.utf8).arrayValue ?? []
            let names = Set(findings.compactMap { $0["name"]?.stringValue })
            #expect(
                names.isSuperset(of: [
                    "user", "runc", "conmon", "overlayfs", "cgroups", "seccomp", "disk",
                ]))
            let table = try await home.slipway(["doctor"])
            #expect(table.output.contains("conmon"))
        }
    }

    // MARK: Progress

    private static let workflow = Flow.stages([
        Flow.stage(
            "work", jobs: [Flow.job("good", "sleep 0.3; echo fine"), Flow.job("bad", "exit 3")])
    ])

    @Test("plain progress: a line a change, and a summary of what failed")
    func plain() async throws {
        try await TestHome.busy { home in
            let file = try home.workflow(Self.workflow)
            let result = try await home.slipway(["run", "--progress", "plain", file])
            #expect(result.code == 1)
            #expect(result.output.isEmpty)
            for text in [
                "run 1 of test: started", "stage work: started, 2 jobs", "  work.good: running",
                "  work.good: succeeded after", "  work.bad: failed after",
                "slipway explain work.bad --run 1",
            ] {
                #expect(result.error.contains(text), "\(result.error)")
            }
            #expect(!result.error.contains("\u{1b}"))
            // In the job's line and in the summary, not in those of its stage and its run.
            #expect(result.error.split(separator: "exit code 3").count == 3, "\(result.error)")
        }
    }

    @Test("JSON progress: an object a line, from the first event to the last")
    func json() async throws {
        try await TestHome.busy { home in
            let file = try home.workflow(Flow.script("true"))
            let result = try await home.slipway(
                ["run", "--progress", "json", "-o", "json", file])
            #expect(result.code == 0)
            let document = try JSONParser.parse(result.output.utf8)
            #expect(document["state"] == "succeeded")
            let events = try result.error.utf8.split(separator: 0x0a)
                .map { try JSONParser.parse($0) }
            #expect(events.first?["type"] == "started")
            #expect(events.last?["type"] == "run-ended")
            #expect(events.contains { $0["label"] == "work.it" })
        }
    }

    @Test("quiet: nothing at all, but for the exit code")
    func quiet() async throws {
        try await TestHome.busy { home in
            let file = try home.workflow(Self.workflow)
            let result = try await home.slipway(["run", "--progress", "quiet", file])
            #expect(result.code == 1)
            #expect(result.output.isEmpty)
            #expect(result.error.isEmpty)
        }
    }

    @Test(
        "a terminal gets a live view, in colour unless NO_COLOR says otherwise",
        arguments: [false, true])
    func terminal(isPlain: Bool) async throws {
        try await TestHome.busy { home in
            let file = try home.workflow(Self.workflow)
            let program = try BuiltProduct.path("slipway")
            var environment = home.environment(["TERM": "xterm"])
            if isPlain { environment["NO_COLOR"] = "1" }
            let result = try await Program.run(
                "/usr/bin/script",
                ["-qec", "'\(program)' run '\(file)'", "/dev/null"], environment: environment)
            #expect(result.code == 1)
            #expect(result.output.contains("work.bad"))
            // The cursor goes up to draw the next frame over the last one.
            #expect(result.output.contains("\u{1b}["))
            #expect(result.output.contains("\u{1b}[31m") == !isPlain, "\(result.output)")
        }
    }

    @Test("a dumb terminal gets plain lines")
    func dumb() async throws {
        try await TestHome.busy { home in
            let file = try home.workflow(Flow.script("true"))
            let program = try BuiltProduct.path("slipway")
            let result = try await Program.run(
                "/usr/bin/script", ["-qec", "'\(program)' run '\(file)'", "/dev/null"],
                environment: home.environment(["NO_COLOR": "1"]))
            #expect(result.output.contains("stage work: started, 1 job"))
            #expect(!result.output.contains("\u{1b}["))
        }
    }

    @Test("a log on a terminal cannot command it; in a pipe it is unaltered")
    func harmless() async throws {
        try await TestHome.busy { home in
            try await home.succeed(Flow.script("printf 'a\\033]0;title\\007b\\033[2Jc\\n'"))
            #expect(try await home.log() == "a\u{1b}]0;title\u{7}b\u{1b}[2Jc\n")
            let program = try BuiltProduct.path("slipway")
            let shown = try await Program.run(
                "/usr/bin/script", ["-qec", "'\(program)' logs last", "/dev/null"],
                environment: home.environment(["NO_COLOR": "1", "TERM": "xterm"]))
            #expect(!shown.output.contains("\u{1b}"))
            #expect(!shown.output.contains("\u{7}"))
        }
    }
}
