import Domain
import OCI
import Runs
import Workflows

extension JobExplanation {
    func text(_ style: Style) -> String {
        let name = state.creation?.workflow ?? plan.definition.name
        let word = style.paint(
            "\(Style.sign(jobState)) \(jobState.rawValue)", Style.colour(jobState))
        let title =
            "\(TerminalText.line(label)) of run \(number) (\(TerminalText.line(name))): " + word
        let parts: [[String]] = [
            [title] + whyLines, workLines, legLines, attemptLines, inputLines, consumedLines,
            madeLines, caches.map { TerminalText.line(Shown.cache($0)) },
            ["next:"] + nextCommands.map { "  " + TerminalText.line($0) },
        ]
        return parts.filter { !$0.isEmpty }.map { $0.joined(separator: "\n") }
            .joined(separator: "\n\n")
    }

    private var whyLines: [String] {
        var lines: [String] = []
        if let reason { lines.append("  why: \(Shown.line(reason, width: 400))") }
        if let reuse, state.jobs[job].state == .succeeded {
            lines.append("  \(reuse): nothing was run")
        }
        lines += causes.map { "  because \(Shown.line($0.text, width: 400))" }
        if let due = leg.flatMap({ state.legs[$0].retryDue }) {
            lines.append("  the next attempt begins at \(due)")
        }
        let place = planned.stage + 1
        lines.append(
            "  stage: \(stage.definition.name), \(place) of \(plan.stages.count), \(stageKind), "
                + state.stages[planned.stage].state.rawValue)
        if let condition = history.condition(ofStage: planned.stage) {
            lines += Self.text(condition, "stage's when")
        }
        if let condition = history.condition(ofJob: job) {
            lines += Self.text(condition, "when")
        } else if let text = planned.definition.condition?.value {
            lines.append("  when: \(Shown.line(text, width: 200)), not evaluated yet")
        }
        return lines
    }

    private var stageKind: String {
        if stage.isEnd { return "end: it runs whatever happened before" }
        let position = job - stage.jobs.lowerBound + 1
        return stage.definition.isParallel
            ? "parallel" + (stage.definition.failFast ? " with fail-fast" : "")
            : "sequence, job \(position) of \(stage.jobs.count)"
    }

    private static func text(_ condition: EvaluatedCondition, _ name: String) -> [String] {
        let text = Shown.line(condition.text, width: 200)
        let values = condition.values.map { name, value in
            "    \(TerminalText.line(name)) was "
                + Shown.line(value?.canonicalText ?? "nil", width: 100)
        }
        return ["  \(name): `\(text)` was \(Shown.line(word(condition), width: 200))"] + values
    }

    private var workLines: [String] {
        var lines = images.map { name, digest in
            "image: \(name)" + (digest.map { " = \($0)" } ?? "")
        }
        switch planned.definition.work {
        case .component: break
        case .workflow(let called):
            let run = leg.flatMap { calls[$0] }.map { ", run \($0)" } ?? ""
            lines.append("calls: workflow \(called.file.description)\(run)")
        case .service(let name): lines.append("calls: service \(name.value)")
        }
        let marks = GraphJob(planned).marks
        if !marks.isEmpty { lines.append("marks: \(marks.joined(separator: ", "))") }
        return lines
    }

    /// Of a job of several, how each of them stands; those that need a look first.
    private var legLines: [String] {
        guard leg == nil, planned.isMultiple, !planned.legs.isEmpty else { return [] }
        let limit = 20
        let sorted = planned.legs.sorted {
            (GraphProgress.rank(state.legs[$0].state), $0)
                < (GraphProgress.rank(state.legs[$1].state), $1)
        }
        var table = Table("LEG", "STATE", "TIME", "WHY")
        for leg in sorted.prefix(limit) {
            let progress = state.legs[leg]
            table.add(
                plan.label(leg: leg), progress.state.rawValue,
                Shown.duration(from: progress.startedAt, to: progress.endedAt, now: now),
                Shown.line(progress.reason ?? "-", width: 80))
        }
        let rest = sorted.count - limit
        let one = TerminalText.line(shell(plan.label(leg: sorted[0])))
        return [table.text] + (rest > 0 ? ["… and \(rest) more"] : [])
            + ["one of them: slipway explain \(one) --run \(number)"]
    }

    private var attemptLines: [String] {
        guard !attempts.isEmpty else { return [] }
        var table = Table("ATTEMPT", "STARTED", "TIME", "ENDED AS")
        for attempt in attempts {
            var ending = Shown.line(ending(attempt), width: 100)
            if let retry = attempt.retry {
                ending += "; again after \(Shown.duration(retry.wait))"
            }
            table.add(
                "\(attempt.number) of \(planned.definition.retry.attempts)",
                (attempt.startedAt ?? attempt.readyAt).description,
                Shown.duration(from: attempt.startedAt, to: attempt.endedAt, now: now), ending)
        }
        let entrances = attempts.flatMap { attempt in
            EntranceText.lines(attempt.entrances).map { "attempt \(attempt.number) was \($0)" }
        }
        let note = "what it gave counts in this run alone: no caches and no result are kept of it"
        return [table.text] + entrances + (entrances.isEmpty ? [] : [note]) + warningLines
    }

    private var warningLines: [String] {
        attempts.flatMap { attempt in
            (attempt.report?.warnings ?? []).prefix(20).map {
                "attempt \(attempt.number): \(Shown.line($0, width: 200))"
            }
        }
    }

    private var inputLines: [String] {
        guard !inputs.isEmpty else { return [] }
        var table = Table("INPUT", "VALUE", "FROM")
        for input in inputs {
            let references = input.references.joined(separator: ", ")
            table.add(
                input.name,
                input.value.map { Shown.line($0, width: 60) }
                    ?? "none: \(Shown.line(input.problem ?? "-", width: 100))",
                input.origin.rawValue + (references.isEmpty ? "" : " (\(references))"))
        }
        return [table.text]
    }

    private var consumedLines: [String] {
        guard !consumed.isEmpty else { return [] }
        var table = Table("CONSUMES", "FROM", "SIZE", "DIGEST")
        for artifact in consumed {
            let run = artifact.reused.map {
                ", reused from run " + ($0.number.map { String($0) } ?? $0.run.text)
            }
            let from = artifact.from + (run ?? "")
            if artifact.records.isEmpty { table.add(artifact.name, from, "-", "was not made") }
            for record in artifact.records {
                table.add(
                    artifact.name, from, Shown.size(record.size), record.digest.description)
            }
        }
        return [table.text]
    }

    private var madeLines: [String] {
        guard !outputs.isEmpty || !artifacts.isEmpty else { return [] }
        var table = Table("MADE", "VALUE")
        for (name, value) in outputs { table.add(name, Shown.line(value, width: 80)) }
        for (name, record) in artifacts {
            table.add(name, "\(record.digest), \(record.kind.rawValue), \(Shown.size(record.size))")
        }
        return [table.text]
    }
}
