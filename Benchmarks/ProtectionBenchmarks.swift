import Domain
import Executors
import Storage
import Workflows

/// What each protection costs: a job that does nothing and one that does little but system calls,
/// with the machine's users, with users of its own, hardened, and with a disk of its own; and bare
/// `runc run` with our filter of system calls and without one.
enum ProtectionBenchmarks {
    private static let rounds = 15
    private static let programs = [
        ("/bin/true", ["/bin/true"]),
        (
            "2,000,000 system calls",
            ["/bin/dd", "if=/dev/zero", "of=/dev/null", "bs=1", "count=1000000"]
        ),
    ]

    static func run(archive: String) async throws {
        print("\nprotections (network none, \(rounds) rounds in turn)")
        try await BenchmarkHome.withContainers(of: archive, users: .none("to compare")) {
            plain, _ in
            try await BenchmarkHome.withContainers(of: archive) { home, layers in
                for (what, program) in programs {
                    try await jobs(what, program, plain, home)
                    try await filters(what, program, home, layers)
                }
            }
        }
    }

    private static func jobs(
        _ what: String, _ program: [String], _ plain: BenchmarkHome, _ home: BenchmarkHome
    ) async throws {
        let command = "command: [\(program.joined(separator: ", "))]"
        let kinds: [(name: String, home: BenchmarkHome, keys: String)] = [
            ("users of the machine", plain, command), ("users of its own", home, command),
            ("hardened", home, "\(command), hardened: true"),
            ("disk of its own", home, "\(command), resources: {disk: 64Mi}"),
        ]
        var samples = [[Double]](repeating: [], count: kinds.count)
        for round in 0...rounds {
            for (index, kind) in kinds.enumerated() {
                let time = try await kind.home.job(kind.keys)
                if round > 0 { samples[index].append(time) }
            }
        }
        let series = zip(kinds, samples).map { Series($0.name, $1) }
        for one in series.dropFirst() {
            report(
                "\(what): \(series[0].name) \(rounded(series[0].median)) ms",
                "\(one.name) \(rounded(one.median)) ms (p99 \(rounded(one.p99)))", budget: "-")
        }
    }

    private static func filters(
        _ what: String, _ program: [String], _ home: BenchmarkHome, _ layers: [String]
    ) async throws {
        let bundles = try [true, false].map { isFiltered in
            try BenchmarkBundle(
                in: "\(home.folder)/filter-\(program.count)-\(isFiltered)", name: "bench-filter",
                root: layers[0], program: program, isFiltered: isFiltered)
        }
        var samples: [[Double]] = [[], []]
        for round in 0...rounds {
            for (index, bundle) in bundles.enumerated() {
                let time = try await Measuring.time { try bundle.run(round) }
                if round > 0 { samples[index].append(time) }
            }
        }
        let (filtered, open) = (Series("f", samples[0]), Series("o", samples[1]))
        report(
            "\(what): runc run without a filter \(rounded(open.median)) ms",
            "filtered \(rounded(filtered.median)) ms: \(ratio(filtered.median / open.median)) ×",
            budget: "-")
    }
}
