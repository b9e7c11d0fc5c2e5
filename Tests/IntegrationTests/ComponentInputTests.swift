import Domain
import TestSupport
import Testing

/// What a component is given (DESIGN §3, "In").
struct ComponentInputTests {
    @Test("the reserved variables are all there, and tell of this attempt")
    func reserved() async throws {
        try await TestHome.busy { home in
            let report = try await home.succeed(
                Flow.script("env | grep -E '^(T_|CI=)' | sort | grep -v '^T_DATA='"))
            #expect(
                try await home.logLines() == [
                    "CI=true", "T_ARTIFACTS=/slipway/artifacts", "T_ATTEMPT=1", "T_JOB=it",
                    "T_REPORTS=/slipway/reports", "T_RESULT_FILE=/slipway/result",
                    "T_RUN_ID=\(report.id ?? "")", "T_RUN_NUMBER=1", "T_STAGE=work",
                    "T_WORKSPACE=/slipway/work",
                ])
        }
    }

    @Test("shards know which one they are, of how many")
    func shards() async throws {
        try await TestHome.busy { home in
            try await home.succeed(
                Flow.script("echo $T_SHARD_INDEX of $T_SHARD_COUNT", job: "shards: 3"))
            for shard in 0..<3 {
                #expect(try await home.log("work.it[\(shard)]") == "\(shard) of 3\n")
            }
        }
    }

    @Test("the working folder is empty, writable, and where the program starts")
    func folders() async throws {
        try await TestHome.busy { home in
            try await home.succeed(
                Flow.script(
                    """
                    test "$(pwd)" = "$T_WORKSPACE"
                    test -z "$(ls -A)"
                    touch here "$T_REPORTS/there"
                    test -z "$(ls -A "$T_ARTIFACTS")"
                    test -z "${T_SOURCE_DIR:-}"
                    test ! -e /slipway/source
                    """))
        }
    }

    @Test("T_DATA is one JSON object: run, stage, job, inputs, upstream outputs")
    func data() async throws {
        try await TestHome.busy { home in
            let report = try await home.succeed(
                Self.reading("printf '%s' \"$T_DATA\"", of: "echo '[T_RESULT] A = \"x\"'"))
            let data = try JSONParser.parse(try await home.log("use.it").utf8)
            #expect(
                data == [
                    "run": [
                        "id": .string(try #require(report.id)), "number": 1, "workflow": "test",
                        "commit": .null, "actor": "root",
                    ],
                    "stage": "use", "job": "it", "inputs": ["T_NOTE": "a \"b\"\nc"],
                    "outputs": [
                        "make.it": ["A": "\"x\""], "make.many": ["B": ["0", "1"]],
                        "make.never": [:],
                    ],
                ])
        }
    }

    @Test("above 96 KiB T_DATA is the path of a file that holds it")
    func largeData() async throws {
        try await TestHome.busy { home in
            try await home.succeed(
                Self.reading(
                    "test \"$T_DATA\" = /slipway/data.json\ncat \"$T_DATA\"",
                    of: """
                        for n in A1 A2; do
                          echo "$n=$(head -c 60000 /dev/zero | tr '\\0' x)" >>"$T_RESULT_FILE"
                        done
                        """, outputs: "A1, A2"))
            let data = try JSONParser.parse(try await home.log("use.it").utf8)
            for name in ["A1", "A2"] {
                let value = data["outputs"]?["make.it"]?[name]?.stringValue
                #expect(value == String(repeating: "x", count: 60_000))
            }
            #expect(data["stage"] == "use")
        }
    }

    /// A job that reads after three that made something, or did not.
    private static func reading(
        _ script: String, of maker: String, outputs: String = "A"
    ) -> String {
        Flow.stages([
            Flow.stage(
                "make", "run: parallel",
                jobs: [
                    Flow.job("it", maker, "outputs: [\(outputs)]"),
                    Flow.job(
                        "many", "echo \"[T_RESULT] B = $T_SHARD_INDEX\"",
                        "outputs: [B]\nshards: 2"),
                    Flow.job("never", "true", "outputs: [C]\nwhen: \"false\""),
                ]),
            Flow.stage(
                "use",
                jobs: [Flow.job("it", script, "inputs: {T_NOTE: \"a \\\"b\\\"\\nc\"}")]),
        ])
    }

    @Test(
        "inputs that no variable can hold fail the job, not the run's engine",
        arguments: [
            ("a value above 96 KiB", 98_305, 1), ("more than 1 MiB together", 98_000, 11),
        ])
    func tooLarge(fact: String, bytes: Int, count: Int) async throws {
        try await TestHome.busy { home in
            let inputs = (0..<count).map { "T_X\($0): \"${inputs.T_BIG}\"" }
                .joined(separator: ", ")
            let flow = Flow.stages([
                Flow.start("inputs: {T_BIG: {}}"),
                Flow.stage("work", jobs: [Flow.job("it", "true", "inputs: {\(inputs)}")]),
            ])
            let file = "\(home.folder)/inputs.json"
            let big = String(repeating: "x", count: bytes)
            try await home.write("{\"T_BIG\": \"\(big)\"}", to: file)
            let report = try await home.run(flow, ["--inputs-file", file])
            #expect(report.code == 1)
            let job = try report.job()
            #expect(job.state == "failed")
            #expect(job.reason?.hasPrefix("input-too-large: ") == true, "\(job.reason ?? "")")
        }
    }

    @Test("just under the limits all of it arrives")
    func largest() async throws {
        try await TestHome.busy { home in
            let inputs = (0..<10).map { "T_X\($0): \"${inputs.T_BIG}\"" }.joined(separator: ", ")
            let flow = Flow.stages([
                Flow.start("inputs: {T_BIG: {}}"),
                Flow.stage(
                    "work",
                    jobs: [
                        Flow.job("it", "echo ${#T_X0} ${#T_X9}", "inputs: {\(inputs)}")
                    ]),
            ])
            let file = "\(home.folder)/inputs.json"
            let big = String(repeating: "x", count: 98_304)
            try await home.write("{\"T_BIG\": \"\(big)\"}", to: file)
            try await home.succeed(flow, ["--inputs-file", file])
            #expect(try await home.log() == "98304 98304\n")
        }
    }

    @Test("names with dots and dashes are exported as they are, and with '_'")
    func names() async throws {
        try await TestHome.busy { home in
            // Not by a shell, which hands on only what it can hold itself.
            try await home.succeed(
                Flow.stages([
                    "- name: work\n  jobs:\n    - {name: it, component: busybox, command: [env], "
                        + "inputs: {T_APP.VERSION-FULL: \"1.4\"}}"
                ]))
            let lines = try await home.logLines()
            #expect(lines.contains("T_APP.VERSION-FULL=1.4"))
            #expect(lines.contains("T_APP_VERSION_FULL=1.4"))
        }
    }

    @Test("a job's own inputs win over env; what `before` sets wins over both")
    func precedence() async throws {
        try await TestHome.busy { home in
            try await home.succeed(
                Flow.script(
                    "echo $T_A $T_B $T_C",
                    job: "inputs: {T_B: job, T_C: job}\nbefore: input.T_C = \"hook\"",
                    file: "env: {T_A: env, T_B: env, T_C: env}"))
            #expect(try await home.log() == "env job hook\n")
        }
    }

    @Test("script and command are literal: references are not expanded there")
    func literal() async throws {
        try await TestHome.busy { home in
            let report = try await home.run(
                Flow.script("X=1; echo \"${X} $HOME\""))
            #expect(report.code == 0, "\(report.error)")
            #expect(try await home.log() == "1 /root\n")
        }
    }
}
