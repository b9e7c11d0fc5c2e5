import Domain
import Glibc
import Storage
import TestSupport
import Testing

/// `slipway replay`: one job as it ran, compared (docs/decisions/0021).
struct ReplayTests {
    private static func replay(
        _ home: TestHome, _ options: [String] = [], job: String = "work.it",
        environment: [String: String] = [:]
    ) async throws -> (code: Int32, document: JSONValue, error: String) {
        let result = try await home.slipway(
            ["replay", "last", job, "-o", "json"] + options, environment: environment)
        return (
            result.code, result.output.isEmpty ? .null : try JSONParser.parse(result.output.utf8),
            result.error
        )
    }

    private static func differing(_ document: JSONValue) -> [String] {
        (document["differences"]?.arrayValue ?? []).compactMap { $0["what"]?.stringValue }
    }

    @Test("what depends on nothing but what is recorded comes out the same; nothing is written")
    func same() async throws {
        try await TestHome.busy { home in
            let report = try await home.run(
                Flow.stages([
                    Flow.stage(
                        "make",
                        jobs: [Flow.job("it", "echo made >out", "produces: {file: out}")]),
                    Flow.stage(
                        "work",
                        jobs: [
                            Flow.job(
                                "it",
                                """
                                echo "run $T_RUN_ID $T_RUN_NUMBER $T_ATTEMPT $T_B"
                                echo "R=$T_RUN_ID $T_DATA" >$T_RESULT_FILE
                                mkdir d; cat $T_ARTIFACTS/file >d/x; chmod 755 d/x
                                """,
                                "before: input.T_B = \"hook\"\nafter: output.R = \"hook\"\n"
                                    + "outputs: [R]\nconsumes: {file: make.it.file}\n"
                                    + "produces: {folder: d}")
                        ]),
                ]))
            #expect(report.code == 0, "\(report.error)")
            let before = try await home.show()
            let replayed = try await Self.replay(home)
            #expect(replayed.code == 0, "\(replayed.error)")
            #expect(replayed.document["same"] == true)
            #expect(replayed.document["differences"] == [])
            let log = try await home.log()
            #expect(replayed.error == "│ \(log)")
            let text = try await home.slipway(["replay", "last", "work.it"])
            #expect(
                text.output
                    == "work.it of run 1, attempt 1: the same: succeeded, 1 output, 1 artifact\n")
            #expect(try await home.show() == before)
            let runs = try JSONParser.parse(
                try await home.slipway(["runs", "-o", "json"]).output.utf8)
            #expect(runs.arrayValue?.count == 1)
        }
    }

    @Test("what differs is named, and the code says so")
    func differs() async throws {
        try await TestHome.busy { home in
            try await home.succeed(
                Flow.script(
                    """
                    u=$(cat /proc/sys/kernel/random/uuid); echo $u >out
                    printf 'U=%s\\nC=same\\n' $u >$T_RESULT_FILE
                    """, job: "outputs: [U, C]\nproduces: {file: out}"))
            let replayed = try await Self.replay(home)
            #expect(replayed.code == 1, "\(replayed.error)")
            #expect(Self.differing(replayed.document) == ["output U", "artifact file"])
            #expect(replayed.document["recorded"]?["outputs"]?["C"] == "same")
            let text = try await home.slipway(["replay", "last", "work.it"])
            #expect(text.code == 1)
            #expect(text.output.contains("2 differ\nDIFFERS        RECORDED"))
        }
    }

    @Test("a failure, a time limit and each attempt of several are judged as they were")
    func failures() async throws {
        try await TestHome.busy { home in
            let report = try await home.run(
                Flow.stages([
                    Flow.stage(
                        "work", "run: parallel",
                        jobs: [
                            Flow.job(
                                "it", "echo N=$T_ATTEMPT >$T_RESULT_FILE; exit $T_ATTEMPT",
                                "outputs: [N]\n"
                                    + "retry: {attempts: 3, backoff: 10ms, on: [failed]}"),
                            Flow.job("late", MeaningTests.untilTold, "timeout: 3s"),
                            Flow.job("word", "echo '[T_RESULT] T_RESULT = false'"),
                        ])
                ]))
            #expect(report.code == 1)
            for job in ["work.it", "work.late", "work.word"] {
                let replayed = try await Self.replay(home, job: job)
                #expect(replayed.code == 0, "\(job): \(replayed.document) \(replayed.error)")
            }
            let second = try await Self.replay(home, ["--attempt", "2"])
            #expect(second.code == 0, "\(second.error)")
            #expect(second.document["replayed"]?["exitCode"] == 2)
            #expect(second.document["replayed"]?["outputs"]?["N"] == "2")
            let none = try await Self.replay(home, ["--attempt", "9"])
            #expect(none.code == 1)
            #expect(none.error.contains("has no attempt 9 that came to run"))
        }
    }

    @Test("a signal stops it, and nothing is compared or left")
    func stopped() async throws {
        try await TestHome.busy { home in
            // Somebody let it go in its run; nobody does so now.
            _ = try await ExecTests.enter(
                home, Flow.script("trap 'exit 1' TERM; \(ExecTests.waiting)")
            ) {}
            let program = try home.start(["replay", "last", "work.it"])
            let isReady: Bool? = try await eventually {
                try program.complained().contains("│ ready") ? true : nil
            }
            #expect(isReady == true)
            program.signal(SIGINT)
            let result = try await program.wait()
            #expect(result.code == 7, "\(result.error)")
            #expect(result.output == "")
            #expect(result.error.contains("stopped; nothing was compared"))
            try await home.expectNothingLeft()
        }
    }

    @Test("secrets are given again, and are masked in what is shown")
    func secrets() async throws {
        try await TestHome.busy { home in
            try await home.succeed(
                Flow.script(
                    "echo \"token $T_TOKEN\"; printf 'at last hid'; "
                        + "printf %s \"${T_TOKEN%lue}\" >&2",
                    job: "inputs: {T_TOKEN: \"${secrets.TOKEN}\"}",
                    file: "secrets: [TOKEN]"),
                ["--secret", "TOKEN=env:HOME"])
            #expect(try await Self.replay(home).code == 64)
            let replayed = try await Self.replay(
                home, ["--secret", "TOKEN=env:MY_TOKEN"],
                environment: ["MY_TOKEN": "hidden-value"])
            #expect(replayed.code == 0)
            // Lines without an end too: whole, but for what may be half a secret.
            let lines = replayed.error.split(separator: "\n").sorted()
            #expect(lines == ["│ ***", "│ at last hid", "│ token ***"])
        }
    }

    @Test("why it could not be started is masked as well", arguments: ["replay", "debug"])
    func secretsOfServices(verb: String) async throws {
        try await TestHome.busy { home in
            let report = try await home.run(
                Flow.brokenService("echo \"token $T_TOKEN\"; exit 3"),
                ["--secret", "TOKEN=env:MY_TOKEN"], environment: ["MY_TOKEN": "hidden-value"])
            #expect(report.state == "errored")
            let again = try await home.slipway(
                [verb, "last", "work.it", "--secret", "TOKEN=env:MY_TOKEN"],
                environment: ["MY_TOKEN": "hidden-value"])
            #expect(again.code != 0)
            #expect(again.error.contains("token ***"), "\(again.error)")
            #expect(!again.error.contains("hidden-value"))
        }
    }

    @Test("the source, the image and the caches are those of the run, not those of now")
    func recordedContent() async throws {
        try await TestHome.busy { home in
            let keys = "produces: {all: .}\ncaches: [{key: k, paths: [.c]}]"
            let script = "mkdir -p .c; echo x >>.c/n"
            for _ in 1...2 {
                let report = try await KeepFailedTests.runWithSource(home, script, job: keys)
                #expect(report.code == 0, "\(report.error)")
            }
            try Files.writeFile("\(home.folder)/src/a", "changed".utf8)
            let replayed = try await Self.replay(home)
            #expect(replayed.code == 0, "\(replayed.document) \(replayed.error)")
            // It kept nothing: the cache is as the second run left it.
            let third = try await KeepFailedTests.runWithSource(
                home, "cat .c/n", job: "caches: [{key: k, paths: [.c]}]")
            #expect(third.code == 0)
            #expect(try await home.log().contains("x\nx\n"))
        }
    }

    @Test("what cannot be run is an error of the machine's, not a difference")
    func errored() async throws {
        try await TestHome.busy { home in
            try await home.succeed(Flow.script("true"))
            #expect(try await home.slipway(["image", "remove", "busybox"]).code == 0)
            for layer in try Files.list("\(home.path)/layers") {
                try Files.removeTree("\(home.path)/layers/\(layer)")
            }
            let replayed = try await Self.replay(home)
            #expect(replayed.code == 2)
            #expect(replayed.document == .null)
            #expect(
                replayed.error.contains("bring it in again: slipway image import FILE library/"))
        }
    }
}
