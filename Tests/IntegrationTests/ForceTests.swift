import Domain
import Glibc
import Storage
import TestSupport
import Testing

/// What a person does who has no more patience.
struct ForceTests {
    private static let stubborn = "trap '' TERM; echo ready; while true; do sleep 0.1; done"

    @Test("the third signal ends the process at once, and the containers with it")
    func third() async throws {
        try await TestHome.busy { home in
            let program = try home.begin(Flow.script(Self.stubborn, job: "shards: 2"))
            for shard in 0..<2 { try await home.wait(for: "ready", in: "work.it[\(shard)]") }
            // Of one kind two that are not taken yet would be one.
            for number in [SIGINT, SIGTERM, SIGHUP] {
                program.signal(number)
                try await Task.sleep(for: .milliseconds(300))
            }
            let result = try await program.wait()
            #expect(result.code == 7)
            // It says so only when it did not wait for the grace to pass.
            #expect(result.error.contains("was left at once"), "\(result.error)")
            #expect(result.error.contains("slipway cancel 1"), "\(result.error)")
            let isOver: Bool? = try await eventually(within: .seconds(5)) {
                try home.monitors().isEmpty ? true : nil
            }
            #expect(isOver == true)
            #expect(try await home.slipway(["cancel", "1"]).code == 0)
            #expect(try await home.show()["state"] == "cancelled")
        }
    }

    @Test("a signal stops the collecting of what a job made")
    func collecting() async throws {
        try await TestHome.busy { home in
            let program = try home.begin(
                Flow.script(
                    "dd if=/dev/zero of=big bs=1 count=0 seek=15G 2>/dev/null",
                    job: "produces: {big: big}"))
            // Its own file is the only large one: the workflow's is kept before the run begins.
            let isCollecting: Bool? = try await eventually {
                let folder = "\(home.path)/blobs/tmp"
                return try Files.list(folder).contains {
                    try $0.hasPrefix("blob-\(program.pid)-")
                        && Files.status("\(folder)/\($0)")?.size ?? 0 > 1 << 20
                } ? true : nil
            }
            try #require(isCollecting == true)
            program.signal(SIGINT)
            let start = ContinuousClock.now
            let report = try RunReport(await program.wait())
            #expect(report.state == "cancelled", "\(report.error)")
            #expect(ContinuousClock.now - start < .seconds(8))
        }
    }
}
