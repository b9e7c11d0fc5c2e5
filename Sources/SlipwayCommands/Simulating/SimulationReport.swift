import Domain
import OCI
import Runs
import Workflows

/// What a run would do, job by job, and why.
struct SimulationReport {
    private let result: SimulationResult
    /// Names of inputs that were typed.
    private let typed: Set<String>
    private var conditions: [Int: SimulatedHook] = [:]
    private var stageConditions: [Int: SimulatedHook] = [:]
    private var stageHooks: [Int: SimulatedHook] = [:]
    /// Job → what its `before` and `after` depend on.
    private var openHooks: [Int: [String: [String]]] = [:]
    /// Jobs that run only if something holds that is not known.
    private var uncertain: Set<Int> = []
    /// Job → its place in the order, from 1; jobs of one place begin at the same time.
    private var steps: [Int: Int] = [:]

    private var state: RunState { result.state }
    private var plan: RunPlan { result.state.plan }

    init(_ result: SimulationResult, typed: Set<String>) {
        self.result = result
        self.typed = typed
        for hook in result.hooks {
            switch hook.place {
            case .condition(let job): conditions[job] = hook
            case .stageCondition(let stage): stageConditions[stage] = hook
            case .stageHook(let stage): stageHooks[stage] = hook
            case .before(let leg, _): note(hook, "before", leg)
            case .after(let leg, _): note(hook, "after", leg)
            }
        }
        order()
        for job in result.state.plan.jobs.indices where isUncertain(job) { uncertain.insert(job) }
    }

    private mutating func note(_ hook: SimulatedHook, _ name: String, _ leg: Int) {
        guard !hook.unknown.isEmpty else { return }
        openHooks[plan.legs[leg].job, default: [:]][name] = hook.unknown
    }

    private mutating func order() {
        var begins: [Int: Timestamp] = [:]
        for recorded in result.events {
            guard case .attemptStarting(let leg, 1) = recorded.event else { continue }
            let job = plan.legs[leg].job
            begins[job] = min(begins[job] ?? recorded.time, recorded.time)
        }
        let times = Set(begins.values).sorted()
        let places = Dictionary(times.enumerated().map { ($1, $0 + 1) }) { first, _ in first }
        steps = begins.compactMapValues { places[$0] }
    }

    /// Jobs are asked in order, so those upstream were asked before.
    private func isUncertain(_ job: Int) -> Bool {
        let planned = plan.jobs[job]
        guard state.jobs[job].state != .skipped else { return false }
        if conditions[job]?.unknown.isEmpty == false { return true }
        if stageConditions[planned.stage]?.unknown.isEmpty == false { return true }
        if openHooks[job]?["before"] != nil { return true }
        return planned.definition.consumes.contains { artifact in
            guard !artifact.isOptional,
                let maker = plan.jobIndex(stage: artifact.stage, job: artifact.job)
            else { return false }
            return uncertain.contains(maker)
        }
    }

    // MARK: One job

    /// `runs`, `may-run`, `skipped`, `fails`, `errored`, `cancelled`.
    private func word(_ job: Int) -> String {
        switch state.jobs[job].state {
        case .succeeded: uncertain.contains(job) ? "may-run" : "runs"
        case .failed, .timedOut: "fails"
        case let other: other.rawValue
        }
    }

    private static func work(_ job: JobDefinition) -> String {
        switch job.work {
        case .component(let reference, _): reference.value.description
        case .workflow(let called): "workflow \(called.file)"
        case .service(let name): "service \(name.value)"
        }
    }

    private func legs(_ job: Int) -> String {
        if result.unknownMatrices[job] != nil, plan.jobs[job].legs.count == 1 { return "unknown" }
        if plan.jobs[job].definition.hasDynamicMatrix, plan.jobs[job].legs.isEmpty {
            return "-"
        }
        return String(plan.jobs[job].legs.count)
    }

    private func why(_ job: Int) -> [String] {
        let planned = plan.jobs[job]
        var reasons: [String] = []
        let isStageSkipped = state.stages[planned.stage].state == .skipped
        if let hook = stageConditions[planned.stage],
            isStageSkipped || !hook.unknown.isEmpty
        {
            reasons.append("stage " + Self.text(hook, "when"))
        }
        if let hook = conditions[job] { reasons.append(Self.text(hook, "when")) }
        if let names = result.unknownMatrices[job] {
            reasons.append("matrix is unknown: depends on \(names.joined(separator: ", "))")
        }
        for (name, unknown) in (openHooks[job] ?? [:]).sorted(by: { $0.key > $1.key }) {
            reasons.append("\(name) is unknown: depends on \(unknown.joined(separator: ", "))")
        }
        for maker in uncertainMakers(job) where maker != job {
            reasons.append("needs \(plan.jobs[maker].key), which may be skipped")
        }
        if let reason = state.jobs[job].reason, reason != "when: the condition is false" {
            reasons.append(reason)
        }
        return reasons
    }

    /// Jobs that may be skipped and without which this one cannot run.
    private func uncertainMakers(_ job: Int) -> [Int] {
        guard state.jobs[job].state == .succeeded else { return [] }
        var makers: Set<Int> = []
        for artifact in plan.jobs[job].definition.consumes where !artifact.isOptional {
            makers.formUnion(
                [plan.jobIndex(stage: artifact.stage, job: artifact.job)].compactMap { $0 })
        }
        for input in plan.jobs[job].definition.inputs {
            for case .reference(.upstream(let stage, let name, _, _), nil)
                in input.template.segments
            { makers.formUnion([plan.jobIndex(stage: stage, job: name)].compactMap { $0 }) }
        }
        return makers.intersection(uncertain).sorted()
    }

