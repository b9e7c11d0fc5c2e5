import Domain
import OCI
import Runs
import Workflows

/// A run as one JSON document; the shape that `run -o json` and `show -o json` promise.
struct RunDocument {
    private let state: RunState
    /// Leg → number of the run that it called last.
    private let calls: [Int: Int64]
    /// Number of the run that called this one.
    private let caller: Int64?

    init(_ state: RunState, calls: [Int: Int64] = [:], caller: Int64? = nil) {
        self.state = state
        self.calls = calls
        self.caller = caller
    }

    var json: JSONValue {
        var members: [String: JSONValue] = [
            "state": .string(state.phase.rawValue),
            "reason": state.reason.map(JSONValue.string) ?? .null,
            "startedAt": Self.time(state.startedAt), "endedAt": Self.time(state.endedAt),
            "stages": .array(state.plan.stages.indices.map(stage)),
            "jobs": .array(state.plan.jobs.indices.flatMap(legs)),
            "outputs": .object(
                state.phase.isFinal ? state.workflowOutputs.values.mapValues(JSONValue.string) : [:]
            ),
        ]
        if let creation = state.creation {
            members["id"] = .string(creation.id.text)
            members["number"] = .integer(creation.number)
            members["workflow"] = .string(creation.workflow)
            members["rerunOf"] = creation.rerunOf.map { .string($0.text) } ?? .null
            members["calledBy"] = caller.map(JSONValue.integer) ?? .null
            members["file"] = .string(creation.file)
            members["actor"] = .string(creation.actor)
            members["inputs"] = .object(creation.inputs)
            members["images"] = .object(
                creation.images.mapValues { .string($0.description) })
            members["source"] =
                creation.source.map {
                    [
                        "digest": .string($0.digest.description), "size": .integer($0.size),
                        "commit": creation.commit.map(JSONValue.string) ?? .null,
                        "dirty": .boolean(creation.isDirty),
                    ]
                } ?? .null
        }
        return .object(members)
    }

    private func stage(_ index: Int) -> JSONValue {
        [
            "name": .string(state.plan.stages[index].definition.name),
            "state": .string(state.stages[index].state.rawValue),
            "reason": state.stages[index].reason.map(JSONValue.string) ?? .null,
        ]
    }

    /// The entries of a job: one for one whose matrix was never resolved.
    private func legs(ofJob index: Int) -> [JSONValue] {
        let job = state.plan.jobs[index]
        guard job.legs.isEmpty else { return job.legs.map(leg) }
        return [
            [
                "stage": .string(state.plan.stages[job.stage].definition.name),
                "job": .string(job.definition.name), "leg": .null, "matrix": [:],
                "state": .string(state.jobs[index].state.rawValue),
                "reason": state.jobs[index].reason.map(JSONValue.string) ?? .null,
                "exitCode": .null, "startedAt": .null, "endedAt": .null, "outputs": [:],
                "artifacts": [:], "caches": [], "reports": [], "attempts": 0, "run": .null,
                "memo": .null, "entrances": [],
                "sandbox": .string(job.definition.isolation.sandbox.rawValue),
            ]
        ]
    }

    /// One entry a leg; `leg` is null for a job without shards.
    private func leg(_ index: Int) -> JSONValue {
        let planned = state.plan.legs[index]
        let job = state.plan.jobs[planned.job]
        let progress = state.legs[index]
        return [
            "stage": .string(state.plan.stages[job.stage].definition.name),
            "job": .string(job.definition.name),
            "leg": planned.shard.map { .integer(Int64($0)) } ?? .null,
            "matrix": .object(
                Dictionary(planned.matrix.map { ($0.name, .string($0.value)) }) { $1 }),
            "state": .string(progress.state.rawValue),
            "reason": progress.reason.map(JSONValue.string) ?? .null,
            "exitCode": progress.exitCode.map { .integer(Int64($0)) } ?? .null,
            "startedAt": Self.time(progress.startedAt), "endedAt": Self.time(progress.endedAt),
            "outputs": .object(progress.outputs.mapValues(JSONValue.string)),
            "artifacts": .object(
                progress.artifacts.mapValues {
                    ["digest": .string($0.digest.description), "size": .integer($0.size)]
                }),
            "caches": .array(progress.caches.map(Self.cache)),
            "reports": .array(progress.reports.map(\.json)),
            "attempts": .integer(Int64(progress.attempt)),
            "entrances": EntranceText.json(progress.entrances),
            "sandbox": .string(job.definition.isolation.sandbox.rawValue),
            "run": calls[index].map(JSONValue.integer) ?? .null,
            "memo": progress.memo.map {
                [
                    "key": .string($0.key.description),
                    "run": $0.run.map(JSONValue.integer) ?? .null,
                ]
            } ?? .null,
        ]
    }

    private static func cache(_ use: CacheUse) -> JSONValue {
        func content(_ record: ArtifactRecord?) -> JSONValue {
            record.map {
                ["digest": .string($0.digest.description), "size": .integer($0.size)]
            } ?? .null
        }
        return [
            "key": .string(use.key), "restored": content(use.restored),
            "saved": content(use.saved),
            "problem": use.problem.map(JSONValue.string) ?? .null,
        ]
    }

    static func time(_ time: Timestamp?) -> JSONValue {
        time.map { .string($0.description) } ?? .null
    }
}
