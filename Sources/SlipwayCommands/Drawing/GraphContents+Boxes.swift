import Domain
import Workflows

/// The texts of stages and boxes.
extension GraphContents {
    func stageSubtitle(_ index: Int) -> GraphLayout.Line {
        let definition = graph.plan.stages[index].definition
        var words = [graph.kind(graph.plan.stages[index])]
        if definition.condition != nil { words.append("when") }
        if definition.failFast { words.append("fail-fast") }
        guard let progress = graph.progress else { return text(words.joined(separator: " · ")) }
        let state = progress.state.stages[index].state
        words.append("\(Style.sign(state)) \(state.rawValue)")
        return GraphLayout.Line(text: words.joined(separator: " · "), tint: Tint(state))
    }

    func tip(stage index: Int) -> String {
        let definition = graph.plan.stages[index].definition
        let lines = [
            "stage \(definition.name), \(graph.kind(graph.plan.stages[index]))",
            definition.description, definition.condition.map { "when: \($0.value)" },
            definition.timeout.map { "timeout: \($0.text)" },
            graph.progress?.state.stages[index].reason,
        ]
        return lines.compactMap { $0 }.joined(separator: "\n")
    }

    func box(_ index: Int, _ column: Int) -> GraphLayout.Box {
        let job = graph.job(index)
        var lines = [text(Shown.line(job.work, width: GraphLayout.Metric.lineLimit))]
        if !job.services.isEmpty {
            let names = job.services.map { $0.prefix { $0 != ":" } }.joined(separator: ", ")
            lines.append(text(Shown.line("with \(names)", width: GraphLayout.Metric.lineLimit)))
        }
        if !job.marks.isEmpty {
            let marks = job.marks.joined(separator: " · ")
            lines.append(text(Shown.line(marks, width: GraphLayout.Metric.lineLimit)))
        }
        var tint: Tint?
        if let progress = graph.progress {
            let state = progress.job(index)
            let words = "\(Style.sign(state)) \(progress.text(ofJob: index))"
            tint = Tint(state)
            lines.append(GraphLayout.Line(text: words, tint: tint))
        }
        let badge = job.count.map { "× \($0)" }
        let room = GraphLayout.Metric.titleLimit - (badge.map { $0.unicodeScalars.count + 1 } ?? 0)
        let shape: GraphLayout.Box.Shape =
            switch job.kind {
            case .component: .job
            case .workflow: .call
            case .service: .service
            }
        return GraphLayout.Box(
            shape: shape, title: Shown.line(job.name, width: room), badge: badge, lines: lines,
            tip: tip(job, index), tint: tint, column: column)
    }

    private func tip(_ job: GraphJob, _ index: Int) -> String {
        let definition = graph.plan.jobs[index].definition
        let state = graph.progress.map { progress in
            let reason = progress.state.jobs[index].reason
            return progress.text(ofJob: index) + (reason.map { ": \($0)" } ?? "")
        }
        let lines = [
            job.key + job.times, job.description, "runs \(job.work)",
            job.services.isEmpty ? nil : "beside it \(job.services.joined(separator: ", "))",
            definition.condition.map { "when: \($0.value)" },
            job.marks.isEmpty ? nil : job.marks.joined(separator: ", "),
            "timeout: \(definition.timeout.text)", state,
        ]
        return lines.compactMap { $0 }.joined(separator: "\n")
    }

    func pause(_ index: Int, _ column: Int) -> GraphLayout.Box {
        let definition = graph.plan.stages[index].definition
        let count = definition.approval?.approvals ?? 1
        let approvers = definition.approval?.approvers ?? []
        let who = approvers.isEmpty ? "anyone" : approvers.joined(separator: ", ")
        var lines = [text(Shown.line("by \(who)", width: GraphLayout.Metric.lineLimit))]
        if let limit = definition.timeout { lines.append(text("within \(limit.text)")) }
        var tint: Tint?
        if let progress = graph.progress {
            let stage = progress.state.stages[index]
            tint = Tint(stage.state)
            for decision in stage.decisions.prefix(4) {
                let verb = decision.isApproval ? "approved" : "rejected"
                lines.append(
                    GraphLayout.Line(
                        text: Shown.line("\(verb) by \(decision.actor)", width: 40),
                        tint: decision.isApproval ? .good : .bad))
            }
        }
        return GraphLayout.Box(
            shape: .pause, title: count == 1 ? "approval" : "\(count) approvals", badge: nil,
            lines: lines, tip: "waits for \(count) of \(who)", tint: tint, column: column)
    }

    func more(_ title: String, _ jobs: [Int], _ column: Int) -> GraphLayout.Box {
        let states = graph.progress.map { $0.summary(jobs) }
        return GraphLayout.Box(
            shape: .more, title: title, badge: nil,
            lines: (states.map { [text(Shown.line($0, width: 34))] }) ?? [],
            tip: "\(jobs.count) jobs that have no room here" + (states.map { "\n\($0)" } ?? ""),
            tint: nil, column: column)
    }

    func text(_ text: String) -> GraphLayout.Line { GraphLayout.Line(text: text) }
}
