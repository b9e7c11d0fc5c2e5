import Domain
import Storage
import Workflows

/// What a collection came to, for people and programs.
struct CollectionReport {
    let tally: CollectionTally
    let outcome: HomeCollection.Outcome
    let policy: RetentionPolicy
    let isVerbose: Bool

    private var isDry: Bool { tally.isDry }

    static func line(_ item: CollectionTally.Item, isDry: Bool) -> String {
        let size = item.bytes > 0 ? " (\(Shown.size(item.bytes)))" : ""
        return TerminalText.line("\(isDry ? "would remove" : "removed") \(item.name)\(size)")
    }

    var text: String {
        var parts: [String] = []
        if let usage = outcome.usage { parts.append(usage.table) }
        var table = Table(isDry ? "WOULD GO" : "WENT", "COUNT", "SIZE")
        for kind in GarbageKind.allCases {
            let figures = tally.figures(kind)
            guard figures.count > 0 else { continue }
            table.add(kind.rawValue, String(figures.count), Shown.size(figures.bytes))
        }
        if !table.isEmpty { parts.append(table.text) }
        parts.append(summary.joined(separator: "\n"))
        return parts.joined(separator: "\n\n")
    }

    private var summary: [String] {
        let total = tally.total
        var lines: [String] = []
        if total.count == 0 {
            lines.append("nothing \(isDry ? "would go" : "went"): all of it is needed")
        } else {
            lines.append(
                "\(isDry ? "would free" : "freed") \(Shown.size(total.bytes)) in files"
                    + (isDry ? "; nothing was removed" : ""))
        }
        if let (before, after) = outcome.database {
            if before.total > after.total {
                lines.append(
                    "the database takes \(Shown.size(after.total)); it was "
                        + Shown.size(before.total))
            } else if after.free > 1 << 20, !isDry {
                lines.append(
                    "\(Shown.size(after.free)) of the database are free for new runs"
                        + (outcome.isAlone ? "" : ": others work in this home just now"))
            }
        }
        if !outcome.isAlone {
            lines.append(
                "others work in this home just now: what is younger than an hour, and nobody "
                    + "needs, stays for the next time")
        }
        if tally.inUse > 0 {
            lines.append("jobs that begin just now use \(tally.inUse) things: they stay for now")
        }
        if policy.saysNothing {
            lines.append(
                "old runs stay: say which go with --older-than 30d, --keep 20 or --max-size 20GiB, "
                    + "or for good with 'retention' in config.yaml")
        }
        if outcome.excess > 0 {
            lines.append(
                "\(Shown.size(outcome.excess)) above --max-size would stay: images, runs that have "
                    + "not ended, and those that --keep names")
        }
        if !outcome.strangers.isEmpty {
            lines.append(
                "left alone, as it is no blob: "
                    + outcome.strangers.prefix(3).joined(separator: ", ")
                    + (outcome.strangers.count > 3
                        ? " and \(outcome.strangers.count - 3) more" : ""))
        }
        if outcome.isStopped { lines.append("interrupted; the next gc goes on") }
        return lines.map { TerminalText.line($0) }
    }

    var json: JSONValue {
        var kinds: [String: JSONValue] = [:]
        for kind in GarbageKind.allCases {
            let figures = tally.figures(kind)
            kinds[kind.rawValue] = [
                "count": .integer(figures.count), "bytes": .integer(figures.bytes),
            ]
        }
        let total = tally.total
        var members: [String: JSONValue] = [
            "dryRun": .boolean(isDry), "kinds": .object(kinds),
            "total": ["count": .integer(total.count), "bytes": .integer(total.bytes)],
            "policy": [
                "olderThan": policy.age.map { .string($0.text) } ?? .null,
                "keep": policy.runs.map { .integer(Int64($0)) } ?? .null,
                "maxSize": policy.size.map { .integer($0.bytes) } ?? .null,
            ],
            "alone": .boolean(outcome.isAlone), "interrupted": .boolean(outcome.isStopped),
            "excess": .integer(outcome.excess), "inUse": .integer(tally.inUse),
            "strangers": .array(outcome.strangers.map(JSONValue.string)),
            "problems": .array(tally.problems.told.map(JSONValue.string)),
            "usage": outcome.usage?.json ?? .null,
        ]
        if let (before, after) = outcome.database {
            members["database"] = [
                "before": .integer(before.total), "after": .integer(after.total),
                "free": .integer(after.free),
            ]
        }
        if isVerbose {
            members["items"] = .array(
                tally.items.map {
                    [
                        "kind": .string($0.kind.rawValue), "name": .string($0.name),
                        "bytes": .integer($0.bytes),
                    ]
                })
        }
        return .object(members)
    }
}
