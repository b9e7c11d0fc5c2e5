import Domain
import OCI
import Runs
import Workflows

extension JobExplanation {
    var json: JSONValue {
        var members: [String: JSONValue] = [
            "run": .integer(number), "job": .string(planned.key), "label": .string(label),
            "state": .string(jobState.rawValue), "work": .string(GraphJob(planned).work),
        ]
        members["sandbox"] = .string(planned.definition.isolation.sandbox.rawValue)
        members["reason"] = Self.text(reason)
        members["causes"] = .array(causes.map { .string($0.text) })
        members["stage"] = stageJSON
        members["when"] = history.condition(ofJob: job).map { Self.json($0) } ?? .null
        members["images"] = .array(images.map { Self.json(image: $0.name, $0.digest) })
        members["legs"] = .array(planned.legs.map { json(ofLeg: $0) })
        members["attempts"] = .array(attempts.map { json(of: $0) })
        members["inputs"] = .array(inputs.map { Self.json($0) })
        members["consumes"] = .array(consumed.map { Self.json($0) })
        var values: [String: JSONValue] = [:]
        for (name, value) in outputs { values[name] = .string(value) }
        members["outputs"] = .object(values)
        var records: [String: JSONValue] = [:]
        for (name, record) in artifacts { records[name] = Self.json(record) }
        members["artifacts"] = .object(records)
        members["caches"] = .array(caches.map { .string(Shown.cache($0)) })
        members["reusedFrom"] = Self.text(state.jobs[job].reused?.run.text)
        members["called"] = leg.flatMap { calls[$0] }.map { JSONValue.integer($0) } ?? .null
        members["next"] = .array(nextCommands.map { .string($0) })
        return .object(members)
    }

    private var stageJSON: JSONValue {
        let progress = state.stages[planned.stage]
        var members: [String: JSONValue] = [
            "name": .string(stage.definition.name),
            "kind": .string(stage.definition.kind.rawValue),
            "parallel": .boolean(stage.definition.isParallel),
            "state": .string(progress.state.rawValue),
        ]
        members["reason"] = Self.text(progress.reason)
        members["when"] = history.condition(ofStage: planned.stage).map { Self.json($0) } ?? .null
        return .object(members)
    }

    private static func text(_ text: String?) -> JSONValue {
        text.map { JSONValue.string($0) } ?? .null
    }

    private static func json(image name: String, _ digest: Digest?) -> JSONValue {
        ["name": .string(name), "digest": text(digest?.description)]
    }

    private static func json(_ condition: EvaluatedCondition) -> JSONValue {
        var values: [String: JSONValue] = [:]
        for (name, value) in condition.values { values[name] = value ?? .null }
        return [
            "text": .string(condition.text), "outcome": .string(word(condition)),
            "values": .object(values),
        ]
    }

    private static func json(_ record: ArtifactRecord) -> JSONValue {
        [
            "digest": .string(record.digest.description), "size": .integer(record.size),
            "kind": .string(record.kind.rawValue),
        ]
    }

    private static func json(_ input: EffectiveInput) -> JSONValue {
        [
            "name": .string(input.name), "value": text(input.value),
            "origin": .string(input.origin.rawValue),
            "references": .array(input.references.map(JSONValue.string)),
            "problem": text(input.problem),
        ]
    }

    private static func json(_ artifact: Consumed) -> JSONValue {
        [
            "name": .string(artifact.name), "from": .string(artifact.from),
            "artifacts": .array(artifact.records.map { json($0) }),
            "run": text(artifact.reused?.run.text),
        ]
    }

    private func json(ofLeg index: Int) -> JSONValue {
        let progress = state.legs[index]
        return [
            "label": .string(plan.label(leg: index)), "state": .string(progress.state.rawValue),
            "reason": Self.text(progress.reason),
            "attempts": .integer(Int64(progress.attempt)),
            "startedAt": RunDocument.time(progress.startedAt),
            "endedAt": RunDocument.time(progress.endedAt),
        ]
    }

    private func json(of attempt: AttemptHistory) -> JSONValue {
        let code = attempt.report?.exitCode
        return [
            "number": .integer(Int64(attempt.number)),
            "readyAt": RunDocument.time(attempt.readyAt),
            "startedAt": RunDocument.time(attempt.startedAt),
            "endedAt": RunDocument.time(attempt.endedAt),
            "exitCode": code.map { JSONValue.integer(Int64($0)) } ?? .null,
            "ended": .string(ending(attempt)),
            "entrances": EntranceText.json(attempt.entrances),
            "next": RunDocument.time(attempt.retry?.due),
            "warnings": .array((attempt.report?.warnings ?? []).map(JSONValue.string)),
        ]
    }
}
