import Glibc
import TestSupport
import Testing

/// Order and failure (DESIGN §2, "Meaning").
struct MeaningTests {
    @Test("a sequence stops at the first job that does not succeed")
    func sequence() async throws {
        try await TestHome.busy { home in
            let report = try await home.run(
                Flow.stages([
                    Flow.stage(
                        "work",
                        jobs: [
                            Flow.job("a", "true"), Flow.job("b", "false"), Flow.job("c", "true"),
                        ]),
                    Flow.stage("later", jobs: [Flow.job("d", "true")]),
                ]))
            #expect(report.code == 1)
            #expect(
                report.states == [
                    "work.a succeeded", "work.b failed", "work.c skipped", "later.d skipped",
                ])
            #expect(report.stage("work") == "failed")
            #expect(report.stage("later") == "skipped")
            #expect(report.reason?.contains("work.b") == true)
            #expect(try report.job("work.c").attempts == 0)
        }
    }

    @Test("parallel jobs all run, also when one fails")
    func parallel() async throws {
        try await TestHome.busy { home in
            let report = try await home.run(
                Self.parallel(
                    "",
                    [Flow.job("a", "false"), Flow.job("b", "sleep 0.3"), Flow.job("c", "true")]))
            #expect(report.code == 1)
            #expect(report.states == ["work.a failed", "work.b succeeded", "work.c succeeded"])
        }
    }

    @Test("fail-fast cancels the siblings, which do not count for the verdict")
    func failFast() async throws {
        try await TestHome.busy { home in
            let report = try await home.run(
                Self.parallel(
                    "fail-fast: true", [Flow.job("a", "false"), Flow.job("b", Self.untilTold)]))
            #expect(report.code == 1)
            #expect(report.state == "failed")
            #expect(report.states == ["work.a failed", "work.b cancelled"])
            #expect(try report.job("work.b").reason?.contains("fail-fast") == true)
        }
    }

    /// Ends soon after SIGTERM, which a first process does not see without a trap.
    static let untilTold = """
        trap 'echo told; exit 1' TERM
        echo ready
        while true; do sleep 0.05; done
        """

    @Test("an allowed failure is shown and does not hinder: failed and timed-out")
    func allowFailure() async throws {
        try await TestHome.busy { home in
            let report = try await home.run(
                Flow.stages([
                    Flow.stage(
                        "work",
                        jobs: [
                            Flow.job("failed", "exit 3", "allow-failure: true"),
                            Flow.job(
                                "late", Self.untilTold, "allow-failure: true\ntimeout: 1s"),
                            Flow.job("next", "true"),
                        ])
                ]))
            #expect(report.code == 0, "\(report.error)")
            #expect(
                report.states == [
                    "work.failed failed", "work.late timed-out", "work.next succeeded",
                ])
        }
    }

    @Test("allow-failure does not cover what is not the job's fault")
    func errored() async throws {
        try await TestHome.busy { home in
            let program = try home.begin(
                Flow.stages([
                    Flow.stage(
                        "work",
                        jobs: [
                            Flow.job("lost", Self.untilTold, "allow-failure: true"),
                            Flow.job("next", "true"),
                        ])
                ]))
            try await home.wait(for: "ready", in: "work.lost")
            for pid in try home.monitors() { kill(pid, SIGKILL) }
            let report = try RunReport(await program.wait())
            #expect(report.code == 2, "\(report.error)")
            #expect(report.states == ["work.lost errored", "work.next skipped"])
            #expect(report.state == "errored")
        }
    }

    @Test("end stages run after a failure, know the state, and cannot change the verdict")
    func endStage() async throws {
        try await TestHome.busy { home in
            let report = try await home.run(
                Flow.stages([
                    Flow.stage("work", jobs: [Flow.job("it", "false")]),
                    Flow.stage("skipped", jobs: [Flow.job("it", "true")]),
                    Flow.stage(
                        "finish", "type: end",
                        jobs: [
                            Flow.job("tell", "echo $T_STATE", "inputs: {T_STATE: \"${run.state}\"}")
                        ]),
                    Flow.stage("last", "type: end", jobs: [Flow.job("it", "exit 9")]),
                ]))
            #expect(report.code == 1)
            #expect(report.reason?.contains("work.it") == true)
            #expect(
                report.states == [
                    "work.it failed", "skipped.it skipped", "finish.tell succeeded",
                    "last.it failed",
                ])
            #expect(try await home.log("finish.tell") == "failed\n")
        }
    }

    @Test("an end stage that fails leaves a success a success")
    func failingEndStage() async throws {
        try await TestHome.busy { home in
            let report = try await home.run(
                Flow.stages([
                    Flow.stage("work", jobs: [Flow.job("it", "true")]),
                    Flow.stage("finish", "type: end", jobs: [Flow.job("it", "false")]),
                ]))
            #expect(report.code == 0)
            #expect(report.states == ["work.it succeeded", "finish.it failed"])
        }
    }

    @Test("a condition that is false skips; who consumes its artifact is skipped, or does without")
    func when() async throws {
        try await TestHome.busy { home in
            let report = try await home.succeed(
                Flow.stages([
                    Flow.start("inputs: {T_MODE: {default: quick}}"),
                    Flow.stage(
                        "make",
                        jobs: [
                            Flow.job(
                                "it", "echo x >x",
                                "when: inputs.T_MODE == \"full\"\nproduces: {x: x}"),
                            Flow.job("other", "true", "when: inputs.T_MODE == \"quick\""),
                        ]),
                    Flow.stage(
                        "use", "run: parallel",
                        jobs: [
                            Flow.job("needs", "true", "consumes: {x: make.it.x}"),
                            Flow.job(
                                "without", "test ! -e \"$T_ARTIFACTS/x\"",
                                "consumes: {x: {from: make.it.x, optional: true}}"),
                        ]),
                ]))
            #expect(
                report.states == [
                    "make.it skipped", "make.other succeeded", "use.needs skipped",
                    "use.without succeeded",
                ])
            #expect(try report.job("use.needs").reason?.contains("make.it.x") == true)
        }
    }

    @Test("attempts that end at the same moment do not disturb each other")
    func manyEnds() async throws {
        try await TestHome.busy { home in
            for _ in 0..<3 {
                try await home.succeed(
                    Flow.script(
                        "mkdir d; echo $T_SHARD_INDEX >d/n; cp d/n n",
                        job: "shards: 24\nproduces: {d: d, n: n}"))
            }
        }
    }

    private static func parallel(_ keys: String, _ jobs: [String]) -> String {
        Flow.stages([
            Flow.stage("work", "run: parallel" + (keys.isEmpty ? "" : "\n\(keys)"), jobs: jobs)
        ])
    }
}
