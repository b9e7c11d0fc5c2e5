import Domain
import Glibc
import Storage
import TestSupport

/// One run of the sweep's workflow whose processes are killed, and what is wrong with its end.
struct KilledRun {
    let home: TestHome
    let file: String
    let kills: [Kill]
    let usual: UsualRun
    /// What the memoised job depends on: a value that was used before is a hit.
    let point: String

    private static let waiters = IOPool(width: 16)
    private static let secret = ["SWEEP_TOKEN": SweepWorkflow.token]
    private static let options = [
        "-o", "json", "--progress", "json", "--secret", "TOKEN=env:SWEEP_TOKEN",
    ]

    private var database: Database {
        get throws { try Database(path: "\(home.path)/slipway.db") }
    }

    /// Runs to the end of the run; gives what is not as it must be.
    func problems() async throws -> [String] {
        let database = try database
        let earlier = try await StoredRun.newest(in: database)?.number ?? 0
        var streams: [String] = []
        var kills = kills[...]
        var words = ["run", file, "-i", "T_POINT=\(point)"]
        while true {
            let result = try await carry(words, kills.popFirst())
            streams.append(result.error)
            let wasKilled = result.code == 128 + SIGKILL
            guard let run = try await StoredRun.newest(in: database), run.number > earlier else {
                // It died before there was a run.
                return (wasKilled ? [] : ["no run: \(result.error)"]) + (try await leftovers(true))
            }
            if run.isOver {
                var problems = try await check(run, database, streams)
                if !wasKilled, result.code != 0 {
                    problems.append("\(words[0]) ended with \(result.code)")
                }
                problems += try await leftovers(wasKilled)
                return problems
            }
            guard wasKilled, streams.count < 10 else {
                return ["\(words) ended with \(result.code): \(result.error)"]
            }
            words = ["resume", "\(run.number)"]
        }
    }

    /// Ends a run that did not come to its end, with the one that it called.
    func abandon() async throws {
        guard let run = try await StoredRun.newest(in: database), !run.isOver else { return }
        _ = try await home.slipway(["cancel", "\(run.number)"])
    }

    private func carry(_ words: [String], _ kill: Kill?) async throws -> ProgramResult {
        let program = try home.start(words + Self.options, environment: Self.secret)
        if let kill {
            let usual = usual
            try await Self.waiters.run { try kill.perform(on: program, usual) }
        }
        return try await program.wait()
    }

    /// What a process that was killed in its last moments left, the next command takes away.
    private func leftovers(_ needsSweep: Bool) async throws -> [String] {
        if needsSweep {
            let result = try await home.slipway(["doctor"])
            if result.error.contains("warning: ") { return ["doctor: \(result.error)"] }
        }
        let isClean: Bool? = try await eventually(within: .seconds(5)) {
            try home.leftovers().isEmpty ? true : nil
        }
        return isClean == true ? [] : ["left behind: \(try home.leftovers())"]
    }

    private func check(
        _ run: StoredRun, _ database: Database, _ streams: [String]
    ) async throws -> [String] {
        var problems = run.problems() + committed(run, streams)
        if run.state != "succeeded" {
            problems.append("the run is \(run.state): \(run.events.last?["reason"] ?? .null)")
        }
        let document = try JSONParser.parse(
            try await home.slipway(["show", "-o", "json", "\(run.number)"]).output.utf8)
        problems += compare(document, with: run)
        let hit = document["jobs"]?.arrayValue?.contains { $0["memo"]?["run"]?.integerValue != nil }
        problems += try await witness(of: run)
        var logs = SweepWorkflow.logs
        if hit != true { logs.merge(SweepWorkflow.againLog) { $1 } }
        problems += try await compare(logs, with: ["\(run.number)"])
        problems += try await compare(
            SweepWorkflow.firstTryLog, with: ["\(run.number)", "make.flaky", "--attempt", "1"])
        guard let called = try await StoredRun.newest(in: database, calledBy: run.id) else {
            return problems + ["no run was called"]
        }
        problems += called.problems().map { "called run: \($0)" }
        problems += try await compare(SweepWorkflow.innerLog, with: ["\(called.number)"])
        return problems
    }

    /// What was shown as committed is stored.
    private func committed(_ run: StoredRun, _ streams: [String]) -> [String] {
        var stored: [Int64: JSONValue] = [:]
        for (sequence, event) in zip(run.sequences, run.events) { stored[sequence] = event }
        var problems: [String] = []
        for line in streams.joined(separator: "\n").split(separator: "\n") {
            guard let shown = Self.event(line), let sequence = shown["sequence"]?.integerValue
            else { continue }
            if stored[sequence]?["type"] != shown["type"] {
                problems.append("event \(sequence) was shown as \(shown["type"] ?? .null)")
            }
        }
        return problems
    }

    private static func event(_ line: Substring) -> JSONValue? {
        do { return try JSONParser.parse(line.utf8) } catch {
            // The last line of a process that was killed may be a part of one.
            return nil
        }
    }

    /// The fold of the events is what `show` says, and what must come of the workflow.
    private func compare(_ document: JSONValue, with run: StoredRun) -> [String] {
        var problems: [String] = []
        if document["state"]?.stringValue != run.state {
            problems.append("show says \(document["state"] ?? .null)")
        }
        let folded = run.legs()
        for (index, entry) in (document["jobs"]?.arrayValue ?? []).enumerated() {
            let target = entry["matrix"]?["T_A"]?.stringValue.map { " \($0)" } ?? ""
            let label = JobReport(entry).label + target
            if StoredRun.Leg(shown: entry) != folded[Int64(index)] {
                problems.append(
                    "show and events differ about \(label): \(entry.canonicalText), "
                        + "\(folded[Int64(index)] as Any)")
            }
            let attempts = entry["attempts"]?.integerValue
            if attempts != SweepWorkflow.attempts[label] {
                problems.append("\(label) took \(attempts as Any) attempts")
            }
            if label == "use.take", JobReport(entry).output("ALL") != SweepWorkflow.answer {
                problems.append("use.take answered \(entry["outputs"] ?? .null)")
            }
        }
        return problems
    }

    /// The physical trace: what containers of the run really began and ended.
    private func witness(of run: StoredRun) async throws -> [String] {
        let path = "\(home.folder)/witness-\(run.number)"
        let got = try await home.slipway(
            ["artifact", "get", "\(run.number)", "finish.keep", "witness", "-o", path])
        guard got.code == 0 else { return ["witness: \(got.error)"] }
        let lines = String(decoding: try Files.readFile(path, limit: 1 << 20), as: UTF8.self)
            .split(separator: "\n").map(String.init).sorted()
        return lines == SweepWorkflow.witness ? [] : ["the containers were: \(lines)"]
    }

    private func compare(
        _ expected: [String: [String]], with words: [String]
    ) async throws -> [String] {
        let result = try await home.slipway(["logs", "-o", "json"] + words)
        var found: [String: [String]] = [:]
        for line in result.output.utf8.split(separator: 0x0a) {
            let json = try JSONParser.parse(line)
            let parts = [
                json["job"]?.stringValue ?? "?", json["attempt"]?.integerValue.map(String.init),
                json["stream"]?.stringValue,
            ].compactMap { $0 }
            found[parts.joined(separator: " "), default: []].append(
                json["text"]?.stringValue ?? "?")
        }
        return Set(expected.keys).union(found.keys).sorted().compactMap { key in
            expected[key] == found[key]
                ? nil : "the log \(key) of \(words) is: \(found[key] ?? [])"
        }
    }
}
