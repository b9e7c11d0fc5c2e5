import TestSupport
import Testing

/// Lua hooks around jobs and stages (DESIGN §4).
struct HookTests {
    @Test("`before` sees and sets the inputs; `after` sees and sets the outputs")
    func aroundJob() async throws {
        try await TestHome.busy { home in
            let report = try await home.succeed(
                Flow.script(
                    "echo \"[T_RESULT] SEEN = $T_LEVEL $T_NEW\"",
                    job: """
                        inputs: {T_LEVEL: low}
                        outputs: [SEEN, MADE]
                        before: |
                          assert(input.T_LEVEL == "low")
                          input.T_LEVEL = "high"
                          input.T_NEW = run.workflow
                        after: |
                          output.MADE = output.SEEN .. "!"
                        """))
            #expect(try report.job().output("SEEN") == "high test")
            #expect(try report.job().output("MADE") == "high test!")
        }
    }

    @Test("`after` of a stage sees all its jobs' outputs; what it logs is told")
    func afterStage() async throws {
        try await TestHome.busy { home in
            let report = try await home.succeed(
                Self.stage(
                    """
                    local values = jobs["work.it"].N
                    log("got " .. values[1] .. " and " .. values[2])
                    """, job: "outputs: [N]\nshards: 2"))
            #expect(report.error.contains("got 0 and 1"))
        }
    }

    @Test("`fail` in a stage's hook fails the stage, and what follows is skipped")
    func gate() async throws {
        try await TestHome.busy { home in
            let report = try await home.run(
                Self.stage("fail(\"too low\")", job: "outputs: [N]"))
            #expect(report.code == 1)
            #expect(report.states == ["work.it succeeded", "later.it skipped"])
            #expect(report.stage("work") == "failed")
            #expect(report.reason?.contains("too low") == true)
        }
    }

    private static func stage(_ hook: String, job keys: String) -> String {
        let lines = hook.split(separator: "\n").map { "  \($0)" }.joined(separator: "\n")
        return Flow.stages([
            Flow.stage(
                "work", "after: |\n\(lines)",
                jobs: [Flow.job("it", "echo \"[T_RESULT] N = ${T_SHARD_INDEX:-0}\"", keys)]),
            Flow.stage("later", jobs: [Flow.job("it", "true")]),
        ])
    }

    struct Hook: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let hook: String
        let state: String
        let reason: String
        var ran = false

        init(_ fact: String, _ hook: String, _ state: String, _ reason: String, ran: Bool = false) {
            (testDescription, self.hook, self.state) = (fact, hook, state)
            (self.reason, self.ran) = (reason, ran)
        }
    }

    @Test(
        "a hook decides over its job",
        arguments: [
            Hook("fail in `before`", "before: fail(\"not today\")", "failed", "not today"),
            Hook("skip in `before`", "before: skip(\"no need\")", "skipped", "no need"),
            Hook(
                "fail in `after`", "after: fail(\"bad result\")", "failed", "bad result",
                ran: true),
            Hook(
                "an error in `before` names the hook and the line",
                "before: |\n  local x = 1\n  error(\"oops\")", "failed", "before:2: oops"),
            Hook(
                "a loop is ended, and the limit is named", "before: while true do end", "failed",
                "time limit: ran longer than 1s"),
            Hook(
                "a loop within string.find is ended too",
                "before: string.find(string.rep(\"a\", 50000), string.rep(\"a?\", 50000) .. \"b\")",
                "failed", ""),
            Hook(
                "a hook that eats memory is ended, and the limit is named",
                // In few steps: it has a second of the clock on a machine full of tests.
                "before: |\n  local t = {}\n"
                    + "  while true do t[#t + 1] = string.rep(\"x\", 1000000) .. #t end",
                "failed", "memory limit: 16 MiB"),
            Hook(
                "a condition with an error fails its job", "when: nothing.at.all", "failed",
                "when"),
            Hook("no access to files", "before: io.open(\"/etc/passwd\")", "failed", "io"),
        ])
    func decides(hook: Hook) async throws {
        try await TestHome.busy { home in
            let report = try await home.run(Flow.script("echo ran", job: hook.hook))
            #expect(report.code == (hook.state == "skipped" ? 0 : 1), "\(report.error)")
            let job = try report.job()
            #expect(job.state == hook.state)
            #expect(job.reason?.contains(hook.reason) == true, "\(job.reason ?? "no reason")")
            #expect(report.error.contains("  work.it: \(hook.state)"), "\(report.error)")
            let log = hook.ran ? "ran\n" : ""
            #expect(try await home.log() == log)
        }
    }
}
