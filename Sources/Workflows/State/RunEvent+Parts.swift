extension RunEvent {
    /// The stable name in stored events.
    package var name: String {
        switch self {
        case .created: "created"
        case .jobReused: "job-reused"
        case .started: "started"
        case .stageStarted: "stage-started"
        case .jobReady: "job-ready"
        case .conditionEvaluated: "condition-evaluated"
        case .jobSkipped: "job-skipped"
        case .jobExpanded: "job-expanded"
        case .attemptStarting: "attempt-starting"
        case .beforeEvaluated: "before-evaluated"
        case .attemptStarted: "attempt-started"
        case .attemptEntered: "attempt-entered"
        case .attemptTimedOut: "attempt-timed-out"
        case .attemptEnded: "attempt-ended"
        case .afterEvaluated: "after-evaluated"
        case .attemptRetried: "attempt-retried"
        case .retryDue: "retry-due"
        case .legEnded: "leg-ended"
        case .jobEnded: "job-ended"
        case .stageConditionEvaluated: "stage-condition-evaluated"
        case .stageHookEvaluated: "stage-hook-evaluated"
        case .stageTimedOut: "stage-timed-out"
        case .decided: "decided"
        case .runTimedOut: "run-timed-out"
        case .stageEnded: "stage-ended"
        case .cancelRequested: "cancel-requested"
        case .endStagesTimedOut: "end-stages-timed-out"
        case .runEnded: "run-ended"
        }
    }

    package var stage: Int? {
        switch self {
        case .stageStarted(let stage), .stageHookEvaluated(let stage, _),
            .stageConditionEvaluated(let stage, _), .stageTimedOut(let stage),
            .decided(let stage, _), .stageEnded(let stage, _, _):
            stage
        default: nil
        }
    }

    package var job: Int? {
        switch self {
        case .jobReady(let job), .conditionEvaluated(let job, _), .jobSkipped(let job, _),
            .jobEnded(let job, _, _), .jobExpanded(let job, _),
            .jobReused(let job, _):
            job
        default: nil
        }
    }

    package var leg: Int? { attempt?.leg }

    package var attempt: (leg: Int, number: Int)? {
        switch self {
        case .attemptStarting(let leg, let number), .beforeEvaluated(let leg, let number, _),
            .attemptStarted(let leg, let number, _), .attemptEntered(let leg, let number, _),
            .attemptTimedOut(let leg, let number),
            .attemptEnded(let leg, let number, _), .afterEvaluated(let leg, let number, _),
            .attemptRetried(let leg, let number, _, _), .retryDue(let leg, let number):
            (leg, number)
        case .legEnded(let leg, _, _): (leg, 0)
        default: nil
        }
    }
}
