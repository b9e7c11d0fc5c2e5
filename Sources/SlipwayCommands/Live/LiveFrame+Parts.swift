import Domain
import Workflows

extension LiveFrame {
    /// A failed leg that printed something takes a second line.
    func cost(_ item: LiveRun.Item) -> Int {
        guard case .leg(let leg) = item, isFailed(item), let tail = view.tails[leg],
            tail.attempt == run.legs[leg].attempt, !tail.text.isEmpty
        else { return 1 }
        return 2
    }

    mutating func itemLines(_ item: LiveRun.Item) -> [String] {
        let state = run.state(of: item)
        let isSelected = view.selected == item
        let text = CellWidth.fit(
            "\(isSelected ? ">" : " ") \(Style.sign(state)) \(itemText(item, state))",
            width - 2)
        let line =
            isSelected
            ? style.inverted("  " + text) : style.paint("  " + text, Style.colour(state))
        guard case .leg(let leg) = item, isFailed(item), run.legs[leg].attempt > 0 else {
            return [line]
        }
        if note(missing: leg) { miss(leg) }
        guard cost(item) == 2, let tail = view.tails[leg] else { return [line] }
        return [line, fit("      │ \(tail.text)", .grey)]
    }

    private func itemText(_ item: LiveRun.Item, _ state: JobState) -> String {
        let isElsewhere = view.onlyFailures || run.stage(of: item) != view.openStage
        let name = isElsewhere ? run.label(item) : shortLabel(item)
        guard case .leg(let leg) = item else {
            guard case .job(let job) = item else { return name }
            let reason = run.jobs[job].reason.map { ": \($0)" } ?? ""
            return "\(name)  \(state.rawValue)\(reason)"
        }
        let progress = run.legs[leg]
        let again = progress.attempt > 1 ? "  attempt \(progress.attempt)" : ""
        let reason = progress.reason.map { ": \($0)" } ?? ""
        let elapsed = time(progress.startedAt, progress.endedAt)
        switch state {
        case .running: return "\(name)  \(elapsed)\(again)"
        case .starting: return "\(name)  starting  \(elapsed)\(again)"
        case .waiting where progress.attempt > 0:
            return "\(name)  tried \(progress.attempt) ×, again soon\(reason)"
        case .waiting, .ready: return "\(name)  waiting"
        case .succeeded: return "\(name)  \(elapsed)\(again)"
        case .failed, .errored, .timedOut:
            let after = progress.startedAt == nil ? "" : " after \(elapsed)"
            return "\(name)  \(state.rawValue)\(after)\(again)\(reason)"
        case .skipped, .cancelled: return "\(name)  \(state.rawValue)\(reason)"
        }
    }

    private func shortLabel(_ item: LiveRun.Item) -> String {
        switch item {
        case .leg(let leg): run.jobs[run.legs[leg].job].name + run.legs[leg].suffix
        case .job(let job): run.jobs[job].name
        }
    }

    // MARK: Below

    /// The counts, what was said last, and what can be done.
    func foot() -> [String] {
        var lines: [String] = []
        if run.counts.total > 0 { lines.append(counts()) }
        switch view.mode {
        case .confirmCancel:
            let question =
                run.isCancelled
                ? "end the end stages too? y/n" : "cancel run \(run.number)? y/n"
            return lines + [fit(question, .yellow)]
        case .comment(let isApproval, let text):
            let verb = isApproval ? "approve" : "reject"
            let prompt = "\(verb), because (Enter: \(verb), Esc: not now): "
            let room = max(1, width - 1 - CellWidth.of(prompt))
            return lines + [fit(prompt + Self.ending(of: text, room) + "_", .yellow)]
        default: break
        }
        if let said = view.notice ?? run.note { lines.append(fit(said, .yellow)) }
        if !view.isClosing, let keys = hint() { lines.append(fit(keys, .grey)) }
        return lines
    }

    private func counts() -> String {
        let parts: [(group: LiveRun.Group, sign: String, word: String)] = [
            (.failed, "✘", "failed"), (.running, "●", "running"), (.waiting, "○", "waiting"),
            (.succeeded, "✔", "succeeded"), (.skipped, "↷", "skipped"),
            (.cancelled, "■", "cancelled"),
        ]
        let shown = parts.filter { run.counts[$0.group] > 0 }
        let long = shown.map { "\($0.sign) \(run.counts[$0.group]) \($0.word)" }
            .joined(separator: "  ")
        let text =
            CellWidth.of(long) <= width
            ? long : shown.map { "\($0.sign)\(run.counts[$0.group])" }.joined(separator: " ")
        return fit(text, run.counts[.failed] > 0 ? .red : nil)
    }

    private func hint() -> String? {
        let isPaused = run.phase == .paused
        guard view.hasKeyboard else {
            return isPaused
                ? "slipway approve \(run.number), or slipway reject \(run.number)" : nil
        }
        let pause = isPaused ? "a approve  r reject  " : ""
        let long = pause + "↑↓ select  l log  f failures  c cancel  q leave it running  ? help"
        return CellWidth.of(long) <= width ? long : pause + "l log  c cancel  q leave  ? help"
    }

    /// What fits of the end of a text: where somebody types.
    static func ending(of text: String, _ width: Int) -> String {
        let scalars = Array(TerminalText.line(text).unicodeScalars)
        var start = scalars.count
        var used = 0
        while start > 0, used + CellWidth.of(scalars[start - 1]) <= width {
            start -= 1
            used += CellWidth.of(scalars[start])
        }
        var kept = String.UnicodeScalarView()
        kept.append(contentsOf: scalars[start...])
        return String(kept)
    }

    // MARK: Other screens

    func log() -> [String] {
        guard let pane = view.pane else { return [] }
        let state = run.legs.indices.contains(pane.leg) ? run.legs[pane.leg] : nil
        let elapsed = state.map { "  \($0.state.rawValue)  \(time($0.startedAt, $0.endedAt))" }
        let shown = pane.window(height: view.logHeight)
        var lines = [style.bold(CellWidth.fit(pane.label + (elapsed ?? ""), width))]
        lines += shown.map { style.paint(CellWidth.fit($0, width), nil) }
        if shown.isEmpty { lines.append(fit("(it has printed nothing so far)", .grey)) }
        let place =
            pane.top == nil
            ? "follows"
            : "line \(pane.dropped + shown.endIndex) of \(pane.dropped + pane.lines.count)"
        lines.append(fit("\(place)  q back  ↑↓ scroll  g start  G end", .grey))
        return lines
    }

    func help() -> [String] {
        let rows = [
            "↑ ↓ j k      select a job", "Enter l      follow its log (q goes back)",
            "f            failures only", "c            cancel; again: end stages too",
            "a r          approve, reject (in a pause)", "q            leave; the run goes on",
            "Ctrl-C       cancel, as c does", "Esc          no selection, no filter",
        ]
        let all = [style.bold(CellWidth.fit("Keys", width))] + rows.map { fit($0) }
        return all.prefix(max(1, view.rows - 2)) + [fit("any key goes back", .grey)]
    }
}

extension Style {
    /// One line that stands out; without colour its sign must say it.
    func inverted(_ text: String) -> String {
        let text = TerminalText.line(text)
        return hasColour ? "\u{1b}[7m\(text)\u{1b}[0m" : text
    }
}
