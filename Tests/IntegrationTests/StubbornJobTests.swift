import Domain
import Glibc
import Storage
import TestSupport
import Testing

/// Jobs that do not end as they should, print without end, or leave something behind.
struct StubbornJobTests {
    @Test("a job that would print 10 GB ends at the limit, in flat memory, on a bounded disk")
    func flood() async throws {
        try await TestHome.busy { home in
            let line = String(repeating: "0123456789abcdef", count: 480)
            let program = try home.begin(
                Flow.script("yes \(line) | head -c 10240m", job: "timeout: 5m"))
            async let peak = program.peakMemoryKiB()
            var disk = 0
            let hasEnded: Bool? = try await eventually(within: .seconds(240)) {
                guard program.isRunning else { return true }
                disk = max(disk, try await home.diskKiB())
                return nil
            }
            #expect(hasEnded == true)
            let memory = try await peak
            let report = try RunReport(await program.wait())
            #expect(report.code == 1)
            #expect(try report.job().state == "failed")
            let reason = try report.job().reason ?? ""
            #expect(reason.hasPrefix("log-limit: it printed more than 256 MiB"), "\(reason)")
            #expect(memory > 1 << 10 && memory < 120 << 10, "\(memory) KiB")
            // The raw log and what was stored of it, each with 256 MiB, and the home itself.
            #expect(disk < 2 * (256 + 8) << 10, "\(disk) KiB")
            // What was printed before the limit is there; the raw log is gone.
            #expect(try await home.diskKiB() < (256 + 16) << 10)
            let kept = try await home.shell("slipway logs last | head -c 16")
            #expect(kept.output == "0123456789abcdef")
        }
    }

    @Test(
        "a job that does not listen to SIGTERM is killed: past its timeout, and when cancelled",
        arguments: [true, false])
    func deaf(isTimeout: Bool) async throws {
        try await TestHome.busy { home in
            let program = try home.begin(
                Flow.script(
                    "trap '' TERM INT HUP; echo ready; while true; do sleep 0.1; done",
                    job: isTimeout ? "timeout: 3s" : ""))
            try await home.wait(for: "ready")
            if !isTimeout { #expect(try await home.slipway(["cancel", "last"]).code == 0) }
            let report = try RunReport(await program.wait())
            #expect(report.code == (isTimeout ? 1 : 7))
            #expect(try report.job().state == (isTimeout ? "timed-out" : "cancelled"))
            #expect(try report.job().exitCode == 137)
        }
    }

    @Test("a job that closes its streams goes on, and its end is seen")
    func silent() async throws {
        try await TestHome.busy { home in
            let report = try await home.run(
                Flow.script(
                    """
                    echo before
                    exec >&- 2>&- <&-
                    sleep 1
                    echo nobody hears this || true
                    echo A=after >"$T_RESULT_FILE"
                    exit 3
                    """, job: "outputs: [A]"))
            #expect(report.code == 1)
            #expect(try report.job().exitCode == 3)
            #expect(try report.job().output("A") == "after")
            #expect(try await home.log() == "before\n")
        }
    }

    @Test(
        "what a job leaves running ends with it, however it was begun",
        arguments: [
            "sleep 1000 &", "(sleep 1000 >/dev/null 2>&1 </dev/null &)", "setsid sleep 1000 &",
            "setsid sh -c 'trap \"\" TERM HUP; (setsid sleep 1000 &) ; sleep 1000' &",
            "nohup sh -c 'while true; do sleep 1; done' >/dev/null 2>&1 &",
        ])
    func background(script: String) async throws {
        try await TestHome.busy { home in
            let clock = ContinuousClock()
            let start = clock.now
            try await home.succeed(Flow.script("\(script)\nsleep 0.2\necho done"))
            #expect(clock.now - start < .seconds(60))
            #expect(try await home.log() == "done\n")
            try await home.expectNothingLeftSoon()
        }
    }

    @Test("what a service and its job leave running ends too, also when the job is killed")
    func killed() async throws {
        try await TestHome.busy { home in
            let report = try await home.run(
                Flow.script(
                    """
                    setsid sh -c 'trap "" TERM; while true; do sleep 1; done' &
                    trap '' TERM
                    while true; do sleep 0.1; done
                    """,
                    job: """
                        timeout: 1s
                        services:
                          beside: {component: busybox, command: [sh, -c, "sleep 999 & sleep 999"]}
                        """))
            #expect(try report.job().state == "timed-out")
            try await home.expectNothingLeftSoon()
        }
    }
}

extension TestHome {
    /// What the home takes of its disk.
    fileprivate func diskKiB() async throws -> Int {
        let used = try await Program.run("/usr/bin/du", ["-sk", path])
        return used.output.split(separator: "\t").first.flatMap { Int($0) } ?? 0
    }
}
