import Domain
import OCI
import Runs
import Testing
import Workflows

/// A run that the pure machine played, a second an attempt, without anything being run.
struct PlayedRun {
    private(set) var state: RunState
    private(set) var events: [(time: Timestamp, event: RunEvent)] = []
    private(set) var now = Timestamp(microseconds: 1_700_000_000_000_000)
    /// Job → how its legs end, every time.
    private let endings: [String: AttemptReport]
    private let conditions: [String: HookOutcome]

    var history: RunHistory {
        RunHistory(
            state: state,
            events: events.enumerated().map { index, recorded in
                RecordedEvent(
                    sequence: Int64(index + 1), time: recorded.time, event: recorded.event)
            })
    }

    init(
        _ text: String, endings: [String: AttemptReport] = [:],
        conditions: [String: HookOutcome] = [:], inputs: [String: JSONValue] = [:],
        images: [String: Digest] = [:]
    ) throws {
        let outcome = WorkflowFile.parse(Array(text.utf8))
        #expect(outcome.diagnostics.map { $0.rendered(file: "f") } == [])
        let definition = try #require(outcome.definition)
        state = RunState(plan: RunPlan(definition))
        self.endings = endings
        self.conditions = conditions
        let creation = RunCreation(
            id: RunID(at: now, random: (0, 0)), number: 12, workflow: definition.name,
            definition: Digest(of: []), file: "f.yaml", actor: "ada", inputs: inputs,
            images: images, source: nil, commit: nil, isDirty: false)
        try take([.created(creation)])
    }

    private mutating func take(_ first: [RunEvent]) throws {
        var stack: [RunEvent] = first.reversed()
        while let event = stack.popLast() {
            guard state.awaits(event) else { continue }
            events.append((time: now, event: event))
            var following: [RunEvent] = []
            for effect in try state.apply(event, at: now) { following += answer(effect) }
            stack += following.reversed()
        }
    }

    private mutating func answer(_ effect: RunEffect) -> [RunEvent] {
        switch effect {
        case .record(let event): return [event]
        case .schedule(let leg):
            return [.attemptStarting(leg: leg, attempt: state.legs[leg].attempt + 1)]
        case .start(let leg, let attempt):
            now = now + .seconds(1)
            let key = state.plan.jobs[state.plan.legs[leg].job].key
            return [
                .attemptStarted(leg: leg, attempt: attempt),
                .attemptEnded(
                    leg: leg, attempt: attempt,
                    endings[key] ?? AttemptReport(state: .succeeded, exitCode: 0)),
            ]
        case .evaluateCondition(let job):
            return [
                .conditionEvaluated(
                    job: job,
                    conditions[state.plan.jobs[job].key] ?? .passed(true, log: []))
            ]
        case .evaluateStageCondition(let stage):
            return [.stageConditionEvaluated(stage: stage, .passed(true, log: []))]
        case .wake(_, let event):
            // Alarms of retries ring at once; limits are never reached.
            guard case .retryDue = event else { return [] }
            return [event]
        case .evaluateBefore(let leg, let attempt):
            return [.beforeEvaluated(leg: leg, attempt: attempt, .passed([:], log: []))]
        case .evaluateAfter(let leg, let attempt):
            return [.afterEvaluated(leg: leg, attempt: attempt, .passed([:], log: []))]
        case .evaluateStageHook(let stage):
            return [.stageHookEvaluated(stage: stage, .passed(.null, log: []))]
        case .expandMatrix(let job): return [.jobExpanded(job: job, .failed("no list"))]
        case .cancel, .finish: return []
        }
    }
}
