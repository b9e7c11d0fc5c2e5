import Domain
import TestSupport
import Testing

/// Limits on time, memory and processes.
struct ResourceTests {
    @Test("a job past its timeout gets SIGTERM, and is timed-out with the limit as reason")
    func timeout() async throws {
        try await TestHome.busy { home in
            let report = try await home.run(
                Flow.script(MeaningTests.untilTold, job: "timeout: 3s"))
            #expect(report.code == 1)
            #expect(report.state == "failed")
            let job = try report.job()
            #expect(job.state == "timed-out")
            #expect(job.reason?.contains("3s") == true, "\(job.reason ?? "")")
            #expect(try await home.logLines() == ["ready", "told"])
        }
    }

    @Test("a job that needs more memory than it may have fails and says so")
    func memory() async throws {
        try await TestHome.busy { home in
            let report = try await home.run(
                Flow.script(
                    "head -c 64m /dev/zero | tail -c 64m >/dev/null",
                    job: "resources: {memory: 16Mi}"))
            #expect(report.code == 1)
            let job = try report.job()
            #expect(job.state == "failed")
            #expect(job.reason?.hasPrefix("out-of-memory") == true, "\(job.reason ?? "")")
            #expect(job.reason?.contains("16.0 MiB") == true)
        }
    }

    @Test("processes are bounded: a fork bomb harms itself alone and ends with its job")
    func processes() async throws {
        try await TestHome.busy { home in
            let report = try await home.run(
                Flow.script(
                    """
                    i=0
                    while [ $i -lt 600 ]; do sleep 100 & i=$((i + 1)); done
                    """))
            #expect(report.code == 1)
            #expect(try report.job().state == "failed")
            #expect(try await home.log().contains("can't fork"))
        }
    }

    @Test("the limits are really set in the kernel")
    func controlGroups() async throws {
        try await TestHome.busy { home in
            let program = try home.begin(
                Flow.script(MeaningTests.untilTold, job: "resources: {cpu: 500m, memory: 64Mi}"))
            try await home.wait(for: "ready")
            let run = try await home.show()["id"]?.stringValue ?? ""
            #expect(home.limit("pids", "pids.max", of: run) == "512")
            let memory = home.limit("memory", "memory.limit_in_bytes", of: run)
            #expect((memory ?? home.limit("", "memory.max", of: run)) == "67108864")
            let cpu = home.limit("cpu", "cpu.cfs_quota_us", of: run)
            #expect((cpu ?? home.limit("", "cpu.max", of: run))?.hasPrefix("50000") == true)
            #expect(try await home.slipway(["cancel", "last"]).code == 0)
            #expect(try await program.wait().code == 7)
        }
    }
}
