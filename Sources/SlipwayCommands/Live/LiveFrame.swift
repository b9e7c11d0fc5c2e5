import Domain
import Workflows

/// Draws a view as lines that fit its terminal: one line fewer than it has rows, each narrower
/// than it is wide. What is drawn is bounded by the terminal, not by the run.
struct LiveFrame {
    let view: LiveView
    let style: Style
    let now: Timestamp

    /// Failed legs that are shown and whose last line is not known yet, in `lines`' order.
    private(set) var missingTails: [Int] = []

    init(_ view: LiveView, style: Style, now: Timestamp) {
        self.view = view
        self.style = style
        self.now = now
    }

    var run: LiveRun { view.run }
    /// One column stays free: a full line would make some terminals wrap.
    var width: Int { view.columns - 1 }

    mutating func lines() -> [String] {
        switch view.mode {
        case .help: return help()
        case .log: return log()
        case .overview, .confirmCancel, .comment: return overview()
        }
    }

    func fit(_ text: String, _ colour: Style.Colour? = nil) -> String {
        style.paint(CellWidth.fit(text, width), colour)
    }

    func time(_ start: Timestamp?, _ end: Timestamp?) -> String {
        Shown.duration(from: start, to: end, now: now)
    }

    // MARK: The overview

    private mutating func overview() -> [String] {
        var lines = [header()]
        let foot = self.foot()
        let finished = finishedStages()
        let waiting = waitingStages()
        lines += finished
        let room = view.rows - 1 - lines.count - waiting.count - foot.count
        lines += body(room: max(0, room))
        return Array((lines + waiting).prefix(max(1, view.rows - 1 - foot.count))) + foot
    }

    private func header() -> String {
        let title = run.title.isEmpty ? "slipway" : run.title
        let time = time(run.startedAt, run.endedAt)
        return style.bold(CellWidth.fit("\(title) · \(run.phase.rawValue) · \(time)", width))
    }

    /// Stages that are over, one line each; where they are many, the older ones in one.
    private func finishedStages() -> [String] {
        let over = run.stages.indices.filter {
            run.stages[$0].state != .waiting && $0 != view.openStage
        }
        let limit = view.finishedLimit
        guard over.count > limit else { return over.map(stageLine) }
        let older = over.dropLast(limit - 1)
        return [stageSummary(older)] + over.suffix(limit - 1).map(stageLine)
    }

    private func stageSummary(_ stages: ArraySlice<Int>) -> String {
        var numbers: [StageState: Int] = [:]
        for stage in stages { numbers[run.stages[stage].state, default: 0] += 1 }
        let order: [StageState] = [.failed, .errored, .cancelled, .succeeded, .skipped]
        let parts = order.compactMap { state in
            numbers[state].map { "\($0) \(state.rawValue)" }
        }
        let worst = order.first { numbers[$0] != nil } ?? .succeeded
        return fit(
            "\(Style.sign(worst)) \(stages.count) stages: \(parts.joined(separator: ", "))",
            Style.colour(worst))
    }

    private func waitingStages() -> [String] {
        let names = run.stages.filter { $0.state == .waiting }.map(\.name)
        guard !names.isEmpty else { return [] }
        let count = names.count == 1 ? "" : "\(names.count) stages wait: "
        let ending = names.count == 1 ? "  waiting" : ""
        return [
            fit("○ \(count)\(names.prefix(20).joined(separator: ", "))\(ending)", .grey)
        ]
    }

    func stageLine(_ index: Int) -> String {
        let stage = run.stages[index]
        var text = "\(Style.sign(stage.state)) \(stage.name)"
        switch stage.state {
        case .running where stage.isPause:
            let by =
                stage.approvers.isEmpty
                ? "" : " by \(stage.approvers.joined(separator: ", "))"
            text += "  waits for approval\(by)  \(time(stage.startedAt, nil))"
        case .running:
            text += "  \(time(stage.startedAt, nil))  \(progress(stage))"
        case .skipped: text += "  skipped"
        default:
            text += "  \(stage.state.rawValue)  \(time(stage.startedAt, stage.endedAt))"
            let total = stage.counts.total
            if total > 0 { text += "  \(total) job\(total == 1 ? "" : "s")" }
            if stage.state != .succeeded, let reason = stage.reason { text += "  \(reason)" }
        }
        return fit(text, Style.colour(stage.state))
    }

    private func progress(_ stage: LiveRun.Stage) -> String {
        let total = stage.counts.total
        let done = total - stage.counts[.waiting] - stage.counts[.running]
        var text = "\(done)/\(total)"
        let cells = min(20, width / 4)
        if total > 5, cells >= 8 {
            let filled = done * cells / total
            text =
                "[" + String(repeating: "■", count: filled)
                + String(repeating: "·", count: cells - filled) + "] " + text
        }
        return text
    }

