import ArgumentParser
import Domain
import OCI
import Runs
import Workflows

/// `slipway show RUN`: one run whole.
struct ShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show one run: its stages, jobs, outputs and artifacts.")

    @Argument(help: "The run: its number, its id, or 'last'.", completion: Completions.run)
    var run = "last"

    @OptionGroup var options: OutputOptions

    func run() async throws {
        let services = try await HomeServices.open()
        let listed = try await services.runs.store.find(run)
        let history = try await services.runs.history(of: listed.id)
        let state = history.state
        let standing = try await services.runs.standing(of: listed)
        let root = try await services.runs.root(of: listed).number
        let called = try await services.runs.store.called(by: listed.id)
        var numbers: [Int: Int64] = [:]
        for (attempt, run) in called { numbers[attempt.leg] = run.number }
        let calls = numbers
        let caller: Int64? =
            if let by = state.creation?.calledBy {
                try await services.runs.store.find(by.run.text).number
            } else { nil }
        options.print(
            table: {
                Self.text(
                    state, note: standing.note(root: root), calls: calls, caller: caller,
                    raised: history.raisedSandboxes)
            },
            json: { RunDocument(state, calls: calls, caller: caller).json })
    }

    private static func text(
        _ state: RunState, note: String?, calls: [Int: Int64], caller: Int64?,
        raised: [Int: String]
    ) -> String {
        let style = Style.of(1)
        let now = HomeServices.now()
        var lines: [String] = []
        func fact(_ name: String, _ value: String?) {
            guard let value else { return }
            let blanks = String(repeating: " ", count: 10 - name.count)
            lines.append(name + blanks + TerminalText.line(value))
        }
        if let creation = state.creation {
            let phase = style.paint(state.phase.rawValue, Style.colour(state.phase))
            fact("run", "\(creation.number) of \(creation.workflow), ")
            lines[0] += phase
            fact("reason", state.reason)
            fact("note", note)
            fact("id", creation.id.text)
            fact("rerun of", creation.rerunOf?.text)
            fact("called by", caller.map { "run \($0)" })
            fact("file", "\(creation.file), by \(creation.actor)")
            fact("started", state.startedAt?.description)
            fact("time", Shown.duration(from: state.startedAt, to: state.endedAt, now: now))
            if let source = creation.source {
                let commit = creation.commit.map {
                    ", commit \($0.prefix(12))" + (creation.isDirty ? " with changes" : "")
                }
                fact("source", source.digest.description + (commit ?? ""))
            }
            for (name, digest) in creation.images.sorted(by: { $0.key < $1.key }) {
                fact("image", "\(name) = \(digest)")
            }
            for (name, value) in creation.inputs.sorted(by: { $0.key < $1.key }) {
                fact("input", "\(name) = \(value.inputText ?? "null")")
            }
            for (name, value) in state.workflowOutputs.values.sorted(by: { $0.key < $1.key })
            where state.phase.isFinal {
                fact("output", "\(name) = \(Shown.line(value, width: 100))")
            }
        }
        for (index, stage) in state.plan.stages.enumerated() {
            let progress = state.stages[index]
            let title = "\(Style.sign(progress.state)) \(stage.definition.name)"
            lines.append("")
            lines.append(
                style.paint(title, Style.colour(progress.state))
                    + (state.phase == .paused && state.currentStage == index
                        ? "  waits for approval" : "  \(progress.state.rawValue)")
                    + (progress.reason.map { "  \(TerminalText.line($0))" } ?? ""))
            for job in stage.jobs {
                if state.plan.jobs[job].legs.isEmpty {
                    let found = state.jobs[job]
                    lines.append(
                        "  \(Style.sign(found.state)) \(state.plan.jobs[job].key)  "
                            + "\(found.state.rawValue)  \(TerminalText.line(found.reason ?? ""))")
                }
                for leg in state.plan.jobs[job].legs {
                    lines += text(ofLeg: leg, state, style, now)
                    if let note = raised[leg] { lines.append("      " + TerminalText.line(note)) }
                    if let run = calls[leg] { lines.append("      run \(run)") }
                }
            }
        }
        return lines.joined(separator: "\n")
    }

    private static func text(
        ofLeg leg: Int, _ state: RunState, _ style: Style, _ now: Timestamp
    ) -> [String] {
        let progress = state.legs[leg]
        let sign = style.paint(Style.sign(progress.state), Style.colour(progress.state))
        let label = TerminalText.line(state.plan.label(leg: leg))
        var line = "  \(sign) \(label)  \(progress.state.rawValue)"
        if progress.startedAt != nil {
            let time = Shown.duration(
                from: progress.startedAt, to: progress.endedAt, now: now)
            line += "  \(time)"
        }
        if progress.attempt > 1 { line += "  attempt \(progress.attempt)" }
        if let run = progress.memo?.run { line += "  from run \(run)" }
        if let reason = progress.reason { line += "  \(TerminalText.line(reason))" }
        var lines = [line] + EntranceText.lines(progress.entrances).map { "      " + $0 }
        for (name, value) in progress.outputs.sorted(by: { $0.key < $1.key }) {
            lines.append("      \(name) = \(Shown.line(value, width: 100))")
        }
        for (name, record) in progress.artifacts.sorted(by: { $0.key < $1.key }) {
            lines.append(
                "      \(name) → \(record.digest)  \(record.kind.rawValue), "
                    + Shown.size(record.size))
        }
        if let line = ReportText.line(progress.reports) { lines.append("      " + line) }
        return lines + progress.caches.map { "      " + TerminalText.line(Shown.cache($0)) }
    }
}
