import Domain
import Workflows

/// A workflow as a picture: stages in order, their jobs, and who takes what from whom.
struct WorkflowGraph {
    struct Edge: Hashable {
        let from: Int
        let target: Int
        /// Names of the outputs and artifacts that travel.
        let label: String
    }

    let plan: RunPlan
    let edges: [Edge]

    init(_ definition: WorkflowDefinition) {
        let plan = RunPlan(definition)
        var names: [Int: [Int: [String]]] = [:]
        for (target, job) in plan.jobs.enumerated() {
            func add(_ stage: String, _ name: String, _ what: String) {
                guard let from = plan.jobIndex(stage: stage, job: name) else { return }
                var list = names[target, default: [:]][from, default: []]
                if !list.contains(what) { list.append(what) }
                names[target, default: [:]][from] = list
            }
            for input in job.definition.inputs {
                for case .reference(.upstream(let stage, let name, let what, _), _)
                    in input.template.segments
                { add(stage, name, what) }
            }
            for artifact in job.definition.consumes {
                add(artifact.stage, artifact.job, artifact.artifact)
            }
            for key in job.definition.matrix {
                if case .reference(.upstream(let stage, let name, let what, _)) = key.values {
                    add(stage, name, what)
                }
            }
        }
        self.plan = plan
        edges = names.sorted { $0.key < $1.key }.flatMap { target, sources in
            sources.sorted { $0.key < $1.key }.map {
                Edge(from: $0.key, target: target, label: $0.value.joined(separator: ", "))
            }
        }
    }

    private func note(_ job: RunPlan.Job) -> String {
        let definition = job.definition
        if definition.hasDynamicMatrix { return " × matrix" }
        return definition.shards == nil && definition.matrix.isEmpty
            ? "" : " × \(job.legs.count)"
    }

    private func kind(_ stage: RunPlan.Stage) -> String {
        switch stage.definition.kind {
        case .pause: "pause"
        case .end: "end"
        case .normal: stage.definition.isParallel ? "parallel" : "sequence"
        }
    }

    /// What starts runs on a hub.
    private var startLines: [String] { plan.definition.triggers.lines }

    /// One line a stage and a job, with what each job takes.
    var text: String {
        var lines: [String] =
            startLines.isEmpty ? [] : ["start"] + startLines.map { "  ├ \($0)" }
        for stage in plan.stages {
            lines.append("\(stage.definition.name)  (\(kind(stage)))")
            for job in stage.jobs {
                let planned = plan.jobs[job]
                lines.append("  ├ \(planned.definition.name)\(note(planned))")
                lines += edges.filter { $0.target == job }.map {
                    "  │   ← \(plan.jobs[$0.from].key): \($0.label)"
                }
            }
        }
        return lines.joined(separator: "\n")
    }

    /// Graphviz' language (graphviz.org/doc/info/lang.html).
    var dot: String {
        var lines = ["digraph workflow {", "  rankdir=LR; node [shape=box];"]
        if !startLines.isEmpty {
            let label = startLines.map { Self.quoted($0) }.joined(separator: "\\n")
            lines.append("  start [shape=oval, label=\"\(label)\"];")
        }
        for (index, stage) in plan.stages.enumerated() {
            lines.append("  subgraph cluster_\(index) {")
            lines.append("    label=\"\(stage.definition.name) (\(kind(stage)))\";")
            if stage.jobs.isEmpty { lines.append("    p\(index) [label=\"approval\"];") }
            for job in stage.jobs {
                let planned = plan.jobs[job]
                lines.append("    j\(job) [label=\"\(planned.definition.name)\(note(planned))\"];")
            }
            lines.append("  }")
        }
        lines += edges.map { "  j\($0.from) -> j\($0.target) [label=\"\($0.label)\"];" }
        return (lines + ["}"]).joined(separator: "\n")
    }

    /// Mermaid's flow charts (mermaid.js.org/syntax/flowchart.html).
    var mermaid: String {
        var lines = ["flowchart LR"]
        if !startLines.isEmpty {
            // Mermaid knows no backslash: what would end the text, or be a tag, becomes a code.
            let label = startLines.map { Self.coded($0) }.joined(separator: "<br>")
            lines.append("  start([\"\(label)\"])")
            if !plan.stages.isEmpty { lines.append("  start --> s0") }
        }
        for (index, stage) in plan.stages.enumerated() {
            lines.append("  subgraph s\(index)[\"\(stage.definition.name) (\(kind(stage)))\"]")
            if stage.jobs.isEmpty { lines.append("    p\(index)([\"approval\"])") }
            for job in stage.jobs {
                let planned = plan.jobs[job]
                lines.append("    j\(job)[\"\(planned.definition.name)\(note(planned))\"]")
            }
            lines.append("  end")
        }
        for index in plan.stages.indices.dropLast() {
            lines.append("  s\(index) --> s\(index + 1)")
        }
        lines += edges.map { "  j\($0.from) -. \"\($0.label)\" .-> j\($0.target)" }
        return lines.joined(separator: "\n")
    }

    var json: JSONValue {
        [
            "on": .array(startLines.map { .string($0) }),
            "stages": .array(
                plan.stages.map { stage in
                    [
                        "name": .string(stage.definition.name), "kind": .string(kind(stage)),
                        "jobs": .array(stage.jobs.map { .string(plan.jobs[$0].key) }),
                    ]
                }),
            "edges": .array(
                edges.map {
                    [
                        "from": .string(plan.jobs[$0.from].key),
                        "to": .string(plan.jobs[$0.target].key), "label": .string($0.label),
                    ]
                }),
        ]
    }

    /// Patterns may hold quotes; everything else of a picture is made of names.
    private static func quoted(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
    }

    private static func coded(_ text: String) -> String {
        text.replacing("#", with: "#35;").replacing("\"", with: "#quot;")
            .replacing("<", with: "#lt;")
    }
}