    // MARK: Jobs

    private mutating func body(room: Int) -> [String] {
        var lines: [String] = []
        var open = view.openStage
        if let stage = open, run.stages.indices.contains(stage), view.onlyFailures {
            lines.append(stageLine(stage))
            open = nil
        }
        let (items, rest) = shownItems(room: room - lines.count - (open == nil ? 0 : 1))
        for item in items {
            // Failures of stages that are over stand before the open one.
            if let stage = open, run.stage(of: item) == stage {
                lines.append(stageLine(stage))
                open = nil
            }
            lines += itemLines(item)
        }
        if let stage = open { lines.append(stageLine(stage)) }
        if let rest { lines.append(rest) }
        return lines
    }

    /// What fits around the selection, and a line that counts the others.
    private func shownItems(room: Int) -> (items: [LiveRun.Item], rest: String?) {
        let room = max(0, room)
        let all = view.reachable
        let hidden = hiddenCount(all)
        var costs = 0
        for item in all.prefix(room + 1) { costs += cost(item) }
        if costs <= room, hidden == 0 || costs < room {
            return (all, rest(all[...]))
        }
        let lines = max(0, room - 1)
        let chosen = window(all, lines: lines)
        return (Array(chosen), rest(chosen))
    }

    /// The first ones, or those that end with the selection. Without a selection failures leave
    /// two fifths to what runs.
    private func window(_ all: [LiveRun.Item], lines: Int) -> ArraySlice<LiveRun.Item> {
        let selected = view.selected.flatMap { all.firstIndex(of: $0) }
        if selected == nil, !view.onlyFailures, let both = mixed(all, lines: lines) {
            return both
        }
        var used = 0
        var start = selected ?? 0
        if start > 0 {
            // Backwards from the selection as far as it fits.
            var index = start
            while index >= 0, used + cost(all[index]) <= lines {
                used += cost(all[index])
                start = index
                index -= 1
            }
        }
        used = 0
        var end = start
        while end < all.count, used + cost(all[end]) <= lines {
            used += cost(all[end])
            end += 1
        }
        return all[start..<end]
    }

    private func mixed(
        _ all: [LiveRun.Item], lines: Int
    ) -> ArraySlice<LiveRun.Item>? {
        let failed = run.counts[.failed]
        guard failed > 0, let firstOther = all.firstIndex(where: { !isFailed($0) }) else {
            return nil
        }
        let others = min(run.counts[.running], lines * 2 / 5)
        var used = 0
        let failures = all[..<firstOther].prefix { item in
            used += cost(item)
            return used <= lines - others
        }
        let left = lines - failures.reduce(0) { $0 + cost($1) }
        return ArraySlice(failures + all[firstOther...].prefix(max(0, left)))
    }

    func isFailed(_ item: LiveRun.Item) -> Bool { LiveRun.Group(run.state(of: item)) == .failed }

    /// Items of the open stage that cannot be selected.
    private func hiddenCount(_ all: [LiveRun.Item]) -> Int {
        guard let open = view.openStage, !view.onlyFailures else { return 0 }
        let elsewhere = run.counts[.failed] - run.stages[open].counts[.failed]
        return run.stages[open].counts.total - (all.count - elsewhere)
    }

    private func rest(_ shown: ArraySlice<LiveRun.Item>) -> String? {
        if view.isClosing { return nil }
        var left = view.openStage.map { run.stages[$0].counts } ?? LiveRun.Counts()
        left[.failed] = run.counts[.failed]
        if view.onlyFailures { left = LiveRun.Counts().with(.failed, run.counts[.failed]) }
        for item in shown { left[LiveRun.Group(run.state(of: item))] -= 1 }
        let words: [(LiveRun.Group, String)] = [
            (.failed, "failed"), (.running, "running"), (.waiting, "waiting"),
            (.succeeded, "succeeded"), (.skipped, "skipped"), (.cancelled, "cancelled"),
        ]
        let parts = words.compactMap { group, word in
            left[group] > 0 ? "\(left[group]) \(word)" : nil
        }
        guard !parts.isEmpty else { return nil }
        return fit("    … \(parts.joined(separator: ", "))", .grey)
    }

    func note(missing leg: Int) -> Bool {
        guard let tail = view.tails[leg] else { return true }
        return tail.attempt != run.legs[leg].attempt
    }

    mutating func miss(_ leg: Int) { missingTails.append(leg) }
}

extension LiveRun.Counts {
    fileprivate func with(_ group: LiveRun.Group, _ value: Int) -> LiveRun.Counts {
        var copy = self
        copy[group] = value
        return copy
    }
}
