import Domain
import TestSupport
import Testing

/// `slipway explain JOB` of runs in real containers.
struct ExplainTests {
    private static let text = Flow.stages(
        [
            Flow.start("inputs: {T_MODE: {default: bad}}"),
            Flow.stage(
                "build",
                jobs: [
                    Flow.job(
                        "make", "echo x >app; echo '[T_RESULT] VERSION = 7'",
                        "outputs: [VERSION]\nproduces: {binary: app}")
                ]),
            Flow.stage(
                "test", "run: parallel",
                jobs: [
                    Flow.job(
                        "unit", "cat \"$T_ARTIFACTS/binary\"; [ \"$T_MODE\" = good ]",
                        """
                        consumes: {binary: build.make.binary}
                        inputs: {T_MODE: "${inputs.T_MODE}", T_V: "${build.make.VERSION}", T_KEY: "${secrets.TOKEN}"}
                        before: |
                          input.T_EXTRA = "from before"
                        """)
                ]),
            Flow.stage("deploy", jobs: [Flow.job("ship", "true")]),
        ], file: "secrets: [TOKEN]")

    private static let secret = ["--secret", "TOKEN=env:TOKEN"]
    private static let token = ["TOKEN": "tr0ub4dor-secret"]

    @Test("why a job failed, what it was given, and from where; a secret is never told")
    func failure() async throws {
        try await TestHome.busy { home in
            let report = try await home.run(Self.text, Self.secret, environment: Self.token)
            #expect(report.state == "failed")
            let told = try await home.slipway(["explain", "test.unit"])
            #expect(told.code == 0, "\(told.error)")
            #expect(told.output.hasPrefix("test.unit of run 1 (test): ✘ failed\n"))
            #expect(!told.output.contains("tr0ub4dor"))
            let answer = try await home.slipway(["explain", "test.unit", "-o", "json"])
            let json = try JSONParser.parse(answer.output.utf8)
            let inputs = json["inputs"]?.arrayValue ?? []
            func input(_ name: String) -> JSONValue? {
                inputs.first { $0["name"] == .string(name) }
            }
            #expect(input("T_MODE")?["value"] == "bad")
            #expect(input("T_V")?["references"] == ["build.make.VERSION"])
            #expect(input("T_EXTRA")?["origin"] == "before")
            #expect(input("T_KEY")?["value"] == "***")
            let made = try report.job("build.make").digest(of: "binary")
            let consumed = json["consumes"]?.arrayValue?.first?["artifacts"]?.arrayValue?.first
            #expect(consumed?["digest"]?.stringValue == made)
            #expect(made != nil)
            #expect(json["attempts"]?.arrayValue?.first?["exitCode"] == 1)
            #expect(
                json["images"]?.arrayValue?.first?["digest"]?.stringValue?.hasPrefix("sha256:")
                    == true)
            let ship = try await home.slipway(["explain", "deploy.ship", "--run", "1"])
            #expect(ship.output.contains("because stage test failed: test.unit failed"))
        }
    }

    @Test("a job that an earlier run made says which")
    func reused() async throws {
        try await TestHome.busy { home in
            _ = try await home.run(Self.text, Self.secret, environment: Self.token)
            let again = try await home.slipway(
                ["rerun", "last", "--failed", "-i", "T_MODE=good"] + Self.secret,
                environment: Self.token)
            #expect(again.code == 0, "\(again.error)")
            #expect(again.error.contains("reused from run 1"))
            let make = try await home.slipway(["explain", "build.make"])
            #expect(make.output.contains("reused from run 1: nothing was run"))
            let unit = try await home.slipway(["explain", "test.unit", "--run", "last"])
            #expect(unit.output.contains("build.make.binary, reused from run 1 "))
        }
    }

    @Test("a word with several meanings lists them; a slip gets a suggestion")
    func words() async throws {
        try await TestHome.busy { home in
            try await home.succeed(
                Flow.stages([Flow.stage("job", jobs: [Flow.job("retry", "true")])]))
            let both = try await home.slipway(["explain", "job.retry"])
            #expect(both.code == 64)
            #expect(both.error.contains("slipway explain job.retry --as key"))
            #expect(both.error.contains("slipway explain job.retry --as job"))
            let key = try await home.slipway(["explain", "job.retry", "--as", "key"])
            #expect(key.output.contains("When an attempt is made again."))
            let job = try await home.slipway(["explain", "job.retry", "--run", "last"])
            #expect(job.output.hasPrefix("job.retry of run 1 (test): ✔ succeeded"))
            let slip = try await home.slipway(["explain", "job.retri", "--run", "1"])
            #expect(slip.code == 3)
            #expect(slip.error.contains("did you mean 'job.retry'?"))
        }
    }

    @Test("completion asks the home: runs, their jobs, stages, artifacts, images")
    func completion() async throws {
        try await TestHome.busy { home in
            _ = try await home.run(Self.text, Self.secret, environment: Self.token)
            func ask(_ argument: String, _ verb: [String], _ words: [String]) async throws
                -> [String]
            {
                let line = ["slipway"] + verb + words
                let result = try await home.slipway(
                    ["---completion"] + verb
                        + ["--", argument, String(line.count - 1), String(words.last?.count ?? 0)]
                        + line,
                    environment: ["SAP_SHELL": "fish"])
                #expect(result.error.isEmpty)
                return result.output.split(separator: "\n").map(String.init)
            }
            #expect(
                try await ask("positional@0", ["show"], [""])
                    == ["1\ttest, failed", "last\trun 1 of test"])
            #expect(try await ask("positional@0", ["resume"], [""]).isEmpty)
            #expect(try await ask("positional@0", ["approve"], [""]).isEmpty)
            #expect(
                try await ask("positional@0", ["cache", "explain"], [""])
                    == ["1\ttest, failed", "last\trun 1 of test"])
            #expect(
                try await ask("positional@1", ["logs"], ["1", ""]).map { $0.prefix { $0 != "\t" } }
                    == ["build.make", "test.unit", "deploy.ship"])
            #expect(
                try await ask("--from", ["rerun"], ["last", "--from", ""]).map {
                    $0.prefix { $0 != "\t" }
                } == ["build", "test", "deploy"])
            #expect(
                try await ask("positional@2", ["artifact", "get"], ["1", "build.make", ""])
                    == ["binary\tfile, 2 B"])
            #expect(
                try await ask("positional@0", ["image", "inspect"], [""]).contains {
                    $0.hasPrefix("busybox:")
                })
            #expect(
                try await ask("positional@0", ["explain"], ["build."]).contains(
                    "build.make\tbusybox"))
        }
    }
}
