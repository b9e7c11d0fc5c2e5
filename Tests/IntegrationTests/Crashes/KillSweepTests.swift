import Domain
import Foundation
import Glibc
import TestSupport
import Testing

/// kill -9 at any instant, then `resume`: nothing is lost, nothing is done twice, nothing is left
/// (DESIGN §5, "Crash rules").
///
/// `SLIPWAY_KILL_POINTS` says how many runs are killed, `SLIPWAY_KILL_SEED` where; with
/// `SLIPWAY_KILL_ONLY` one of them is repeated.
struct KillSweepTests {
    private static func number(_ name: String) -> Int? {
        ProcessInfo.processInfo.environment[name].flatMap { Int($0) }
    }

    private static let count = number("SLIPWAY_KILL_POINTS") ?? 12
    private static let seed = UInt64(number("SLIPWAY_KILL_SEED") ?? 20_261_128)
    private static let points = number("SLIPWAY_KILL_ONLY").map { $0..<($0 + 1) } ?? 0..<count
    /// Homes at once: runs of more than these get in each other's way.
    private static let homes = 3

    @Test("wherever a run is killed, it ends as if nobody had killed it")
    func sweep() async throws {
        await withTaskGroup { group in
            for worker in 0..<min(Self.homes, Self.points.count) {
                group.addTask {
                    do { try await Self.sweep(worker) } catch {
                        Issue.record("seed \(Self.seed), home \(worker): \(error)")
                    }
                }
            }
        }
    }

    private static func sweep(_ worker: Int) async throws {
        try await TestHome.busy { home in
            let file = try SweepWorkflow.write(to: home)
            let usual = try await usualRun(home, file)
            for point in points where point % min(homes, points.count) == worker {
                let kills = Kill.all(seed: seed, point: point)
                // The first run of the home made the result for `none`.
                let run = KilledRun(
                    home: home, file: file, kills: kills, usual: usual,
                    point: point % 3 == 0 ? "none" : "\(point)")
                let problems = try await run.problems()
                guard !problems.isEmpty else { continue }
                // What is wrong with this run is not to be told of the next ones too.
                try await run.abandon()
                Issue.record(
                    """
                    SLIPWAY_KILL_SEED=\(seed) SLIPWAY_KILL_ONLY=\(point), killed \(kills):
                    \(problems.joined(separator: "\n"))
                    """)
            }
        }
    }

    /// One that is not killed: it says how long that takes, and must itself be without fault.
    private static func usualRun(_ home: TestHome, _ file: String) async throws -> UsualRun {
        // The first one unpacks the image.
        for _ in 0..<2 {
            let first = KilledRun(
                home: home, file: file, kills: [], usual: UsualRun(time: .zero, eventCount: 0),
                point: "none")
            let problems = try await first.problems()
            try #require(problems == [])
        }
        let start = ContinuousClock.now
        let result = try await home.slipway(
            [
                "run", "--progress", "json", "--secret", "TOKEN=env:SWEEP_TOKEN", file, "-i",
                "T_POINT=timed",
            ], environment: ["SWEEP_TOKEN": SweepWorkflow.token])
        try #require(result.code == 0, "\(result.error)")
        return UsualRun(
            time: ContinuousClock.now - start,
            eventCount: result.error.split(separator: "\n").count)
    }
}
