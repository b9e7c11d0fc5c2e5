import Domain
import Executors
import Storage
import Workflows

/// A container job, ready → ended with its commits, beside bare `runc run` of the same
/// specification and `podman run --network none` of the same image; in turn.
enum ContainerBenchmarks {
    private static let rounds = 20
    private static let program = ["/bin/true"]

    static func run(archive: String) async throws {
        print("\ncontainers (network none, /bin/true, \(rounds) rounds in turn)")
        try await BenchmarkHome.withContainers(of: archive) { home, layers in
            let podman = try BenchmarkPodman(archive, in: home.folder)
            do {
                try await measure(home, layers, podman)
                try podman.remove()
            } catch {
                try podman.remove()
                throw error
            }
        }
    }

    private static func measure(
        _ home: BenchmarkHome, _ layers: [String], _ podman: BenchmarkPodman
    ) async throws {
        let bundle = try BenchmarkBundle(
            in: "\(home.folder)/bundle", name: "bench", root: layers[0], program: program)
        var samples: [[Double]] = [[], [], []]
        for round in 0...rounds {
            let times = [
                try await job(home),
                try await Measuring.time { try bundle.run(round) },
                try await Measuring.time { try podman.run(program) },
            ]
            if round > 0 { for index in 0..<3 { samples[index].append(times[index]) } }
        }
        let ours = Series("slipway", samples[0])
        let bare = Series("runc", samples[1])
        let other = Series("podman", samples[2])
        let figure = "\(rounded(ours.median)) ms (p99 \(rounded(ours.p99)))"
        report(
            "against runc run, \(rounded(bare.median)) ms",
            figure + ": \(ratio(ours.median / bare.median)) ×", budget: "≤ 1.5 ×")
        report(
            "against podman run, \(rounded(other.median)) ms",
            figure + ": \(ratio(ours.median / other.median)) ×", budget: "≤ 0.5 ×")
    }

    /// Milliseconds from ready to ended. `keys`: more of the job, each after a comma.
    static func job(_ home: BenchmarkHome, _ keys: String = "") async throws -> Double {
        try await home.job("command: [/bin/true]\(keys)")
    }
}
