import Domain
import OCI
import TestSupport
import Testing
import Workflows

@testable import Runs
@testable import SlipwayCommands

/// What many runs say together.
struct StatisticsTests {
    /// A run of two jobs, told by how their attempts end. `source` stands for a state of the tree.
    private static func run(
        _ first: [JobState], _ second: JobState = .succeeded, seconds: Int64 = 10,
        source: String = "a", at start: Int64 = 0
    ) throws -> RunState {
        let text = """
            slipway: 1
            name: demo
            stages:
              - name: s
                run: parallel
                jobs:
                  - {name: a, component: b, retry: {attempts: 3, on: [failed]}}
                  - {name: c, component: b}
            """
        var state = RunState(plan: try LiveFixture.plan(text))
        let digest = Digest(of: Array(source.utf8))
        let creation = RunCreation(
            id: LiveFixture.run, number: 1, workflow: "demo", definition: Digest(of: []),
            file: "f", actor: "me", inputs: [:], images: [:],
            source: ArtifactRecord(kind: .folder, digest: digest, size: 1, isExecutable: false),
            commit: nil, isDirty: false)
        var time = start
        func apply(_ event: RunEvent) throws {
            var stack = [event]
            while let next = stack.popLast() {
                let effects = try state.apply(
                    next, at: Timestamp(microseconds: time * 1_000_000))
                let following: [RunEvent] = effects.compactMap {
                    if case .record(let event) = $0 { event } else { nil }
                }
                stack += following.reversed()
            }
        }
        try apply(.created(creation))
        try apply(.attemptStarting(leg: 1, attempt: 1))
        try apply(.attemptStarted(leg: 1, attempt: 1))
        let report = AttemptReport(
            state: second, reason: second == .succeeded ? nil : "exit code 2")
        try apply(.attemptEnded(leg: 1, attempt: 1, report))
        for (index, end) in first.enumerated() {
            if index > 0 { try apply(.retryDue(leg: 0, attempt: index)) }
            try apply(.attemptStarting(leg: 0, attempt: index + 1))
            try apply(.attemptStarted(leg: 0, attempt: index + 1))
            time += seconds
            let reason = end == .succeeded ? nil : "exit code 1"
            try apply(
                .attemptEnded(
                    leg: 0, attempt: index + 1, AttemptReport(state: end, reason: reason)))
        }
        #expect(state.phase.isFinal)
        return state
    }

    private static func statistics(_ runs: [RunState]) -> RunStatistics {
        var statistics = RunStatistics()
        runs.forEach { statistics.add($0) }
        return statistics
    }

    @Test("success rate, times and reasons")
    func counts() throws {
        var runs: [RunState] = []
        for seconds in 1...8 { runs.append(try Self.run([.succeeded], seconds: Int64(seconds))) }
        runs.append(try Self.run([.errored], seconds: 90))
        runs.append(try Self.run([.succeeded], .failed, seconds: 9))
        let statistics = Self.statistics(runs)
        #expect(statistics.count == 10)
        #expect(statistics.successRate == 0.8)
        #expect(statistics.durations.percentile(50) == 5000)
        #expect(statistics.durations.percentile(95) == 90_000)
        #expect(statistics.slowest.first?.key == "s.a")
        #expect(statistics.slowest.first?.failed == 1)
        #expect(
            statistics.commonReasons.map(\.text).sorted() == [
                "s.a errored: exit code 1", "s.c failed: exit code 2",
            ])
        #expect(statistics.flaky.map(\.key) == ["s.a", "s.c"])
    }

    @Test("a job is flaky when it ended both ways at one source, or a retry rescued it")
    func flaky() throws {
        let steady = Self.statistics([
            try Self.run([.succeeded]), try Self.run([.errored], source: "b"),
        ])
        #expect(steady.flaky.isEmpty)
        let both = Self.statistics([try Self.run([.succeeded]), try Self.run([.errored])])
        #expect(both.flaky.map(\.key) == ["s.a"])
        #expect(both.flaky.first?.contradictions == 1)
        let rescued = Self.statistics([try Self.run([.failed, .succeeded])])
        #expect(rescued.flaky.map(\.key) == ["s.a"])
        #expect(rescued.flaky.first?.rescued == 1)
        #expect(rescued.flaky.first?.failed == 0)
    }

    @Test("a report has all of it, in cells that no job can break")
    func report() throws {
        let statistics = Self.statistics([
            try Self.run([.succeeded], seconds: 5), try Self.run([.errored], seconds: 10),
        ])
        let text = StatisticsReport(statistics: statistics, workflow: "demo", isUTF8: false).text
        #expect(text.hasPrefix("workflow demo: 2 runs, 1970-01-01T00:00:00.000Z to "))
        #expect(text.contains("success  50%  ##########..........  1 succeeded, 1 errored"))
        #expect(text.contains("p50 5.0s  p95 10s  max 10s"))
        #expect(text.contains("SLOWEST JOBS"))
        #expect(text.contains("FLAKY JOBS"))
        #expect(text.contains("s.a errored: exit code 1"))
        #expect(text.unicodeScalars.allSatisfy({ $0.isASCII }))
        let json = StatisticsReport(statistics: statistics, workflow: nil, isUTF8: true).json
        #expect(json["runs"] == 2)
        #expect(json["states"] == ["succeeded": 1, "errored": 1])
        #expect(json["flaky"]?.arrayValue?.first?["job"] == "s.a")
        let none = StatisticsReport(
            statistics: RunStatistics(), workflow: nil, isUTF8: true)
        #expect(none.text.contains("no run has ended yet"))
        #expect(none.json["successRate"] == .null)
    }

    @Test("percentiles are of the nearest rank")
    func percentiles() {
        var samples = Samples()
        #expect(samples.percentile(50) == nil)
        samples.add(7)
        #expect(samples.percentile(50) == 7)
        #expect(samples.percentile(95) == 7)
        for value in 8...106 { samples.add(Int64(value)) }
        #expect(samples.percentile(50) == 56)
        #expect(samples.percentile(95) == 101)
        #expect(samples.longest == 106)
    }

    @Test("a hundred thousand samples take no more room than a thousand, and say much the same")
    func bounded() throws {
        var random = SeededGenerator(seed: 7)
        var samples = Samples()
        for value in (0..<100_000).shuffled(using: &random) { samples.add(Int64(value)) }
        #expect(samples.count == 100_000)
        #expect(samples.longest == 99_999)
        #expect(samples.kept.count <= Samples.limit)
        let middle = try #require(samples.percentile(50))
        let high = try #require(samples.percentile(95))
        #expect(abs(middle - 50_000) < 8000)
        #expect(abs(high - 95_000) < 4000)
    }

    @Test(
        "charts are as wide as they have values, in blocks or in letters",
        arguments: [
            ([0, 1, 2, 3, 4, 5, 6, 7], true, "▁▂▃▄▅▆▇█"), ([0, 7], false, "_#"),
            ([], true, ""), ([0, 0], true, "▁▁"), ([5], false, "#"),
            ([1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9], true, "▄▄▅▆▇███"),
            ([Int64.max, 1], true, "█▁"),
        ] as [([Int64], Bool, String)])
    func charts(values: [Int64], isUTF8: Bool, expected: String) {
        #expect(Sparkline.text(values, width: 8, isUTF8: isUTF8) == expected)
    }
}
