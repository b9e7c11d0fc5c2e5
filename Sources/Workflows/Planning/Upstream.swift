package import Domain
import OCI

extension RunState {
    /// An output of a job as a reference sees it: its text, or a JSON list of its legs' texts.
    ///
    /// Nil when it is absent: the job was skipped, or never printed it (DESIGN §2, "Shards").
    package func output(job: Int, name: String, leg: Int? = nil) -> JSONValue? {
        let planned = plan.jobs[job]
        func one(_ index: Int) -> JSONValue? {
            legs[index].outputs[name].map(JSONValue.string)
                ?? legs[index].artifacts[name].map { .string($0.digest.description) }
        }
        guard planned.isMultiple else { return one(planned.legs.lowerBound) }
        if let leg {
            return leg < planned.legs.count ? one(planned.legs.lowerBound + leg) : nil
        }
        let values = planned.legs.map { one($0) }
        guard values.contains(where: { $0 != nil }) else { return nil }
        return .array(values.map { $0 ?? .null })
    }

    /// `outputs` of `T_DATA` and `jobs` of a hook: `stage.job` → name → value, for every upstream
    /// job that declares anything: those of earlier stages, and earlier ones of its own sequence.
    /// One that was skipped, or gave nothing, has an empty object. With `keys`, those jobs alone.
    package func outputs(
        upstreamOf job: Int, only keys: Set<String>? = nil
    ) -> [String: JSONValue] {
        let stage = plan.jobs[job].stage
        let isParallel = plan.stages[stage].definition.isParallel
        let end = isParallel ? plan.stages[stage].jobs.lowerBound : job
        return outputs(before: end, only: keys)
    }

    /// The same for the `after` hook of a stage: its own jobs are there too.
    package func outputs(
        throughStage stage: Int, only keys: Set<String>? = nil
    ) -> [String: JSONValue] {
        guard stage >= 0 else { return [:] }
        return outputs(before: plan.stages[stage].jobs.upperBound, only: keys)
    }

    private func outputs(before end: Int, only keys: Set<String>?) -> [String: JSONValue] {
        var table: [String: JSONValue] = [:]
        if let keys {
            for key in keys {
                guard let index = plan.jobIndex(key: key), index < end else { continue }
                table[key] = outputs(ofEnded: index)
            }
            return table
        }
        for index in plan.jobsWithOutputs {
            guard index < end else { break }
            table[plan.jobs[index].key] = outputs(ofEnded: index)
        }
        return table
    }

    /// Nil for a job that has not ended, and for one that declares nothing.
    private func outputs(ofEnded job: Int) -> JSONValue? {
        guard jobs[job].state.isFinal else { return nil }
        let definition = plan.jobs[job].definition
        let names = definition.outputs + definition.produces.map(\.name)
        guard !names.isEmpty else { return nil }
        var values: [String: JSONValue] = [:]
        for name in names { values[name] = output(job: job, name: name) }
        return .object(values)
    }

    /// What a job that consumes an artifact finds; nil when nothing was made.
    package func content(of artifact: ConsumedArtifact) -> ConsumedContent? {
        guard let job = plan.jobIndex(stage: artifact.stage, job: artifact.job) else { return nil }
        let planned = plan.jobs[job]
        guard planned.isMultiple else {
            return legs[planned.legs.lowerBound].artifacts[artifact.artifact].map { .single($0) }
        }
        let records = planned.legs.map { legs[$0].artifacts[artifact.artifact] }
        return records.contains { $0 != nil } ? .legs(records) : nil
    }
}
