import Domain
import Glibc
import Storage
import TestSupport
import Testing

/// After runs of every kind, half of them killed at any instant, `gc` leaves nothing of them.
///
/// `SLIPWAY_GC_RUNS` says how many (`make test-all`: 200); without it a few of each kind.
struct GCKillTests {
    private static let runsByDefault = 20
    private static let atOnce = 4

    private static var count: Int {
        guard let text = unsafe getenv("SLIPWAY_GC_RUNS") else { return runsByDefault }
        return unsafe Int(String(cString: text)) ?? runsByDefault
    }

    @Test("nothing is left of mixed runs, half of them killed, when gc is told that all may go")
    func killed() async throws {
        try await TestHome.busy { home in
            try await home.succeed(Flow.script("true"))
            try await home.gc()
            let images = try await home.blobs()
            let layers = try home.content(["layers"])
            #expect(!images.isEmpty && !layers.isEmpty)

            var generator = SeededGenerator(seed: 20)
            let files = try MixedFlows.allCases.map { try $0.file(home) }
            // Each of them does what it is there for, when nobody kills it.
            for (flow, file) in zip(MixedFlows.allCases, files) {
                let result = try await home.slipway(["run", "--progress", "quiet", file])
                #expect(result.code == flow.exitCode, "\(flow): \(result.error)")
            }
            var runs = Set(try await home.listed().map(\.id))
            var interrupted = 0
            var left = Self.count
            while left > 0 {
                let orders = (0..<min(left, Self.atOnce)).map { index in
                    (
                        file: files[(left - index) % files.count],
                        isKilled: Bool.random(using: &generator),
                        delay: Int.random(in: 0..<2500, using: &generator)
                    )
                }
                left -= orders.count
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for order in orders {
                        group.addTask {
                            try await Self.carry(
                                order.file, home, killedAfter: order.isKilled ? order.delay : nil)
                        }
                    }
                    // One that works beside them, and one that is killed at its work.
                    group.addTask { try await home.gc([]) }
                    try await group.waitForAll()
                }
                let listed = try await home.listed()
                runs.formUnion(listed.map(\.id))
                interrupted = listed.count { !$0.hasEnded }
                try await Self.kill(
                    ["gc", "--older-than", "0s", "-o", "json"], home,
                    after: Int.random(in: 0..<400, using: &generator))
            }
            // Of those that were killed some had not begun, or had ended.
            #expect(runs.count > Self.count / 2 + files.count)
            #expect(interrupted >= Self.count / 10, "\(interrupted) of \(runs.count)")
            try await Self.end(home, &generator)

            try await home.gc()
            try await Self.expectNothing(of: runs, home)
            #expect(try await home.blobs().sorted() == images.sorted())
            #expect(try home.content(["layers"]) == layers)
            // The home is as good as new.
            try await home.succeed(Flow.script("true"))
        }
    }

    private static func carry(
        _ file: String, _ home: TestHome, killedAfter delay: Int?
    ) async throws {
        guard let delay else {
            _ = try await home.slipway(["run", "-o", "json", "--progress", "quiet", file])
            return
        }
        try await kill(["run", "-o", "json", "--progress", "quiet", file], home, after: delay)
    }

    private static func kill(
        _ words: [String], _ home: TestHome, after milliseconds: Int
    ) async throws {
        let program = try home.start(words)
        try await Task.sleep(for: .milliseconds(milliseconds))
        program.signal(SIGKILL)
        _ = try await program.wait()
    }

    /// Ends what has not ended: some are resumed, the others cancelled. A run that was called ends
    /// with its caller, so they are asked for anew.
    private static func end(
        _ home: TestHome, _ generator: inout SeededGenerator
    ) async throws {
        for _ in 0..<(4 * count) {
            guard let run = try await home.listed().last(where: { !$0.hasEnded }) else { return }
            let verb = Bool.random(using: &generator) ? "resume" : "cancel"
            _ = try await home.slipway([verb, String(run.number)])
        }
        Issue.record("runs are left that cannot be ended")
    }

    private static func expectNothing(of runs: Set<String>, _ home: TestHome) async throws {
        // What was killed in its memory may take a moment to be gone.
        let isGone: Bool? = try await eventually(within: .seconds(5)) {
            try home.remains(of: runs).isEmpty ? true : nil
        }
        let remains = isGone == true ? [] : try home.remains(of: runs)
        #expect(remains == [])
        #expect(try home.content(TestHome.ofRuns) == [])
        #expect(try await home.rows() == [:])
        let cached = try await Program.run("/usr/bin/find", ["\(home.path)/caches", "-type", "f"])
        #expect(cached.output == "")
        let known: Set = [
            "slipway.db", "slipway.db-wal", "slipway.db-shm", "blobs", "layers", "trees",
            "attempts",
            "workspaces", "caches", "logs", "locks",
        ]
        #expect(try Files.list(home.path).filter { !known.contains($0) } == [])
    }
}
