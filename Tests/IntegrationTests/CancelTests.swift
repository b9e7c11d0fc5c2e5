import Domain
import Glibc
import Storage
import TestSupport
import Testing

/// Cancelling, and what is left behind: nothing (DESIGN §2, "Cancel").
struct CancelTests {
    /// A job that runs until it is told to stop, and an end stage that tells the state.
    private static func flow(end: String = "echo \"state $T_STATE\"") -> String {
        Flow.stages([
            Flow.stage("work", jobs: [Flow.job("it", MeaningTests.untilTold)]),
            Flow.stage("later", jobs: [Flow.job("it", "true")]),
            Flow.stage(
                "finish", "type: end",
                jobs: [Flow.job("tell", end, "inputs: {T_STATE: \"${run.state}\"}")]),
        ])
    }

    @Test(
        "a signal to `run` cancels: the job gets SIGTERM, end stages run, the exit code is 7",
        arguments: [SIGINT, SIGTERM, SIGHUP])
    func signal(number: Int32) async throws {
        try await TestHome.busy { home in
            let program = try home.begin(Self.flow())
            try await home.wait(for: "ready")
            program.signal(number)
            let report = try RunReport(await program.wait())
            #expect(report.code == 7)
            #expect(report.state == "cancelled")
            #expect(
                report.states == [
                    "work.it cancelled", "later.it skipped", "finish.tell succeeded",
                ])
            #expect(try await home.log() == "ready\ntold\n")
            #expect(try await home.log("finish.tell") == "state cancelled\n")
        }
    }

    @Test("a second signal ends the end stages too")
    func twice() async throws {
        try await TestHome.busy { home in
            let program = try home.begin(Self.flow(end: MeaningTests.untilTold))
            try await home.wait(for: "ready")
            program.signal(SIGINT)
            try await home.wait(for: "ready", in: "finish.tell")
            program.signal(SIGINT)
            let report = try RunReport(await program.wait())
            #expect(report.code == 7)
            #expect(report.stage("finish") == "cancelled")
            #expect(try await home.log("finish.tell") == "ready\ntold\n")
        }
    }

    @Test("two signals at once: end stages do not begin")
    func atOnce() async throws {
        try await TestHome.busy { home in
            let program = try home.begin(
                Self.flow().replacing(
                    "echo told; exit 1", with: "echo told; sleep 6; exit 1"))
            try await home.wait(for: "ready")
            program.signal(SIGINT)
            try await home.wait(for: "told")
            program.signal(SIGINT)
            let report = try RunReport(await program.wait())
            #expect(report.code == 7)
            #expect(report.stage("finish") == "skipped")
        }
    }

    @Test("a job that does not listen is killed when its grace is over")
    func grace() async throws {
        try await TestHome.busy { home in
            let program = try home.begin(
                Flow.script("trap '' TERM; echo ready; while true; do sleep 0.1; done"))
            try await home.wait(for: "ready")
            let clock = ContinuousClock()
            let start = clock.now
            program.signal(SIGINT)
            let report = try RunReport(await program.wait())
            #expect(report.code == 7)
            #expect(try report.job().state == "cancelled")
            #expect(try report.job().exitCode == 137)
            #expect(clock.now - start >= .seconds(10))
        }
    }

    @Test("`cancel` from another process says why, and does it once")
    func another() async throws {
        try await TestHome.busy { home in
            let program = try home.begin(Self.flow())
            try await home.wait(for: "ready")
            let told = try await home.slipway(
                ["cancel", "1", "--reason", "out of date", "-o", "json"])
            #expect(told.code == 0, "\(told.error)")
            #expect(told.output == "{\"number\":1,\"outcome\":\"requested\"}\n")
            let report = try RunReport(await program.wait())
            #expect(report.code == 7)
            #expect(report.reason == "by root: out of date")
            let again = try await home.slipway(["cancel", "1"])
            #expect(again.code == 1)
            #expect(
                again.error.contains(
                    "run 1 has already ended: cancelled; see: slipway show 1"))
        }
    }

    @Test("jobs of several shards all stop")
    func shards() async throws {
        try await TestHome.busy { home in
            let program = try home.begin(Flow.script(MeaningTests.untilTold, job: "shards: 4"))
            for shard in 0..<4 { try await home.wait(for: "ready", in: "work.it[\(shard)]") }
            program.signal(SIGINT)
            let report = try RunReport(await program.wait())
            #expect(report.states == (0..<4).map { "work.it[\($0)] cancelled" })
        }
    }

    @Test("an interrupted run is closed by `cancel`: its container ends, nothing stays")
    func interrupted() async throws {
        try await TestHome.busy { home in
            let program = try home.begin(Self.flow())
            try await home.wait(for: "ready")
            program.signal(SIGKILL)
            #expect(try await program.wait().code == 128 + SIGKILL)
            // The container outlives the process that started it.
            #expect(try home.monitors().count == 1)
            #expect(try !home.leftovers().isEmpty)
            let listed = try await home.slipway(["runs"])
            #expect(listed.output.contains("interrupted"))
            #expect(listed.error.contains("slipway cancel 1"))
            let closed = try await home.slipway(["cancel", "1"])
            #expect(closed.code == 0, "\(closed.error)")
            #expect(closed.output.contains("cancelled"))
            try await home.expectNothingLeftSoon()
            let run = try await home.show()
            #expect(run["state"] == "cancelled")
            #expect(try await home.log().hasPrefix("ready\n"))
            // The home goes on working.
            try await home.succeed(Flow.script("true"))
        }
    }

    @Test("a run that was killed before anything ran is closed too")
    func interruptedEarly() async throws {
        try await TestHome.busy { home in
            // Each hook takes the second that it is given.
            let jobs = (0..<30).map {
                Flow.job("j\($0)", "true", "before: while true do end\nallow-failure: true")
            }
            let program = try home.begin(Flow.stages([Flow.stage("work", jobs: jobs)]))
            let known: Bool? = try await eventually {
                try await home.slipway(["show", "1"]).code == 0 ? true : nil
            }
            #expect(known == true)
            program.signal(SIGKILL)
            _ = try await program.wait()
            let closed = try await home.slipway(["cancel", "1"])
            #expect(closed.code == 0, "\(closed.error)")
            #expect(try await home.show()["state"] == "cancelled")
        }
    }

    @Test("conmon that is killed is the machine's fault: errored, and the container ends")
    func monitorLost() async throws {
        try await TestHome.busy { home in
            let program = try home.begin(Flow.script(MeaningTests.untilTold))
            try await home.wait(for: "ready")
            for pid in try home.monitors() { kill(pid, SIGKILL) }
            let report = try RunReport(await program.wait())
            #expect(report.code == 2)
            #expect(try report.job().state == "errored")
            #expect(try report.job().reason?.contains("conmon") == true)
        }
    }
}
