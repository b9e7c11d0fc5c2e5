import Glibc

/// `slipway-bench SLIPWAY IMAGE-ARCHIVE [GROUP]`: every figure of the budgets, beside its peer; or
/// those of one group.
do {
    let words = CommandLine.arguments
    if words.count > 2, words[1] == Measuring.costVerb {
        try Measuring.printCost(of: Array(words.dropFirst(2)))
        exit(0)
    }
    if words.count == 3, words[1] == EngineBenchmarks.sequenceVerb, let jobs = Int(words[2]) {
        try await EngineBenchmarks.runSequence(jobs)
        exit(0)
    }
    let groups: [(name: String, run: () async throws -> Void)] = [
        ("commands", { try await CommandBenchmarks.run(program: words[1]) }),
        ("language", { try LanguageBenchmarks.run(program: words[1]) }),
        ("engine", { try await EngineBenchmarks.run() }),
        ("pulls", { try await PullBenchmarks.run(program: words[1]) }),
        ("views", { try await ViewBenchmarks.run() }),
        ("containers", { try await ContainerBenchmarks.run(archive: words[2]) }),
        ("networks", { try await NetworkBenchmarks.run(archive: words[2]) }),
        ("protections", { try await ProtectionBenchmarks.run(archive: words[2]) }),
        ("parallel", { try await ParallelBenchmarks.run(archive: words[2]) }),
        ("sandboxes", { try await SandboxBenchmarks.run(archive: words[2]) }),
        ("unpack", { try await UnpackBenchmarks.run() }),
        ("logs", { try await LogBenchmarks.run(archive: words[2]) }),
        ("restart", { try await RestartBenchmarks.run(program: words[1], archive: words[2]) }),
        ("reruns", { try await RerunBenchmarks.run(program: words[1], archive: words[2]) }),
    ]
    let names = groups.map(\.name)
    guard words.count == 3 || words.count == 4 && names.contains(words[3]) else {
        throw BenchmarkError(
            what: "usage: slipway-bench SLIPWAY IMAGE-ARCHIVE [\(names.joined(separator: "|"))]")
    }
    for group in groups where words.count == 3 || group.name == words[3] {
        try await group.run()
    }
} catch {
    print("slipway-bench: \(error)")
    exit(2)
}
