import Storage

/// A job that prints much, beside `podman run` of the same program with conmon's file log: ours
/// also reads, masks, stores and follows what was printed.
enum LogBenchmarks {
    private static let rounds = 3
    private static let lines = 500_000
    /// With its end.
    private static let lineBytes = 101

    static func run(archive: String) async throws {
        print("\nlogs (\(lines) lines of \(lineBytes) bytes, \(rounds) rounds in turn)")
        let line = String(repeating: "x", count: lineBytes - 1)
        let program = ["/bin/sh", "-c", "yes \(line) | head -n \(lines)"]
        try await BenchmarkHome.withContainers(of: archive) { home, _ in
            let podman = try BenchmarkPodman(archive, in: home.folder)
            do {
                let words = program.map { "\"\($0)\"" }.joined(separator: ", ")
                let workflow = BenchmarkWorkflow.jobs(1, "command: [\(words)]")
                let series = try await Measuring.inTurn(
                    rounds: rounds,
                    [
                        ("slipway", { _ = try await home.run(workflow, slots: 1) }),
                        ("podman", { try podman.run(program, logDriver: "k8s-file") }),
                    ])
                let (ours, other) = (rate(series[0]), rate(series[1]))
                report(
                    "against podman run, \(rounded(other)) MiB/s",
                    "\(rounded(ours)) MiB/s: \(ratio(ours / other)) ×", budget: "-")
                try podman.remove()
            } catch {
                try podman.remove()
                throw error
            }
        }
    }

    private static func rate(_ series: Series) -> Double {
        Double(lines * lineBytes) / Double(1 << 20) / (series.median / 1000)
    }
}
