import Domain
import Runs
import Workflows

/// The runs that go on now, each with what of it runs; it grows by what was committed since.
struct TopBoard {
    struct Entry {
        let listed: ListedRun
        var view: RunView
        var live = LiveRun()
        var standing = RunStanding.settled
    }

    /// Newest first.
    private(set) var entries: [Entry] = []
    /// Runs that are not looked into.
    private(set) var others = 0

    /// More runs than this are only counted.
    static let runLimit = 50

    mutating func refresh(_ services: HomeServices) async throws {
        let unfinished = try await services.runs.store.unfinished()
        others = max(0, unfinished.count - Self.runLimit)
        var known = Dictionary(entries.map { ($0.listed.id, $0) }) { $1 }
        entries = []
        for listed in unfinished.prefix(Self.runLimit) {
            var entry: Entry
            if let found = known.removeValue(forKey: listed.id) {
                entry = found
                let events = try await entry.view.refresh()
                let state = entry.view.state
                entry.live.take(events, state)
            } else {
                entry = Entry(listed: listed, view: try await services.runs.view(listed.id))
                let state = entry.view.state
                entry.live.take([], state)
            }
            // It may have ended since it was listed.
            guard !entry.live.phase.isFinal else { continue }
            entry.standing = try await services.runs.standing(of: listed)
            entries.append(entry)
        }
    }

    // MARK: Pure

    /// With `rows` as many lines as fit, shared out among the runs; else all that runs.
    func lines(now: Timestamp, rows: Int?) -> [String] {
        guard !entries.isEmpty else { return ["nothing runs now; begin with: slipway run FILE"] }
        let count = entries.count
        let jobs = rows.map { max(1, ($0 - 2 - 2 * count) / count) } ?? Int.max
        var lines = ["\(count + others) run\(count + others == 1 ? "" : "s"): \(running) jobs run"]
        for entry in entries { lines += Self.lines(entry, jobs: jobs, now: now) }
        if others > 0 { lines.append("… \(others) older runs") }
        return lines
    }

    private var running: Int { entries.reduce(0) { $0 + $1.live.counts[.running] } }

    private static func lines(_ entry: Entry, jobs: Int, now: Timestamp) -> [String] {
        let run = entry.live
        func time(_ start: Timestamp?) -> String {
            Shown.duration(from: start, to: nil, now: now)
        }
        let state = run.phase.rawValue + entry.standing.suffix
        var lines = ["\(run.title) · \(state) · \(time(run.startedAt)) · by \(entry.listed.actor)"]
        guard let current = run.currentStage else { return lines }
        let stage = run.stages[current]
        let total = stage.counts.total
        let done = total - stage.counts[.waiting] - stage.counts[.running]
        var text = "  ● \(stage.name)  \(time(stage.startedAt))"
        if stage.isPause { text += "  waits for approval: slipway approve \(run.number)" }
        if total > 0 { text += "  \(done)/\(total)" }
        if stage.counts[.failed] > 0 { text += "  \(stage.counts[.failed]) failed" }
        lines.append(text)
        let shown = stage.running.count <= jobs ? stage.running.count : max(0, jobs - 1)
        for case .leg(let leg) in stage.running.prefix(shown) {
            let name = run.jobs[run.legs[leg].job].name + run.legs[leg].suffix
            lines.append("      \(name)  \(time(run.legs[leg].startedAt))")
        }
        if shown < stage.running.count {
            lines.append("      … \(stage.running.count - shown) more running")
        }
        return lines.map(TerminalText.line)
    }

    var json: JSONValue {
        .array(
            entries.map { entry -> JSONValue in
                let run = entry.live
                let stage = run.currentStage.map { run.stages[$0] }
                return [
                    "number": .integer(run.number), "id": .string(entry.listed.id.text),
                    "workflow": .string(entry.listed.workflow),
                    "state": .string(run.phase.rawValue), "actor": .string(entry.listed.actor),
                    "interrupted": .boolean(entry.standing == .interrupted),
                    "startedAt": RunDocument.time(run.startedAt),
                    "stage": stage.map { .string($0.name) } ?? .null,
                    "running": .array((stage?.running ?? []).map { Self.json($0, run) }),
                ]
            })
    }

    private static func json(_ item: LiveRun.Item, _ run: LiveRun) -> JSONValue {
        var startedAt: Timestamp?
        if case .leg(let leg) = item { startedAt = run.legs[leg].startedAt }
        return [
            "job": .string(run.label(item)), "state": .string(run.state(of: item).rawValue),
            "startedAt": RunDocument.time(startedAt),
        ]
    }
}
