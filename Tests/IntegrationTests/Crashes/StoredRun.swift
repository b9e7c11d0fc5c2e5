import Domain
import Storage
import TestSupport

/// A run as its events in the store tell it, without any of the engine's own code.
struct StoredRun: Sendable {
    let id: String
    let number: Int64
    let state: String
    /// In the order of their sequence numbers.
    let events: [JSONValue]
    let sequences: [Int64]

    var isOver: Bool { !["queued", "running", "paused"].contains(state) }

    /// The newest run that nobody called, or the one that such a run called.
    static func newest(in database: Database, calledBy caller: String? = nil) async throws
        -> StoredRun?
    {
        try await database.read { transaction in
            let row = try transaction.query(
                "SELECT id, number, state FROM runs WHERE "
                    + (caller == nil ? "called_by IS NULL" : "called_by LIKE ?")
                    + " ORDER BY number DESC LIMIT 1",
                caller.map { [.text("\($0)-%")] } ?? []
            ).first
            guard let row else { return nil }
            let id = try row.text(at: 0)
            let stored = try transaction.query(
                "SELECT sequence, body FROM run_events WHERE run_id = ? ORDER BY sequence",
                [.text(id)])
            return StoredRun(
                id: id, number: try row.integer(at: 1), state: try row.text(at: 2),
                events: try stored.map { try JSONParser.parse(try $0.blob(at: 1)) },
                sequences: try stored.map { try $0.integer(at: 0) })
        }
    }

    /// What is wrong with the order of the events, or with how often each is there.
    func problems() -> [String] {
        var problems: [String] = []
        if sequences != Array(1...Int64(max(1, sequences.count))) {
            problems.append("sequence numbers have gaps: \(sequences)")
        }
        var counts: [String: Int] = [:]
        for event in events {
            let place = ["stage", "job", "leg", "attempt"].map {
                event[$0]?.integerValue.map(String.init) ?? "-"
            }
            let name = event["type"]?.stringValue ?? "?"
            counts["\(name) \(place.joined(separator: " "))", default: 0] += 1
        }
        problems += counts.filter { $0.value > 1 }.map { "\($0.key) is there \($0.value) times" }
        for (key, _) in counts where key.hasPrefix("attempt-starting ") {
            let ended = "attempt-ended " + key.dropFirst("attempt-starting ".count)
            if counts[ended] == nil { problems.append("\(key) never ended") }
        }
        return problems
    }

    /// The folded state of each leg: what `show` must say of it.
    struct Leg: Equatable {
        var attempts: Int64 = 0
        var state = ""
        var exitCode: Int64?
        var outputs: [String: JSONValue] = [:]
        var digests: [String: String] = [:]
    }

    func legs() -> [Int64: Leg] {
        var legs: [Int64: Leg] = [:]
        for event in events {
            guard let index = event["leg"]?.integerValue else { continue }
            var leg = legs[index] ?? Leg()
            switch event["type"]?.stringValue {
            case "attempt-starting":
                leg = Leg(attempts: event["attempt"]?.integerValue ?? 0)
            case "attempt-ended":
                let report = event["report"]
                leg.state = report?["state"]?.stringValue ?? "?"
                leg.exitCode = report?["exitCode"]?.integerValue
                leg.outputs = report?["outputs"]?.objectValue ?? [:]
                leg.digests = (report?["artifacts"]?.objectValue ?? [:])
                    .compactMapValues { $0["digest"]?.stringValue }
            case "after-evaluated":
                if let outputs = event["outcome"]?["value"]?.objectValue { leg.outputs = outputs }
            case "leg-ended": leg.state = event["state"]?.stringValue ?? "?"
            default: break
            }
            legs[index] = leg
        }
        return legs
    }
}

extension StoredRun.Leg {
    /// An entry of `jobs` in `show -o json`.
    init(shown: JSONValue) {
        attempts = shown["attempts"]?.integerValue ?? 0
        state = shown["state"]?.stringValue ?? "?"
        exitCode = shown["exitCode"]?.integerValue
        outputs = shown["outputs"]?.objectValue ?? [:]
        digests = (shown["artifacts"]?.objectValue ?? [:])
            .compactMapValues { $0["digest"]?.stringValue }
    }
}
