import Domain
import Executors
import Storage
import Workflows

/// What a stronger sandbox costs: a job that does nothing, beside `runsc run` of the same
/// specification, and one that does little but system calls, beside the standard sandbox.
enum SandboxBenchmarks {
    private static let rounds = 10
    private static let program = ["/bin/true"]
    /// 100,000 reads and as many writes of one byte.
    private static let calls = "dd if=/dev/zero of=/dev/null bs=1 count=100000 2>/dev/null"
    /// 2,000 files made, looked at and removed in the working folder.
    private static let files =
        "i=0; while [ $i -lt 2000 ]; do echo x >f$i; i=$((i+1)); done; ls -l >/dev/null; rm f*"

    static func run(archive: String) async throws {
        print("\nsandboxes (network none, \(rounds) rounds in turn)")
        guard Spawning.path(of: "runsc") != nil else {
            report("gvisor", "not measured: runsc is missing", budget: "–")
            return
        }
        try await BenchmarkHome.withContainers(of: archive) { home, layers in
            try await nothing(home, layers)
            try await compare(home, "200,000 system calls", calls)
            try await compare(home, "2,000 small files", files)
        }
    }

    private static func nothing(_ home: BenchmarkHome, _ layers: [String]) async throws {
        let bundle = try BenchmarkBundle(
            in: "\(home.folder)/gvisor", name: "bench-gvisor", root: layers[0], program: program,
            runtime: "runsc",
            flags: ["--network=none", "--overlay2=none", "--file-access=shared", "--oci-seccomp"])
        var samples: [[Double]] = [[], []]
        for round in 0...rounds {
            let times = [
                try await home.job("sandbox: gvisor, command: [/bin/true]"),
                try await Measuring.time { try bundle.run(round) },
            ]
            if round > 0 { for index in 0..<2 { samples[index].append(times[index]) } }
        }
        let (ours, bare) = (Series("gvisor", samples[0]), Series("runsc", samples[1]))
        report(
            "gvisor, against runsc run, \(rounded(bare.median)) ms",
            "\(rounded(ours.median)) ms (p99 \(rounded(ours.p99))): "
                + "\(ratio(ours.median / bare.median)) ×", budget: "≤ 1.5 ×")
    }

    private static func compare(
        _ home: BenchmarkHome, _ what: String, _ script: String
    ) async throws {
        var samples: [[Double]] = [[], []]
        for round in 0...rounds / 2 {
            for (index, sandbox) in ["standard", "gvisor"].enumerated() {
                let time = try await home.job(
                    "sandbox: \(sandbox), command: [sh, -c, \"\(script)\"]")
                if round > 0 { samples[index].append(time) }
            }
        }
        let (standard, gvisor) = (Series("s", samples[0]), Series("g", samples[1]))
        report(
            "\(what): standard \(rounded(standard.median)) ms",
            "gvisor \(rounded(gvisor.median)) ms: \(ratio(gvisor.median / standard.median)) ×",
            budget: "–")
    }
}
