import Domain
import TestSupport
import Testing

/// What a component gives (DESIGN §3, "Out" and "Verdict").
struct ComponentOutputTests {
    struct Output: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let script: String
        let expected: String?

        init(_ fact: String, _ script: String, _ expected: String?) {
            (testDescription, self.script, self.expected) = (fact, script, expected)
        }
    }

    @Test(
        "outputs come from lines and from the file",
        arguments: [
            Output("a line on standard output", "echo '[T_RESULT] A = one'", "one"),
            Output("a line on standard error", "echo '[T_RESULT] A = one' >&2", "one"),
            Output("the first '=' splits", "echo '[T_RESULT] A = b = c'", "b = c"),
            Output("nothing behind '='", "echo '[T_RESULT] A ='", ""),
            Output(
                "the last write of a stream wins",
                "echo '[T_RESULT] A = 1'; echo '[T_RESULT] A = 2'", "2"),
            Output(
                "standard output wins over standard error",
                "echo '[T_RESULT] A = 1'; echo '[T_RESULT] A = 2' >&2", "1"),
            Output(
                "colours before the marker and a CR at the end do not matter",
                "printf '\\033[1;32m[T_RESULT] A = one\\033[0m\\r\\n'", "one"),
            Output("a last line without an end", "printf '[T_RESULT] A = one'", "one"),
            Output(
                "a marker in the middle of a line is just text",
                "echo 'they say [T_RESULT] A = spoofed'", nil),
            Output("a marker behind a blank is just text", "echo ' [T_RESULT] A = x'", nil),
            Output("the file", "echo 'A=one' >\"$T_RESULT_FILE\"", "one"),
            Output(
                "the file wins over lines that come later",
                "echo A=file >>\"$T_RESULT_FILE\"; echo '[T_RESULT] A = line'", "file"),
            Output(
                "several lines in the file, until their mark",
                "printf 'A<<END\\nfirst\\n[T_RESULT] A = no\\nEND\\n' >\"$T_RESULT_FILE\"",
                "first\n[T_RESULT] A = no"),
            Output(
                "a line of 60 KiB, which the log holds in pieces",
                "echo \"[T_RESULT] A = $(head -c 61440 /dev/zero | tr '\\0' x)\"",
                String(repeating: "x", count: 61_440)),
            Output(
                "a line above 64 KiB does not count",
                "echo \"[T_RESULT] A = $(head -c 70000 /dev/zero | tr '\\0' x)\"", nil),
        ])
    func outputs(output: Output) async throws {
        try await TestHome.busy { home in
            let report = try await home.succeed(
                Flow.script(output.script, job: "outputs: [A]"))
            #expect(try report.job().output("A") == output.expected)
        }
    }

    @Test("an output that is not declared does not travel on, and a warning names it")
    func undeclared() async throws {
        try await TestHome.busy { home in
            let report = try await home.succeed(
                Flow.script("echo '[T_RESULT] B = 1'; echo '[T_RESULT] A = 2'", job: "outputs: [A]")
            )
            #expect(try report.job().outputs == ["A": "2"])
            #expect(report.error.contains("warning"))
            #expect(report.error.contains("B"))
        }
    }

    @Test(
        "the verdict",
        arguments: [
            ("exit code 0", "true", "succeeded", nil as String?, 0 as Int64),
            ("an exit code that is not 0", "exit 3", "failed", "exit code 3", 3),
            (
                "a verdict of its own", "echo '[T_RESULT] T_RESULT = false'", "failed",
                "T_RESULT = false", 0
            ),
            (
                "a false verdict on standard error",
                "echo '[T_RESULT] T_RESULT = false' >&2; echo '[T_RESULT] T_RESULT = true'",
                "failed", "T_RESULT = false", 0
            ),
            (
                "a verdict that was taken back",
                "echo '[T_RESULT] T_RESULT = false'; echo '[T_RESULT] T_RESULT = true'",
                "succeeded", nil, 0
            ),
            (
                "the file's verdict wins",
                "echo '[T_RESULT] T_RESULT = false'; echo T_RESULT=true >>\"$T_RESULT_FILE\"",
                "succeeded", nil, 0
            ),
            ("a command that is not there", "nosuchthing", "failed", "127", 127),
            ("a signal", "kill -9 $$", "failed", nil, 137),
        ])
    func verdict(
        fact: String, script: String, state: String, reason: String?, code: Int64
    ) async throws {
        // The first process of a container gets no signal from inside.
        let script = fact == "a signal" ? "sh -c '\(script)'" : script
        try await TestHome.busy { home in
            let report = try await home.run(Flow.script(script))
            #expect(report.code == (state == "succeeded" ? 0 : 1), "\(report.error)")
            let job = try report.job()
            #expect(job.state == state)
            #expect(job.exitCode == code)
            if let reason { #expect(job.reason?.contains(reason) == true, "\(job.reason ?? "")") }
        }
    }

    @Test("a program that the image lacks is the job's own fault")
    func noProgram() async throws {
        try await TestHome.busy { home in
            let report = try await home.run(
                Flow.stages([
                    "- name: work\n"
                        + "  jobs: [{name: it, component: busybox, command: [/no/such]}]"
                ]))
            #expect(report.code == 1)
            #expect(try report.job().state == "failed")
            #expect(try report.job().reason?.contains("/no/such") == true)
        }
    }

    @Test("a declared output that is missing fails its consumer, unless it has a default")
    func missing() async throws {
        try await TestHome.busy { home in
            let report = try await home.run(
                Flow.stages([
                    Flow.stage(
                        "make", jobs: [Flow.job("it", "true", "outputs: [A]")]),
                    Flow.stage(
                        "use", "run: parallel",
                        jobs: [
                            Flow.job("with", "true", "inputs: {T_A: \"${make.it.A}\"}"),
                            Flow.job(
                                "without", "test \"$T_A\" = other",
                                "inputs: {T_A: \"${make.it.A:-other}\"}"),
                        ]),
                ]))
            #expect(report.code == 1)
            #expect(try report.job("make.it").state == "succeeded")
            #expect(try report.job("use.with").state == "failed")
            let reason = try #require(try report.job("use.with").reason)
            #expect(reason.hasPrefix("missing-value: make.it.A"))
            #expect(try report.job("use.without").state == "succeeded")
        }
    }

    @Test("outputs of shards are a list in order; one of them has a reference of its own")
    func shards() async throws {
        try await TestHome.busy { home in
            try await home.succeed(
                Flow.stages([
                    Flow.stage(
                        "make",
                        jobs: [
                            Flow.job(
                                "many",
                                """
                                # The last one ends first.
                                sleep 0.$((2 - T_SHARD_INDEX))
                                echo "[T_RESULT] N = n$T_SHARD_INDEX"
                                """, "outputs: [N]\nshards: 3")
                        ]),
                    Flow.stage(
                        "use",
                        jobs: [
                            Flow.job(
                                "it", "echo \"$T_ALL $T_LAST\"",
                                "inputs: {T_ALL: \"${make.many.N}\", T_LAST: \"${make.many[2].N}\"}"
                            )
                        ]),
                ]))
            #expect(try await home.log("use.it") == "[\"n0\",\"n1\",\"n2\"] n2\n")
        }
    }

    @Test("a shard without the output is null in the list")
    func absentInShard() async throws {
        try await TestHome.busy { home in
            try await home.succeed(
                Flow.stages([
                    Flow.stage(
                        "make",
                        jobs: [
                            Flow.job(
                                "many",
                                "test $T_SHARD_INDEX = 0 || echo \"[T_RESULT] N = 1\"",
                                "outputs: [N]\nshards: 2")
                        ]),
                    Flow.stage(
                        "use",
                        jobs: [
                            Flow.job("it", "echo \"$T_ALL\"", "inputs: {T_ALL: \"${make.many.N}\"}")
                        ]),
                ]))
            #expect(try await home.log("use.it") == "[null,\"1\"]\n")
        }
    }
}
