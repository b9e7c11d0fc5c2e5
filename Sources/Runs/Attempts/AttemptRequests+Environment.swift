import Domain
import Workflows

extension AttemptRequests {
    /// The variables of an attempt: inputs first, then the reserved names, which no input takes.
    func environment(
        leg: Int, attempt: Int, inputs: [(name: String, value: ResolvedText)], data: [UInt8]?
    ) -> [EnvironmentVariable] {
        var variables: [EnvironmentVariable] = []
        func add(_ name: String, _ value: String) {
            variables.append(EnvironmentVariable(name: name, value: Secret(value)))
        }
        variables += self.variables(inputs)
        let planned = scope.state.plan.legs[leg]
        let job = scope.state.plan.jobs[planned.job]
        add("CI", "true")
        // What differs from run to run would make each key a new one.
        let isMemoised = job.definition.memo != nil
        if !isMemoised {
            add("T_RUN_ID", scope.run(.id) ?? "")
            add("T_RUN_NUMBER", scope.run(.number) ?? "")
            add("T_ATTEMPT", String(attempt))
        }
        add("T_STAGE", scope.state.plan.stages[job.stage].definition.name)
        add("T_JOB", job.definition.name)
        if let shard = planned.shard {
            add("T_SHARD_INDEX", String(shard))
            add("T_SHARD_COUNT", String(job.definition.shards ?? 1))
        }
        add("T_DATA", data.map { String(decoding: $0, as: UTF8.self) } ?? "/slipway/data.json")
        return variables
    }

    /// Inputs under their names, and under those that a shell can hold.
    func variables(_ inputs: [(name: String, value: ResolvedText)]) -> [EnvironmentVariable] {
        inputs.flatMap { input in
            Set([input.name, Names.variable(input.name)]).sorted().map {
                EnvironmentVariable(name: $0, value: Secret(input.value.text))
            }
        }
    }

    /// `T_DATA`: run, stage, job, inputs and upstream outputs; secrets are masked in it. Its
    /// `inputs` are the run's, and over them the job's own.
    func data(leg: Int, inputs: [(name: String, value: ResolvedText)]) -> JSONValue {
        let state = scope.state
        let planned = state.plan.jobs[state.plan.legs[leg].job]
        let isMemoised = planned.definition.memo != nil
        var values = isMemoised ? [:] : state.creation?.inputs ?? [:]
        for input in inputs {
            values[input.name] = .string(input.value.secretName == nil ? input.value.text : "***")
        }
        return .object([
            "run": isMemoised ? [:] : runTable,
            "stage": .string(state.plan.stages[planned.stage].definition.name),
            "job": .string(planned.definition.name), "inputs": .object(values),
            "outputs": isMemoised
                ? [:] : .object(state.outputs(upstreamOf: state.plan.legs[leg].job)),
        ])
    }

    /// `{id, number, workflow, commit, actor}`; hooks see `state` as well.
    var runTable: JSONValue {
        guard let creation = scope.state.creation else { return [:] }
        return .object([
            "id": .string(creation.id.text), "number": .integer(creation.number),
            "workflow": .string(creation.workflow),
            "commit": creation.commit.map(JSONValue.string) ?? .null,
            "actor": .string(creation.actor),
        ])
    }
}
