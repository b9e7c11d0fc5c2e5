import Domain
import Glibc
import Storage
import TestSupport
import Testing

/// Jobs in gVisor whose slipway, monitor or sandbox is killed.
struct SandboxCrashTests {
    private static let waiting = "echo ready; \(MeaningTests.untilTold); echo A >a"

    private static func kill(_ program: Program) async throws {
        program.signal(SIGKILL)
        _ = try await program.wait()
    }

    /// Processes of gVisor that belong to a home.
    private static func sandboxes(_ home: TestHome) throws -> [Int32] {
        let ours = try home.processes(naming: try home.runtimePath())
        return try home.processes(naming: "runsc-sandbox").filter(ours.contains)
    }

    @Test("slipway is killed: the job goes on, is adopted, and gives what it makes")
    func adopted() async throws {
        try await TestHome.busy { home in
            let text = SandboxTests.script(
                "echo ready; until test -e go; do sleep 0.05; done; echo A >made; echo over",
                "produces: {made: made}")
            let program = try home.begin(text)
            try await home.wait(for: "ready")
            try await Self.kill(program)
            let resumed = try home.start(["resume", "-o", "json", "1"])
            try await home.wait(for: "ready")
            try await home.letGo(file: "/slipway/work/go")
            let report = try RunReport(await resumed.wait())
            #expect(report.code == 0, "\(report.error)")
            #expect(try report.job().attempts == 1)
            #expect(try await home.log() == "ready\nover\n")
            try await home.expectNothingLeftSoon()
        }
    }

    @Test("slipway is killed, the job ends meanwhile: its end is found")
    func ended() async throws {
        try await TestHome.busy { home in
            let program = try home.begin(
                SandboxTests.script("echo ready; sleep 8; echo over; exit 9"))
            try await home.wait(for: "ready")
            try await Self.kill(program)
            let isOver: Bool? = try await eventually { try home.monitors().isEmpty ? true : nil }
            try #require(isOver == true)
            let report = try RunReport(await home.slipway(["resume", "-o", "json", "1"]))
            #expect(try report.job().exitCode == 9)
            #expect(try await home.log() == "ready\nover\n")
            try await home.expectNothingLeftSoon()
        }
    }

    @Test("slipway is killed and the run is cancelled, or it is never asked for again")
    func swept() async throws {
        try await TestHome.busy { home in
            let program = try home.begin(SandboxTests.script(Self.waiting))
            try await home.wait(for: "ready")
            try await Self.kill(program)
            #expect(try Self.sandboxes(home).count == 1)
            #expect(try await home.slipway(["cancel", "last"]).code == 0)
            try await home.expectNothingLeftSoon()
        }
    }

    @Test("the sandbox is killed from outside: the job failed, and nothing is left")
    func sandboxKilled() async throws {
        try await TestHome.busy { home in
            let program = try home.begin(SandboxTests.script(Self.waiting))
            try await home.wait(for: "ready")
            Glibc.kill(try #require(try Self.sandboxes(home).first), SIGKILL)
            let report = try RunReport(await program.wait())
            #expect(report.code == 1, "\(report.error)")
            #expect(try report.job().exitCode == 137)
            try await home.expectNothingLeftSoon()
        }
    }

    @Test("conmon is killed: errored, and tried again")
    func monitorKilled() async throws {
        try await TestHome.busy { home in
            let program = try home.begin(
                SandboxTests.script(
                    "echo ready; test $T_ATTEMPT = 2 || sleep 1000.5",
                    "retry: {attempts: 2, backoff: 10ms}"))
            try await home.wait(for: "ready")
            Glibc.kill(try #require(try home.monitors().first), SIGKILL)
            let report = try RunReport(await program.wait())
            #expect(report.code == 0, "\(report.error)")
            #expect(report.error.contains("conmon ended before the container did"))
            try await home.expectNothingLeftSoon()
        }
    }

    @Test("killed at any moment of a start, the run is resumed to its end", arguments: 0..<12)
    func atAnyMoment(point: Int) async throws {
        try await TestHome.busy { home in
            let program = try home.begin(
                SandboxTests.script("echo once; echo '[T_RESULT] A = x'", "outputs: [A]"))
            usleep(UInt32(40_000 + point * 35_000))
            try await Self.kill(program)
            // Killed before it was recorded, there is no run.
            let runs = try await home.slipway(["runs", "-o", "json"])
            guard try JSONParser.parse(runs.output.utf8).arrayValue?.isEmpty == false else {
                return
            }
            _ = try await home.slipway(["resume", "-o", "json", "1"])
            let run = try await home.show("1")
            #expect(run["state"]?.stringValue == "succeeded", "\(run)")
            #expect(try await home.log() == "once\n[T_RESULT] A = x\n")
            try await home.expectNothingLeftSoon()
        }
    }
}
