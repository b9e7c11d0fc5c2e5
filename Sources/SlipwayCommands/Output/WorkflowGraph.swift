import Domain
import Workflows

/// A workflow as a picture: stages in order, their jobs, and who takes what from whom; of a run,
/// also how far it came.
struct WorkflowGraph {
    struct Edge: Hashable {
        let from: Int
        let target: Int
        /// Names of the outputs and artifacts that travel.
        let label: String
    }

    let plan: RunPlan
    /// Nil for a workflow that is not looked at in a run.
    let progress: GraphProgress?
    let edges: [Edge]
    /// Job → its edges, which lie together.
    private let incoming: [Range<Int>]

    init(_ definition: WorkflowDefinition) {
        self.init(RunPlan(definition), nil)
    }

    init(_ state: RunState, now: Timestamp) {
        self.init(state.plan, GraphProgress(state: state, now: now))
    }

    private init(_ plan: RunPlan, _ progress: GraphProgress?) {
        var edges: [Edge] = []
        var incoming: [Range<Int>] = []
        for (target, job) in plan.jobs.enumerated() {
            let first = edges.count
            edges += Self.sources(of: job.definition, in: plan).map { source in
                Edge(from: source.job, target: target, label: source.names.joined(separator: ", "))
            }
            incoming.append(first..<edges.count)
        }
        self.plan = plan
        self.progress = progress
        self.edges = edges
        self.incoming = incoming
    }

    func edges(into job: Int) -> ArraySlice<Edge> { edges[incoming[job]] }

    func job(_ index: Int) -> GraphJob { GraphJob(plan.jobs[index]) }

    func kind(_ stage: RunPlan.Stage) -> String {
        switch stage.definition.kind {
        case .pause: "pause"
        case .end: "end"
        case .normal: stage.definition.isParallel ? "parallel" : "sequence"
        }
    }

    /// What starts runs on a hub.
    var startLines: [String] { plan.definition.triggers.lines }

    /// The jobs that a job takes something of, in order, and the names of it.
    private static func sources(
        of job: JobDefinition, in plan: RunPlan
    ) -> [(job: Int, names: [String])] {
        var names: [Int: [String]] = [:]
        func add(_ stage: String, _ name: String, _ what: String) {
            guard let from = plan.jobIndex(stage: stage, job: name) else { return }
            if !names[from, default: []].contains(what) { names[from, default: []].append(what) }
        }
        let texts =
            job.inputs.map(\.template) + job.caches.map(\.key)
            + job.services.flatMap { $0.inputs.map(\.template) }
        for text in texts {
            for case .reference(.upstream(let stage, let name, let what, _), _) in text.segments {
                add(stage, name, what)
            }
        }
        for artifact in job.consumes { add(artifact.stage, artifact.job, artifact.artifact) }
        for key in job.matrix {
            switch key.values {
            case .reference(.upstream(let stage, let name, let what, _)): add(stage, name, what)
            case .reference: continue
            case .list(let values):
                for value in values {
                    for case .reference(.upstream(let stage, let name, let what, _), _)
                        in value.segments
                    { add(stage, name, what) }
                }
            }
        }
        return names.sorted { $0.key < $1.key }.map { (job: $0.key, names: $0.value) }
    }
}
