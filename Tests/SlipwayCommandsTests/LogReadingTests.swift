import Domain
import OCI
import Runs
import Storage
import TestSupport
import Testing
import Workflows

@testable import SlipwayCommands

/// Logs of several legs, and the last lines of one.
struct LogReadingTests {
    private static let run = RunID(at: Timestamp(microseconds: 0), random: (1, 2))

    private static func write(
        _ lines: [String], leg: Int, attempt: Int = 1, to logs: LogStore, endsLast: Bool = true
    ) throws {
        let writer = try logs.writer(AttemptID(run: run, leg: leg, number: attempt)) { NoMask() }
        for (index, line) in lines.enumerated() {
            try writer.append([
                LogChunk(
                    stream: .output, time: Timestamp(microseconds: 1), bytes: Array(line.utf8),
                    endsLine: endsLast || index < lines.count - 1)
            ])
        }
        try writer.finish()
    }

    private static func texts(_ lines: [LogLine]) -> [String] {
        lines.map { String(decoding: $0.text, as: UTF8.self) }
    }

    @Test("the last twelve lines are the last ones, also of 300 KB each")
    func lastLines() async throws {
        try await withTemporaryFolder { folder in
            let logs = LogStore(path: folder)
            let long = String(repeating: "x", count: 300_000)
            try Self.write((0..<40).map { "\($0) \(long)" }, leg: 0, to: logs)
            let lines = try FailureSummary.lastLines(
                of: AttemptID(run: Self.run, leg: 0, number: 1), in: logs)
            #expect(Self.texts(lines).map { $0.prefix(3) } == (28..<40).map { "\($0) " })
        }
    }

    @Test("a line that never ended is the last of the twelve")
    func unended() async throws {
        try await withTemporaryFolder { folder in
            let logs = LogStore(path: folder)
            try Self.write((0..<20).map { "line \($0)" }, leg: 0, to: logs, endsLast: false)
            let lines = try FailureSummary.lastLines(
                of: AttemptID(run: Self.run, leg: 0, number: 1), in: logs)
            #expect(Self.texts(lines) == (8..<20).map { "line \($0)" })
        }
    }

    @Test("each is cut at 400 scalars")
    func cut() {
        func shown(_ text: String) -> String {
            let line = LogLine(
                time: Timestamp(microseconds: 0), stream: .output, text: Array(text.utf8),
                endsLine: true, offset: 0)
            return FailureSummary.shown(line, isTerminal: true)
        }
        #expect(shown(String(repeating: "日", count: 400)).unicodeScalars.count == 400)
        let long = shown(String(repeating: "e\u{301}", count: 100_000))
        #expect(long.unicodeScalars.count == 401)
        #expect(long.hasSuffix("…"))
        #expect(shown("a\u{1b}[2Jb") == "a[2Jb")
    }

    private static func state(shards: Int) throws -> RunState {
        let text =
            "slipway: 1\nname: demo\nstages:\n  - name: s\n    jobs:\n"
            + "      - {name: a, component: b, shards: \(shards), retry: {attempts: 3}}\n"
        let outcome = WorkflowFile.parse(Array(text.utf8))
        return RunState(plan: RunPlan(try #require(outcome.definition)))
    }

    private static func apply(_ events: [RunEvent], to state: inout RunState) throws {
        var rest = events
        while !rest.isEmpty {
            let event = rest.removeFirst()
            let effects = try state.apply(event, at: Timestamp(microseconds: 1))
            let following: [RunEvent] = effects.compactMap {
                if case .record(let event) = $0 { event } else { nil }
            }
            rest.insert(contentsOf: following, at: 0)
        }
    }

    private static func start(_ state: inout RunState) throws {
        let creation = RunCreation(
            id: run, number: 1, workflow: "demo", definition: Digest(of: []), file: "f",
            actor: "me", inputs: [:], images: [:], source: nil, commit: nil, isDirty: false)
        try apply([.created(creation), .started], to: &state)
    }

    @Test("without following, one leg after another, each whole")
    func inOrder() async throws {
        try await withTemporaryFolder { folder in
            let logs = LogStore(path: folder)
            var state = try Self.state(shards: 3)
            try Self.start(&state)
            let long = String(repeating: "x", count: 1000)
            for leg in 0..<3 {
                try Self.apply([.attemptStarting(leg: leg, attempt: 1)], to: &state)
                try Self.write((0..<900).map { "\($0) \(long)" }, leg: leg, to: logs)
            }
            var followers = LogFollowers(run: Self.run, attempt: nil, logs: logs)
            followers.take(0..<3, of: state)
            var labels: [String] = []
            _ = try followers.advance(state, isOver: true) { _, label, _ in labels.append(label) }
            #expect(labels == (0..<3).flatMap { Array(repeating: "s.a[\($0)]", count: 900) })
            #expect(followers.open.isEmpty)
        }
    }

    @Test("while following, legs that have not begun or have ended are not looked at")
    func followsLive() async throws {
        try await withTemporaryFolder { folder in
            let logs = LogStore(path: folder)
            var state = try Self.state(shards: 5)
            try Self.start(&state)
            var followers = LogFollowers(run: Self.run, attempt: nil, logs: logs)
            var texts: [String] = []
            func pass() throws {
                followers.take(0..<5, of: state)
                _ = try followers.advance(state, isOver: false) { line, _, attempt in
                    texts.append("\(attempt) " + String(decoding: line.text, as: UTF8.self))
                }
            }
            try pass()
            #expect(followers.open.isEmpty)
            try Self.apply([.attemptStarting(leg: 1, attempt: 1)], to: &state)
            try pass()
            #expect(followers.open.map(\.leg) == [1])
            try Self.write(["one"], leg: 1, to: logs)
            try Self.apply([.attemptStarted(leg: 1, attempt: 1)], to: &state)
            try pass()
            #expect(texts == ["1 one"])
            let report = AttemptReport(state: .errored, reason: "lost")
            try Self.apply([.attemptEnded(leg: 1, attempt: 1, report)], to: &state)
            try pass()
            // It is tried again: its next log follows the first.
            #expect(followers.open.map(\.leg) == [1])
            try Self.apply(
                [.retryDue(leg: 1, attempt: 1), .attemptStarting(leg: 1, attempt: 2)], to: &state)
            try pass()
            try Self.write(["two"], leg: 1, attempt: 2, to: logs)
            try Self.apply(
                [
                    .attemptStarted(leg: 1, attempt: 2),
                    .attemptEnded(leg: 1, attempt: 2, AttemptReport(state: .succeeded)),
                ], to: &state)
            try pass()
            #expect(texts == ["1 one", "2 two"])
            #expect(followers.open.isEmpty)
            try pass()
            #expect(followers.open.isEmpty)
        }
    }
}
