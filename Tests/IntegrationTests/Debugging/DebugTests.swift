import Domain
import Glibc
import Storage
import TestSupport
import Testing

/// `slipway debug`: a shell where a job stood (docs/decisions/0021).
struct DebugTests {
    private static func debug(
        _ home: TestHome, _ script: String, job: String = "work.it"
    ) async throws -> ProgramResult {
        try await KeepFailedTests.debug(home, script, job: job)
    }

    @Test(
        "variables, user and rights are those of the job; its program is at hand",
        arguments: ["", "user: \"1234\"", "hardened: true", "read-only: true"])
    func same(keys: String) async throws {
        try await TestHome.busy { home in
            let facts =
                "cat /proc/1/environ | tr '\\0' '\\n'; "
                + "grep -E '^(Uid|Gid|Groups|Cap|NoNewPrivs|Seccomp)' /proc/1/status; "
                + "ls /sys/class/net; pwd"
            let report = try await home.run(
                Flow.script(
                    "\(facts); exit 4",
                    job: "inputs: {T_A: \"${run.number} x\"}\nbefore: input.T_B = \"hook\"\n\(keys)"
                ))
            #expect(report.code == 1)
            let log = try await home.log()
            #expect(log.contains("T_RUN_ID=\(report.id ?? "?")\n"))
            #expect(log.contains("T_B=hook\n"))
            let result = try await Self.debug(home, facts)
            #expect(result.code == 0, "\(result.error)")
            #expect(result.output == log)
            #expect(result.error.contains("work.it of run 1, attempt 1, as it began"))
            let again = try await home.slipway(
                ["debug", "last", "work.it", "--", "/slipway/command"])
            #expect(again.code == 4, "\(again.error)")
            #expect(again.output.contains("T_B=hook\n"))
            // Nothing of all this is in the run, and it made no other.
            #expect(try await home.show()["jobs"]?.arrayValue?.first?["attempts"] == 1)
            #expect(try await home.log() == log)
            let runs = try JSONParser.parse(
                try await home.slipway(["runs", "-o", "json"]).output.utf8)
            #expect(runs.arrayValue?.count == 1)
        }
    }

    @Test("artifacts, source, results of others and services are there, by what was recorded")
    func upstream() async throws {
        try await TestHome.busy { home in
            let service = """
                services:
                  web:
                    component: busybox
                    command: [sh, -c, "mkdir /w; echo served >/w/w; exec httpd -f -p 80 -h /w"]
                    ready: "wget -q -O /dev/null http://localhost/w"
                """
            let report = try await home.run(
                Flow.stages([
                    Flow.stage(
                        "make",
                        jobs: [
                            Flow.job(
                                "it", "echo made >out; echo V=7 >$T_RESULT_FILE",
                                "outputs: [V]\nproduces: {file: out}")
                        ]),
                    Flow.stage(
                        "work",
                        jobs: [
                            Flow.job(
                                "it", "exit 1",
                                "consumes: {file: make.it.file}\n"
                                    + "inputs: {T_V: \"${make.it.V}\"}\n" + service)
                        ]),
                ]))
            #expect(report.code == 1)
            let result = try await Self.debug(
                home, "cat $T_ARTIFACTS/file; echo $T_V; wget -q -O- http://web/w")
            #expect(result.output == "made\n7\nserved\n", "\(result.error)")
        }
    }

    @Test("the job's own program is word for word what it was, whatever a shell would make of it")
    func program() async throws {
        try await TestHome.busy { home in
            let word = "it's $(id) \"x\" \\ * \u{1b}[31m"
            let flow = """
                slipway: 1
                name: test
                stages:
                  - name: work
                    jobs:
                      - name: it
                        component: busybox
                        matrix: {T_A: ["$(touch x)'"]}
                        command:
                          [printf, "<%s>", "it's $(id) \\"x\\" \\\\ * \\e[31m", "two\\nlines"]
                """
            try await home.succeed(flow)
            let result = try await home.slipway(
                ["debug", "last", "work.it[T_A=$(touch x)']", "--", "/slipway/command", "more"])
            #expect(result.output == "<\(word)><two\nlines><more>", "\(result.error)")
        }
    }

    @Test("what has not run, or runs yet, is refused with what to type instead")
    func refused() async throws {
        try await TestHome.busy { home in
            let flow = Flow.stages([
                Flow.stage("work", jobs: [Flow.job("it", ExecTests.waiting)]),
                Flow.stage("then", jobs: [Flow.job("it", "true")]),
            ])
            _ = try await ExecTests.enter(home, flow) {
                let running = try await Self.debug(home, "true")
                #expect(running.code == 1)
                #expect(running.error.contains("enter it with: slipway exec 1 work.it"))
                let waiting = try await Self.debug(home, "true", job: "then.it")
                #expect(waiting.code == 1)
                #expect(waiting.error.contains("slipway explain then.it --run 1"))
            }
            let missing = try await home.slipway(["debug", "last", "work.it", "--", "no-such"])
            #expect(missing.code == 127)
            #expect(missing.error.contains("no-such"))
            let both = try await home.slipway(
                ["debug", "last", "work.it", "--remove", "--", "true"])
            #expect(both.code == 64)
        }
    }

    @Test("a process that is killed leaves what the next command removes, and nothing else")
    func killed() async throws {
        try await TestHome.busy { home in
            #expect(try await home.run(Flow.script("exit 1")).code == 1)
            let program = try home.start(
                ["debug", "last", "work.it", "--", "sleep", "3141595"])
            let isThere: Bool? = try await eventually {
                try home.processes(running: "sleep", "3141595").isEmpty ? nil : true
            }
            #expect(isThere == true)
            // It belongs to a process that lives: nobody takes it away.
            #expect(try await home.slipway(["doctor"]).code == 0)
            #expect(try home.processes(running: "sleep", "3141595").count == 1)
            program.signal(SIGKILL)
            _ = try await program.wait()
            #expect(try await home.run(Flow.script("true")).code == 0)
            try await home.expectNothingLeftSoon()
        }
    }

    @Test(
        "SIGTERM ends what runs, at last by force, and all is removed",
        arguments: [("trap 'exit 9' TERM", 9), ("trap '' TERM", 137)] as [(String, Int32)])
    func terminated(trap: String, code: Int32) async throws {
        try await TestHome.busy { home in
            #expect(try await home.run(Flow.script("exit 1")).code == 1)
            let script = "\(trap); echo trapped; while :; do sleep 0.05; done"
            let program = try home.start(["debug", "last", "work.it", "--", "sh", "-c", script])
            let isReady: Bool? = try await eventually {
                try program.printed().contains("trapped") ? true : nil
            }
            #expect(isReady == true)
            program.signal(SIGTERM)
            #expect(try await program.wait().code == code)
            try await home.expectNothingLeft()
        }
    }
}
