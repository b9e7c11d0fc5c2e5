package import Domain
package import Workflows

/// Evaluates hooks; the sandbox behind it knows nothing of workflows.
package protocol HookEvaluator: Sendable {
    /// Never throws: an error, a limit or a lost sandbox is an outcome of the hook.
    func evaluate(_ request: HookRequest) async -> HookOutcome
}

/// One hook and all that it may see. A secret stands as `{"$secret": NAME}` (DESIGN §4).
package struct HookRequest: Sendable {
    package enum Kind: Sendable {
        case condition, chunk
    }

    /// For messages: `when`, `before` or `after`; the reason stands beside the job's name.
    package let name: String
    package let kind: Kind
    package let source: String
    package let readOnly: [String: JSONValue]
    /// The one table that the hook may write, by its name: `input` or `output`.
    package let writable: (name: String, value: [String: JSONValue])?
    package let seed: UInt64
    /// What an `after` hook may leave in `output`; nil where names are free.
    package let declared: [String]?

    init(
        name: String, kind: Kind, source: String, readOnly: [String: JSONValue],
        writable: (name: String, value: [String: JSONValue])?, seed: UInt64,
        declared: [String]? = nil
    ) {
        self.name = name
        self.kind = kind
        self.source = source
        self.readOnly = readOnly
        self.writable = writable
        self.seed = seed
        self.declared = declared
    }
}

/// Makes the requests for the hooks of a run.
struct HookRequests {
    let scope: ReferenceScope

    private var state: RunState { scope.state }
    private var requests: AttemptRequests { AttemptRequests(scope: scope) }

    func condition(job: Int) throws -> HookRequest {
        let planned = state.plan.jobs[job]
        let source = planned.definition.condition?.value ?? "true"
        return HookRequest(
            name: "when", kind: .condition, source: source,
            readOnly: try common(upstream(of: job, readBy: source)), writable: nil,
            seed: seed(planned.key))
    }

    func before(leg: Int) throws -> HookRequest {
        let job = state.plan.legs[leg].job
        var input: [String: JSONValue] = [:]
        for (name, value) in try requests.inputs(leg: leg) {
            input[name] =
                value.secretName.map { ["$secret": .string($0)] } ?? .string(value.text)
        }
        let source = state.plan.jobs[job].definition.before?.value ?? ""
        var readOnly = try common(upstream(of: job, readBy: source))
        addLeg(leg, to: &readOnly)
        return HookRequest(
            name: "before", kind: .chunk, source: source, readOnly: readOnly,
            writable: ("input", input), seed: seed(state.plan.label(leg: leg)))
    }

    func after(leg: Int) throws -> HookRequest {
        let job = state.plan.legs[leg].job
        let source = state.plan.jobs[job].definition.after?.value ?? ""
        var readOnly = try common(upstream(of: job, readBy: source))
        addLeg(leg, to: &readOnly)
        return HookRequest(
            name: "after", kind: .chunk, source: source, readOnly: readOnly,
            writable: ("output", state.legs[leg].outputs.mapValues(JSONValue.string)),
            seed: seed(state.plan.label(leg: leg) + " after"),
            declared: state.plan.jobs[job].definition.outputs)
    }

    /// `matrix` and `shard`: what tells this leg from the others.
    private func addLeg(_ leg: Int, to values: inout [String: JSONValue]) {
        let planned = state.plan.legs[leg]
        values["shard"] = planned.shard.map { .integer(Int64($0)) } ?? .null
        values["matrix"] = .object(
            Dictionary(planned.matrix.map { ($0.name, .string($0.value)) }) { $1 })
    }

    func stageCondition(_ stage: Int) throws -> HookRequest {
        let definition = state.plan.stages[stage].definition
        let source = definition.condition?.value ?? "true"
        let jobs = state.outputs(throughStage: stage - 1, only: JobsRead.keys(in: source))
        return HookRequest(
            name: "when", kind: .condition, source: source, readOnly: try common(jobs),
            writable: nil,
            seed: seed(definition.name + " when"))
    }

    func stage(_ stage: Int) throws -> HookRequest {
        let definition = state.plan.stages[stage].definition
        let source = definition.after?.value ?? ""
        let jobs = state.outputs(throughStage: stage, only: JobsRead.keys(in: source))
        return HookRequest(
            name: "after", kind: .chunk, source: source, readOnly: try common(jobs),
            writable: nil,
            seed: seed(definition.name))
    }

    /// Of the jobs upstream, those that a text can look at.
    private func upstream(of job: Int, readBy source: String) -> [String: JSONValue] {
        state.outputs(upstreamOf: job, only: JobsRead.keys(in: source))
    }

    private func common(_ jobs: [String: JSONValue]) throws -> [String: JSONValue] {
        var run = requests.runTable.objectValue ?? [:]
        run["state"] = .string(state.verdict.phase.rawValue)
        var environment: [String: JSONValue] = [:]
        for (name, value) in try scope.environment() {
            environment[name] =
                value.secretName.map { ["$secret": .string($0)] } ?? .string(value.text)
        }
        return [
            "inputs": .object(state.creation?.inputs ?? [:]), "env": .object(environment),
            "run": .object(run), "jobs": .object(jobs), "matrix": [:],
        ]
    }

    /// The same run and place always give the same random numbers.
    private func seed(_ place: String) -> UInt64 {
        Seed.of("\(state.creation?.id.text ?? "") \(place)")
    }
}
