import Domain
import Workflows

/// The hook that an effect asks for, and the event that its answer becomes.
enum HookTask: Sendable {
    case evaluate(HookRequest, event: @Sendable (HookOutcome) -> RunEvent)
    /// What the hook may see could not be put together: this is the answer.
    case refused(RunEvent)

    /// Nil for an effect that is no hook's.
    init?(_ effect: RunEffect, in scope: ReferenceScope) {
        let requests = HookRequests(scope: scope)
        switch effect {
        case .evaluateCondition(let job):
            self.init({ try requests.condition(job: job) }) {
                .conditionEvaluated(job: job, $0)
            }
        case .evaluateBefore(let leg, let attempt):
            self.init({ try requests.before(leg: leg) }) {
                .beforeEvaluated(leg: leg, attempt: attempt, $0)
            }
        case .evaluateAfter(let leg, let attempt):
            self.init({ try requests.after(leg: leg) }) {
                .afterEvaluated(leg: leg, attempt: attempt, $0)
            }
        case .evaluateStageCondition(let stage):
            self.init({ try requests.stageCondition(stage) }) {
                .stageConditionEvaluated(stage: stage, $0)
            }
        case .evaluateStageHook(let stage):
            self.init({ try requests.stage(stage) }) {
                .stageHookEvaluated(stage: stage, $0)
            }
        default: return nil
        }
    }

    private init(
        _ make: () throws -> HookRequest, event: @escaping @Sendable (HookOutcome) -> RunEvent
    ) {
        do {
            self = .evaluate(try make(), event: event)
        } catch {
            let report = AttemptReport(refusedBy: error)
            let reason = report.reason ?? ""
            let outcome: HookOutcome =
                report.state == .errored
                ? .errored(reason, log: []) : .failed(reason, log: [])
            self = .refused(event(outcome))
        }
    }
}
