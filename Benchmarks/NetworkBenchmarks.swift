/// What a bridge, and a list of what may be reached, cost a no-op job, ready → ended, beside the
/// same job without a network; in turn.
enum NetworkBenchmarks {
    private static let rounds = 20

    static func run(archive: String) async throws {
        print("\nnetworks (/bin/true, \(rounds) rounds in turn)")
        let one = "network: bridge, egress: ['192.0.2.1:443']"
        let many = (1...64).map { "'192.0.2.\($0):443'" }.joined(separator: ", ")
        let kinds = [
            ("none", "network: none"), ("bridge", "network: bridge"),
            ("bridge, egress of 1 address", one),
            ("bridge, egress of 64 addresses", "network: bridge, egress: [\(many)]"),
        ]
        try await BenchmarkHome.withContainers(of: archive) { home, _ in
            var samples: [[Double]] = kinds.map { _ in [] }
            for round in 0...rounds {
                for (index, kind) in kinds.enumerated() {
                    let time = try await ContainerBenchmarks.job(home, ", \(kind.1)")
                    if round > 0 { samples[index].append(time) }
                }
            }
            let series = zip(kinds, samples).map { Series($0.0, $1) }
            for one in series.dropFirst() {
                report(
                    "\(one.name); none: \(rounded(series[0].median)) ms",
                    "\(rounded(one.median)) ms (p99 \(rounded(one.p99))): "
                        + "+ \(rounded(one.median - series[0].median)) ms", budget: "-")
            }
        }
    }
}
