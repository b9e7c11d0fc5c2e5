import Glibc

/// `slipway-bench SLIPWAY IMAGE-ARCHIVE`: every figure of the budgets, beside its peer.
do {
    let words = CommandLine.arguments
    if words.count > 2, words[1] == Measuring.costVerb {
        try Measuring.printCost(of: Array(words.dropFirst(2)))
        exit(0)
    }
    guard words.count == 3 else {
        throw BenchmarkError(what: "usage: slipway-bench SLIPWAY IMAGE-ARCHIVE")
    }
    try await CommandBenchmarks.run(program: words[1])
    try LanguageBenchmarks.run(program: words[1])
    try await EngineBenchmarks.run()
    try await ViewBenchmarks.run()
    try await ContainerBenchmarks.run(archive: words[2])
    try await RerunBenchmarks.run(program: words[1], archive: words[2])
} catch {
    print("slipway-bench: \(error)")
    exit(2)
}
