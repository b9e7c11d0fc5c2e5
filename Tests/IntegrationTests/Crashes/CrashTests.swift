import CLinux
import Domain
import Glibc
import Storage
import TestSupport
import Testing

/// What `resume` makes of runs whose process, container or machine was taken away.
struct CrashTests {
    /// Says that it is ready; its second attempt ends at once.
    private static let waiting = """
        echo "ready $T_ATTEMPT"
        test "$T_ATTEMPT" != 1 || sleep 1000.5
        """
    private static let retried = "retry: {attempts: 2, backoff: 10ms}"

    private static func kill(_ program: Program) async throws {
        program.signal(SIGKILL)
        _ = try await program.wait()
    }

    /// The folder of the run's first attempt.
    private static func attempt(_ home: TestHome) throws -> String {
        let names = try Files.list("\(home.path)/attempts")
        return "\(home.path)/attempts/\(try #require(names.first))"
    }

    private static func pid(_ path: String) throws -> Int32 {
        let text = String(decoding: try Files.readFile(path, limit: 64), as: UTF8.self)
        return try #require(Int32(text.prefix { $0.isNumber }))
    }

    /// Ends what runs of the home, as a machine that goes down does, and empties its part of /run.
    private static func goDown(_ home: TestHome) async throws {
        let runtime = try home.runtimePath()
        for pid in try home.monitors() { Glibc.kill(pid, SIGKILL) }
        for name in try Files.list("\(runtime)/runc") {
            let result = try await Program.run(
                "/usr/sbin/runc", ["--root", "\(runtime)/runc", "delete", "--force", name])
            #expect(result.code == 0, "\(result.error)")
        }
        let mounts = String(
            decoding: try Files.readFile("/proc/mounts", limit: 1 << 24), as: UTF8.self)
        for line in mounts.split(separator: "\n") where line.contains("\(runtime)/") {
            let target = String(line.split(separator: " ")[1])
            #expect(unsafe slipway_unmount(target) == 0)
        }
        try Files.removeTree(runtime)
    }

    @Test("a restart of the machine is told from one of slipway, and is tried again")
    func restart() async throws {
        try await TestHome.busy { home in
            let program = try home.begin(
                Flow.script(Self.waiting, job: Self.retried + "\nworkspace: shared"))
            try await home.wait(for: "ready")
            try await Self.kill(program)
            try await Self.goDown(home)
            // What another boot of the same machine would find.
            try Files.writeFile("\(try Self.attempt(home))/boot", Array("earlier".utf8))
            let report = try RunReport(await home.slipway(["resume", "-o", "json", "1"]))
            #expect(report.code == 0, "\(report.error)")
            #expect(try report.job().attempts == 2)
            let events = try await StoredRun.newest(
                in: Database(path: "\(home.path)/slipway.db"))?.events
            let reasons = (events ?? []).compactMap { $0["report"]?["reason"]?.stringValue }
            #expect(reasons == ["lost: the machine was restarted while it ran"])
            #expect(try await home.slipway(["logs", "1", "--attempt", "1"]).output == "ready 1\n")
            #expect(try await home.slipway(["logs", "1"]).output == "ready 2\n")
            try await home.expectNothingLeftSoon()
        }
    }

    @Test(
        "conmon is killed, while slipway runs or is gone: errored, and tried again",
        arguments: [true, false])
    func monitor(isCarried: Bool) async throws {
        try await TestHome.busy { home in
            let program = try home.begin(Flow.script(Self.waiting, job: Self.retried))
            try await home.wait(for: "ready")
            if !isCarried { try await Self.kill(program) }
            let container = try Self.pid("\(try Self.attempt(home))/container.pid")
            Glibc.kill(try #require(try home.monitors().first), SIGKILL)
            let report =
                try isCarried
                ? RunReport(await program.wait())
                : RunReport(await home.slipway(["resume", "-o", "json", "1"]))
            #expect(report.code == 0, "\(report.error)")
            #expect(report.error.contains("conmon ended before the container did"))
            #expect(try report.job().attempts == 2)
            let isDead: Bool? = try await eventually {
                slipway_is_alive(container) == 0 ? true : nil
            }
            #expect(isDead == true)
            try await home.expectNothingLeftSoon()
        }
    }

    @Test("a job that ended in time while nobody was there has not timed out")
    func inTime() async throws {
        try await TestHome.busy { home in
            let program = try home.begin(
                Flow.script(
                    "echo ready; sleep 12; echo made >x", job: "timeout: 16s\nproduces: {x: x}"))
            try await home.wait(for: "ready")
            let isRunning: Bool? = try await eventually {
                try await home.show()["jobs"]?.arrayValue?.first?["state"] == "running"
                    ? true : nil
            }
            #expect(isRunning == true)
            try await Self.kill(program)
            let start = ContinuousClock.now
            let isLate: Bool? = try await eventually {
                try home.monitors().isEmpty && ContinuousClock.now - start > .seconds(16)
                    ? true : nil
            }
            #expect(isLate == true)
            let report = try RunReport(await home.slipway(["resume", "-o", "json", "1"]))
            #expect(report.code == 0, "\(report.error)")
            #expect(try report.job().state == "succeeded")
            #expect(try report.job().digest(of: "x") != nil)
        }
    }

    @Test("a job that was being stopped when slipway was killed is told so again")
    func stopped() async throws {
        try await TestHome.busy { home in
            let program = try home.begin(
                Flow.script(
                    """
                    trap 'echo told; test -e told && exit 1; touch told' TERM
                    echo ready; while :; do sleep 0.05; done
                    """))
            try await home.wait(for: "ready")
            #expect(try await home.slipway(["cancel", "1"]).code == 0)
            try await home.wait(for: "told")
            try await Self.kill(program)
            let start = ContinuousClock.now
            let report = try RunReport(await home.slipway(["resume", "-o", "json", "1"]))
            #expect(report.state == "cancelled", "\(report.error)")
            #expect(try await home.log() == "ready\ntold\ntold\n")
            #expect(ContinuousClock.now - start < .seconds(8))
        }
    }

    @Test("attempts whose ends were recorded are removed by whoever resumes")
    func recorded() async throws {
        try await TestHome.busy { home in
            let program = try home.begin(
                Flow.stages([
                    Flow.stage("first", jobs: [Flow.job("it", "echo first")]),
                    Flow.stage("second", jobs: [Flow.job("it", Self.waiting, Self.retried)]),
                ]))
            try await home.wait(for: "ready", in: "second.it")
            try await Self.kill(program)
            // As if it had been killed before it came to that.
            let run = try #require(
                try await StoredRun.newest(in: Database(path: "\(home.path)/slipway.db")))
            try Files.makeFolders("\(home.path)/attempts/\(run.id)-0-1/bundle")
            Glibc.kill(try #require(try home.monitors().first), SIGKILL)
            let report = try RunReport(await home.slipway(["resume", "-o", "json", "1"]))
            #expect(report.code == 0, "\(report.error)")
            try await home.expectNothingLeftSoon()
        }
    }
}
