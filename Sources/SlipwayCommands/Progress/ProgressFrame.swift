import Domain
import Workflows

/// Draws a model as lines that fit a terminal: what failed first, then what runs; stages that are
/// over or far away fold to one line.
struct ProgressFrame {
    let model: ProgressModel
    let style: Style
    let now: Timestamp
    let columns: Int
    let rows: Int

    func lines() -> [String] {
        var lines = [header()]
        // Each stage has its line; the rest of the screen is for jobs.
        let shownStages = visibleStages()
        var room = max(1, rows - 3 - shownStages.count)
        for index in shownStages {
            lines.append(stageLine(model.stages[index]))
            let jobs = jobLines(model.stages[index], room: room)
            room -= jobs.count
            lines += jobs
        }
        if let note = model.note { lines.append(fit(note, .yellow)) }
        return lines
    }

    /// All stages where they fit, else those around the one that runs.
    private func visibleStages() -> Range<Int> {
        let limit = max(1, (rows - 3) / 2)
        guard model.stages.count > limit else { return 0..<model.stages.count }
        let current = model.stages.firstIndex { $0.state == .running } ?? model.stages.count - 1
        let start = max(0, min(current - limit / 2, model.stages.count - limit))
        return start..<(start + limit)
    }

    private func header() -> String {
        let time = Shown.duration(from: model.startedAt, to: model.endedAt, now: now)
        let title = Shown.line("\(model.title) · \(model.phase.rawValue) · \(time)", width: columns)
        return style.bold(title)
    }

    private func stageLine(_ stage: ProgressModel.Stage) -> String {
        var text = "\(Style.sign(stage.state)) \(stage.name)"
        switch stage.state {
        case .running:
            text += "  \(Shown.duration(from: stage.startedAt, to: nil, now: now))"
            if stage.jobs.count > 1 { text += "  \(stage.endedJobs)/\(stage.jobs.count) jobs" }
        case .waiting: text += "  waiting"
        case .skipped: text += "  skipped"
        default:
            text += "  \(Shown.duration(from: stage.startedAt, to: stage.endedAt, now: now))"
        }
        return fit(text, Style.colour(stage.state))
    }

    private func jobLines(_ stage: ProgressModel.Stage, room: Int) -> [String] {
        let isFolded = stage.state == .waiting || stage.state == .skipped
        let isOver = stage.state == .succeeded && stage.jobs.count > 5
        guard !isFolded, !isOver, room > 0 else { return [] }
        var jobs = Array(stage.jobs)
        if jobs.count > room { jobs.sort { rank($0) < rank($1) } }
        let shown = jobs.count > room ? Array(jobs.prefix(room - 1)) : jobs
        var lines = shown.map { jobLine(model.jobs[$0]) }
        if shown.count < jobs.count { lines.append(rest(jobs.dropFirst(shown.count))) }
        return lines
    }

    /// Failures, what runs (longest first), what waits, what is over.
    private func rank(_ job: Int) -> (Int, Int64, Int) {
        let state = model.jobs[job].state
        let started = model.jobs[job].startedAt?.microseconds ?? Int64.max
        return switch state {
        case .failed, .errored, .timedOut: (0, started, job)
        case .running, .starting: (1, started, job)
        case .cancelled: (2, started, job)
        case .ready, .waiting: (3, started, job)
        case .succeeded, .skipped: (4, started, job)
        }
    }

    private func jobLine(_ job: ProgressModel.Job) -> String {
        var text = "    \(Style.sign(job.state)) \(job.name)"
        if job.legCount > 1 { text += "  \(bar(job)) \(job.endedLegs)/\(job.legCount)" }
        switch job.state {
        case .waiting, .ready: text += "  waiting"
        case .skipped: break
        default: text += "  \(Shown.duration(from: job.startedAt, to: job.endedAt, now: now))"
        }
        if let reason = job.reason { text += "  \(reason)" }
        return fit(text, Style.colour(job.state))
    }

    private func bar(_ job: ProgressModel.Job) -> String {
        let width = min(20, job.legCount)
        let done = job.endedLegs * width / job.legCount
        return "[" + String(repeating: "■", count: done)
            + String(repeating: "·", count: width - done) + "]"
    }

    private func rest(_ jobs: ArraySlice<Int>) -> String {
        var counts: [String: Int] = [:]
        for job in jobs { counts[model.jobs[job].state.rawValue, default: 0] += 1 }
        let parts = counts.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
        return fit("    … \(parts.joined(separator: ", "))", .grey)
    }

    private func fit(_ text: String, _ colour: Style.Colour?) -> String {
        style.paint(Shown.line(text, width: columns), colour)
    }
}
