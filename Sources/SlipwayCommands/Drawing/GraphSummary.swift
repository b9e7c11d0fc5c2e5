import Domain
import Workflows

/// A picture in sentences, for who cannot see it; bounded as the picture is.
struct GraphSummary {
    let text: String

    private static let stageLimit = 40
    private static let jobLimit = 12

    init(_ graph: WorkflowGraph) {
        let plan = graph.plan
        var parts: [String] = []
        if let description = plan.definition.description {
            parts.append(Shown.line(description, width: 200))
        }
        for (index, stage) in plan.stages.enumerated().prefix(Self.stageLimit) {
            parts.append(Self.sentence(index, stage, graph))
        }
        if plan.stages.count > Self.stageLimit {
            parts.append("\(plan.stages.count - Self.stageLimit) more stages.")
        }
        text = parts.joined(separator: " ")
    }

    private static func sentence(
        _ index: Int, _ stage: RunPlan.Stage, _ graph: WorkflowGraph
    ) -> String {
        var text = "Stage \(stage.definition.name), \(graph.kind(stage))"
        if let progress = graph.progress {
            text += ", \(progress.state.stages[index].state.rawValue)"
        }
        guard !stage.jobs.isEmpty else { return text + "." }
        let jobs = stage.jobs.prefix(jobLimit).map { number in
            let job = graph.job(number)
            let state = graph.progress.map { " \($0.job(number).rawValue)" } ?? ""
            let sources = graph.edges(into: number).map { graph.plan.jobs[$0.from].key }
            let from =
                sources.isEmpty ? "" : " after \(sources.prefix(4).joined(separator: " and "))"
            return "\(job.name)\(job.times) (\(job.work))\(from)\(state)"
        }
        let rest = stage.jobs.count - jobs.count
        return text + ": " + jobs.joined(separator: ", ")
            + (rest > 0 ? ", and \(rest) more." : ".")
    }
}
