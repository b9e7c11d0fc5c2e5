import Domain
import Workflows

/// What a picture shows, before anything has a place: which stages and jobs, and their texts.
struct GraphContents {
    /// Stages, and boxes of all of them together, that a picture shows at most.
    static let columnLimit = 60
    static let boxLimit = 600
    static let boxesOfStage = 24

    let title: String
    let subtitle: GraphLayout.Line
    let summary: String
    private(set) var columns: [GraphLayout.Column] = []
    private(set) var boxes: [GraphLayout.Box] = []
    /// Job → the box that stands for it, alone or with others.
    private(set) var boxOf: [Int]
    let graph: WorkflowGraph

    init(_ graph: WorkflowGraph) {
        self.graph = graph
        title = Shown.line(graph.plan.definition.name, width: 80)
        subtitle = Self.subtitle(graph)
        summary = GraphSummary(graph).text
        boxOf = Array(repeating: 0, count: graph.plan.jobs.count)
        addStart()
        let stages = graph.plan.stages.count
        let limit = max(4, min(Self.boxesOfStage, Self.boxLimit / max(1, stages)))
        guard stages > Self.columnLimit else {
            for stage in graph.plan.stages.indices { add(stage: stage, limit) }
            return
        }
        // The beginning, and the end, which tells how it came out.
        let last = 10
        let first = Self.columnLimit - last
        for stage in 0..<first { add(stage: stage, limit) }
        addMore(first..<(stages - last))
        for stage in (stages - last)..<stages { add(stage: stage, limit) }
    }

    private static func subtitle(_ graph: WorkflowGraph) -> GraphLayout.Line {
        guard let progress = graph.progress, let creation = progress.state.creation else {
            let text = graph.plan.definition.description ?? "\(graph.plan.jobs.count) jobs"
            return GraphLayout.Line(text: Shown.line(text, width: 100))
        }
        let state = progress.state
        var text = "run \(creation.number) by \(creation.actor): \(state.phase.rawValue)"
        if state.startedAt != nil {
            let time = Shown.duration(from: state.startedAt, to: state.endedAt, now: progress.now)
            text += ", \(time)"
        }
        return GraphLayout.Line(text: Shown.line(text, width: 100), tint: Tint(state.phase))
    }

    private mutating func addStart() {
        let values = graph.progress?.state.creation?.inputs
        let inputs = graph.plan.definition.inputs
        let texts = inputs.map { input in
            let value = values?[input.name]?.inputText ?? input.defaultText
            return input.name
                + (value.map { " = \($0)" } ?? (input.isRequired ? " (required)" : ""))
        }
        var lines = texts.prefix(8).map { text(Shown.line($0, width: 34)) }
        if texts.count > 8 { lines.append(text("… and \(texts.count - 8) more")) }
        let first = boxes.count
        boxes.append(
            GraphLayout.Box(
                shape: .start, title: inputs.isEmpty ? "no inputs" : "inputs", badge: nil,
                lines: lines, tip: (["inputs"] + texts.prefix(40)).joined(separator: "\n"),
                tint: nil, column: 0))
        columns.append(
            GraphLayout.Column(
                title: "start", subtitle: text("start"), tip: "what the run is given", tint: nil,
                boxes: first..<boxes.count, isSequence: false))
    }

    private mutating func add(stage index: Int, _ limit: Int) {
        let stage = graph.plan.stages[index]
        let first = boxes.count
        let column = columns.count
        if stage.definition.kind == .pause {
            boxes.append(pause(index, column))
        } else {
            let shown = shownJobs(stage.jobs, limit)
            for job in shown {
                boxOf[job] = boxes.count
                boxes.append(box(job, column))
            }
            if shown.count < stage.jobs.count {
                let known = Set(shown)
                addMore(jobs: stage.jobs.filter { !known.contains($0) }, column)
            }
        }
        columns.append(
            GraphLayout.Column(
                title: Shown.line(stage.definition.name, width: GraphLayout.Metric.titleLimit),
                subtitle: stageSubtitle(index), tip: tip(stage: index),
                tint: graph.progress.map { Tint($0.state.stages[index].state) },
                boxes: first..<boxes.count,
                isSequence: !stage.definition.isParallel && stage.definition.kind != .pause))
    }

    /// Those that are shown: the first ones, or in a run those that need a look, in their order.
    private func shownJobs(_ jobs: Range<Int>, _ limit: Int) -> [Int] {
        guard jobs.count > limit else { return Array(jobs) }
        guard let progress = graph.progress else { return Array(jobs.prefix(limit - 1)) }
        let sorted = jobs.sorted {
            (GraphProgress.rank(progress.job($0)), $0) < (GraphProgress.rank(progress.job($1)), $1)
        }
        return sorted.prefix(limit - 1).sorted()
    }

    private mutating func addMore(jobs: [Int], _ column: Int) {
        for job in jobs { boxOf[job] = boxes.count }
        boxes.append(more("… and \(jobs.count) more", jobs, column))
    }

    private mutating func addMore(_ stages: Range<Int>) {
        let jobs = stages.flatMap { Array(graph.plan.stages[$0].jobs) }
        let first = boxes.count
        for job in jobs { boxOf[job] = first }
        boxes.append(more("\(jobs.count) jobs", jobs, columns.count))
        columns.append(
            GraphLayout.Column(
                title: "… \(stages.count) more", subtitle: text("stages"),
                tip: "\(stages.count) stages that have no room here", tint: nil,
                boxes: first..<boxes.count, isSequence: false))
    }
}
