import Domain
import Workflows

extension WorkflowGraph {
    /// One line a stage and a job, with what each job takes.
    func text(_ style: Style) -> String {
        var lines: [String] = []
        if let creation = progress?.state.creation, let progress {
            let phase = progress.state.phase
            lines.append(
                "run \(creation.number) of \(plan.definition.name): "
                    + style.paint(phase.rawValue, Style.colour(phase)))
        }
        if !startLines.isEmpty { lines += ["start"] + startLines.map { "  ├ \($0)" } }
        for (index, stage) in plan.stages.enumerated() {
            var line = "\(stage.definition.name)  (\(kind(stage)))"
            if let state = progress?.state.stages[index].state {
                line =
                    style.paint(Style.sign(state), Style.colour(state)) + " \(line)  "
                    + state.rawValue
            }
            lines.append(line)
            if let approval = stage.definition.approval {
                lines.append("  ├ \(Self.shown(approval))")
            }
            for job in stage.jobs { lines += text(ofJob: job, style) }
        }
        return lines.joined(separator: "\n")
    }

    private func text(ofJob index: Int, _ style: Style) -> [String] {
        let job = job(index)
        var line = "  ├ "
        if let progress {
            let state = progress.job(index)
            line += style.paint(Style.sign(state), Style.colour(state)) + " "
        }
        line += "\(job.name)\(job.times)  \(job.work)"
        if !job.marks.isEmpty { line += "  (\(job.marks.joined(separator: ", ")))" }
        if let progress {
            line += "  \(progress.text(ofJob: index))"
            if let reason = progress.state.jobs[index].reason {
                line += "  \(Shown.line(reason, width: 100))"
            }
        }
        return [line] + job.services.map { "  │   + \($0)" }
            + edges(into: index).map { "  │   ← \(plan.jobs[$0.from].key): \($0.label)" }
    }

    static func shown(_ rule: ApprovalRule) -> String {
        let who = rule.approvers.isEmpty ? "anyone" : rule.approvers.joined(separator: ", ")
        let count = rule.approvals == 1 ? "approval" : "\(rule.approvals) approvals"
        return "\(count) by \(TerminalText.line(who))"
    }

    /// Graphviz' language (graphviz.org/doc/info/lang.html).
    var dot: String {
        var lines = ["digraph workflow {", "  rankdir=LR; node [shape=box, style=rounded];"]
        if !startLines.isEmpty {
            let label = Self.quoted(startLines.joined(separator: "\n"))
            lines.append("  start [shape=oval, label=\(label)];")
        }
        for (index, stage) in plan.stages.enumerated() {
            lines.append("  subgraph cluster_\(index) {")
            lines.append("    label=\(Self.quoted("\(stage.definition.name) (\(kind(stage)))"));")
            if stage.jobs.isEmpty { lines.append("    p\(index) [label=\"approval\"];") }
            for job in stage.jobs { lines.append("    j\(job) [\(dotAttributes(job))];") }
            lines.append("  }")
        }
        lines += edges.map {
            "  j\($0.from) -> j\($0.target) [label=\(Self.quoted($0.label))];"
        }
        return (lines + ["}"]).joined(separator: "\n")
    }

    private func dotAttributes(_ index: Int) -> String {
        var attributes = ["label=\(Self.quoted(words(index).joined(separator: "\n")))"]
        switch job(index).kind {
        case .component: break
        case .workflow: attributes.append("peripheries=2")
        case .service: attributes.append("style=\"rounded,dashed\"")
        }
        if let progress { attributes.append("color=\(Self.colour(Tint(progress.job(index))))") }
        return attributes.joined(separator: ", ")
    }

    private static func colour(_ tint: Tint) -> String {
        switch tint {
        case .good: "darkgreen"
        case .bad: "red"
        case .busy: "blue"
        case .stopped: "orange"
        case .faint: "gray"
        }
    }

    /// A string of Graphviz' language.
    private static func quoted(_ text: String) -> String {
        "\""
            + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
            .replacing("\n", with: "\\n") + "\""
    }

    /// What stands in the box of a job.
    private func words(_ index: Int) -> [String] {
        let job = job(index)
        var words = [job.name + job.times, job.work]
        if !job.services.isEmpty { words.append("with \(job.services.joined(separator: ", "))") }
        if !job.marks.isEmpty { words.append(job.marks.joined(separator: ", ")) }
        if let progress { words.append(progress.text(ofJob: index)) }
        return words.map(TerminalText.line)
    }

    /// Mermaid's flow charts (mermaid.js.org/syntax/flowchart.html).
    var mermaid: String {
        var lines = ["flowchart LR"]
        if !startLines.isEmpty {
            let label = startLines.map(Self.entities).joined(separator: "<br>")
            lines.append("  start([\"\(label)\"])")
            if !plan.stages.isEmpty { lines.append("  start --> s0") }
        }
        for (index, stage) in plan.stages.enumerated() {
            let title = Self.entities("\(stage.definition.name) (\(kind(stage)))")
            lines.append("  subgraph s\(index)[\"\(title)\"]")
            if stage.jobs.isEmpty { lines.append("    p\(index)([\"approval\"])") }
            for job in stage.jobs { lines.append("    \(mermaidNode(job))") }
            lines.append("  end")
        }
        for index in plan.stages.indices.dropLast() {
            lines.append("  s\(index) --> s\(index + 1)")
        }
        lines += edges.map { "  j\($0.from) -. \"\(Self.entities($0.label))\" .-> j\($0.target)" }
        if progress != nil {
            lines += [
                "  classDef good stroke:#1a7f37", "  classDef bad stroke:#cf222e,stroke-width:2px",
                "  classDef busy stroke:#0969da", "  classDef stopped stroke:#9a6700",
                "  classDef faint stroke:#afb8c1",
            ]
        }
        return lines.joined(separator: "\n")
    }

    private func mermaidNode(_ index: Int) -> String {
        let text = words(index).map(Self.entities).joined(separator: "<br/>")
        let suffix = progress.map { ":::\(Tint($0.job(index)).rawValue)" } ?? ""
        switch job(index).kind {
        case .component: return "j\(index)[\"\(text)\"]\(suffix)"
        case .workflow: return "j\(index)[[\"\(text)\"]]\(suffix)"
        case .service: return "j\(index)>\"\(text)\"]\(suffix)"
        }
    }

    /// Mermaid reads `#NAME;` in a text as the character of that name.
    private static func entities(_ text: String) -> String {
        text.replacing("#", with: "#35;").replacing("\"", with: "#quot;")
            .replacing("<", with: "#lt;").replacing(">", with: "#gt;")
    }
}
