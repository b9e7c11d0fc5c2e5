import Domain
import Workflows

extension WorkflowGraph {
    /// `stages`, `jobs` and `edges`; of a run also its number, and each state.
    var json: JSONValue {
        var members: [String: JSONValue] = [
            "name": .string(plan.definition.name),
            "on": .array(startLines.map(JSONValue.string)),
            "stages": .array(plan.stages.indices.map(json(ofStage:))),
            "jobs": .array(plan.jobs.indices.map(json(ofJob:))),
            "edges": .array(
                edges.map {
                    [
                        "from": .string(plan.jobs[$0.from].key),
                        "to": .string(plan.jobs[$0.target].key), "label": .string($0.label),
                    ]
                }),
        ]
        if let state = progress?.state, let creation = state.creation {
            members["run"] = .integer(creation.number)
            members["state"] = .string(state.phase.rawValue)
        }
        return .object(members)
    }

    private func json(ofStage index: Int) -> JSONValue {
        let stage = plan.stages[index]
        var members: [String: JSONValue] = [
            "name": .string(stage.definition.name), "kind": .string(kind(stage)),
            "jobs": .array(stage.jobs.map { .string(plan.jobs[$0].key) }),
        ]
        if let approval = stage.definition.approval {
            members["approvals"] = .integer(Int64(approval.approvals))
            members["approvers"] = .array(approval.approvers.map(JSONValue.string))
        }
        if let progress {
            members["state"] = .string(progress.state.stages[index].state.rawValue)
        }
        return .object(members)
    }

    private func json(ofJob index: Int) -> JSONValue {
        let job = job(index)
        var members: [String: JSONValue] = [
            "job": .string(job.key), "kind": .string(job.kind.rawValue),
            "work": .string(job.work),
            "legs": job.count == "matrix"
                ? .null : .integer(Int64(plan.jobs[index].legs.count)),
            "services": .array(job.services.map(JSONValue.string)),
            "marks": .array(job.marks.map(JSONValue.string)),
        ]
        if let progress {
            members["state"] = .string(progress.job(index).rawValue)
            members["reason"] =
                progress.state.jobs[index].reason.map(JSONValue.string) ?? .null
        }
        return .object(members)
    }
}
