package import Domain
package import Workflows

/// A `when`, what came of it, and what it read.
package struct EvaluatedCondition: Sendable {
    package let text: String
    package let outcome: HookOutcome
    /// As it is written there, with the value; nil for what is absent. At most 20.
    package let values: [(name: String, value: JSONValue?)]

    /// Nil for one that failed or skipped by itself.
    package var isTrue: Bool? {
        guard case .passed(let value, _) = outcome else { return nil }
        return value != .null && value != false
    }
}

extension RunHistory {
    /// Nil where a job has no condition, or its turn has not come.
    package func condition(ofJob job: Int) -> EvaluatedCondition? {
        guard let text = state.plan.jobs[job].definition.condition?.value else { return nil }
        for recorded in events {
            guard case .conditionEvaluated(job, let outcome) = recorded.event else { continue }
            return EvaluatedCondition(
                text: text, outcome: outcome, values: values { try $0.condition(job: job) })
        }
        return nil
    }

    /// The same of a stage.
    package func condition(ofStage stage: Int) -> EvaluatedCondition? {
        guard let text = state.plan.stages[stage].definition.condition?.value else { return nil }
        for recorded in events {
            guard case .stageConditionEvaluated(stage, let outcome) = recorded.event
            else { continue }
            return EvaluatedCondition(
                text: text, outcome: outcome, values: values { try $0.stageCondition(stage) })
        }
        return nil
    }

    /// What a hook read is what stood upstream of it, and that has not changed since.
    private func values(
        _ request: (HookRequests) throws -> HookRequest
    ) -> [(name: String, value: JSONValue?)] {
        do {
            return try request(HookRequests(scope: scope)).valuesRead
        } catch {
            // A value of `env` that cannot be resolved any more: the outcome stands without it.
            return []
        }
    }
}