    private static func text(_ hook: SimulatedHook, _ name: String) -> String {
        let source = "\(name) `\(Shown.line(hook.source, width: 120))`"
        guard hook.unknown.isEmpty else {
            return "\(source) is unknown: depends on \(hook.unknown.joined(separator: ", "))"
        }
        let values = hook.values.map {
            "\($0.name) = \(Shown.line($0.value?.canonicalText ?? "absent", width: 60))"
        }
        let suffix = values.isEmpty ? "" : " (\(values.joined(separator: ", ")))"
        return switch hook.outcome {
        case .passed(.boolean(false), _), .passed(.null, _): "\(source) is false\(suffix)"
        case .passed: "\(source) is true\(suffix)"
        case .failed, .errored: "\(source) fails\(suffix)"
        case .skipped: "\(source) skips\(suffix)"
        }
    }

    // MARK: The whole

    var text: String {
        var table = Table("STEP", "JOB", "WHAT", "LEGS", "COMPONENT", "WHY")
        for (index, stage) in plan.stages.enumerated() {
            if stage.definition.kind == .pause {
                table.add(
                    "-", stage.definition.name, pauseWord(index), "-", "-",
                    [pauseText(stage.definition), state.stages[index].reason]
                        .compactMap { $0 }.joined(separator: "; "))
            }
            for job in stage.jobs {
                table.add(
                    steps[job].map { String($0) } ?? "-", plan.jobs[job].key, word(job), legs(job),
                    Self.work(plan.jobs[job].definition),
                    why(job).joined(separator: "; "))
            }
        }
        var lines = [table.text, ""]
        if !inputs.isEmpty {
            lines.append("inputs: " + inputs.map { "\($0.0) = \($0.1)" }.joined(separator: ", "))
        }
        lines += granted.map { "taken for granted: \($0)" }
        lines.append(
            "nothing was run; a run would end as \(state.phase.rawValue)"
                + (state.reason.map { ": \($0)" } ?? ""))
        return lines.map { $0.contains("\n") ? $0 : TerminalText.line($0) }
            .joined(separator: "\n")
    }

    private func pauseWord(_ stage: Int) -> String {
        state.stages[stage].state == .skipped ? "skipped" : "asks"
    }

    private func pauseText(_ stage: StageDefinition) -> String {
        let rule = stage.approval
        let count = rule?.approvals ?? 1
        let people = rule.map(\.approvers).flatMap { $0.isEmpty ? nil : $0 } ?? ["anyone"]
        return "\(count) approval\(count == 1 ? "" : "s") of \(people.joined(separator: ", "))"
            + (stage.timeout.map { " within \($0.text)" } ?? "")
    }

    private var inputs: [(String, String)] {
        plan.definition.inputs.map { input in
            let value = state.creation?.inputs[input.name]?.inputText
            let origin =
                typed.contains(input.name) ? "" : input.defaultText == nil ? "" : " (default)"
            return (input.name, Shown.line(value ?? "absent", width: 60) + origin)
        }
    }

    /// What the end of the run rests on and nobody knows.
    private var granted: [String] {
        stageHooks.sorted { $0.key < $1.key }.filter { !$0.value.unknown.isEmpty }.map {
            "after of stage \(plan.stages[$0.key].definition.name) passes, which depends on "
                + $0.value.unknown.joined(separator: ", ")
        }
    }

    var json: JSONValue {
        [
            "workflow": .string(plan.definition.name), "state": .string(state.phase.rawValue),
            "reason": state.reason.map(JSONValue.string) ?? .null,
            "inputs": .object(state.creation?.inputs ?? [:]),
            "takenForGranted": .array(granted.map(JSONValue.string)),
            "stages": .array(plan.stages.indices.map(stageJSON)),
        ]
    }

    private func stageJSON(_ index: Int) -> JSONValue {
        let stage = plan.stages[index]
        var members: [String: JSONValue] = [
            "name": .string(stage.definition.name),
            "kind": .string(stage.definition.kind.rawValue),
            "parallel": .boolean(stage.definition.isParallel),
            "state": .string(state.stages[index].state.rawValue),
            "reason": state.stages[index].reason.map(JSONValue.string) ?? .null,
            "when": stageConditions[index].map(Self.document) ?? .null,
            "jobs": .array(stage.jobs.map(jobJSON)),
        ]
        if let approval = stage.definition.approval {
            members["approval"] = [
                "approvals": .integer(Int64(approval.approvals)),
                "approvers": .array(approval.approvers.map(JSONValue.string)),
            ]
        }
        return .object(members)
    }

    private func jobJSON(_ job: Int) -> JSONValue {
        let planned = plan.jobs[job]
        let isOpen = result.unknownMatrices[job] != nil && planned.legs.count == 1
        return [
            "job": .string(planned.key), "what": .string(word(job)),
            "step": steps[job].map { .integer(Int64($0)) } ?? .null,
            "component": .string(Self.work(planned.definition)),
            "legs": isOpen
                ? .null : .array(planned.legs.map { .string(plan.label(leg: $0)) }),
            "when": conditions[job].map(Self.document) ?? .null,
            "why": .array(why(job).map(JSONValue.string)),
        ]
    }

    private static func document(_ hook: SimulatedHook) -> JSONValue {
        let truth: JSONValue =
            switch hook.outcome {
            case _ where !hook.unknown.isEmpty: "unknown"
            case .passed(.boolean(false), _), .passed(.null, _): false
            case .passed: true
            case .failed, .errored: "fails"
            case .skipped: "skips"
            }
        return [
            "text": .string(hook.source), "outcome": truth,
            "values": .object(
                Dictionary(hook.values.map { ($0.name, $0.value ?? .null) }) { $1 }),
            "unknown": .array(hook.unknown.map(JSONValue.string)),
        ]
    }
}
