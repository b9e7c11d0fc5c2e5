import Domain
import OCI
import Testing
import Workflows

/// Runs a workflow through the pure machine in simulated time: attempts take as long as they are
/// said to, alarms ring when they are due, nothing waits for real.
struct Timeline {
    /// What one attempt does; it ends at once when it is told to stop.
    struct Attempt {
        var state = JobState.succeeded
        /// Nil for one that never ends by itself.
        var takes: Duration? = .seconds(1)
        var outputs: [String: String] = [:]

        static let hangs = Attempt(takes: nil)
        static let fails = Attempt(state: .failed)
    }

    private(set) var state: RunState
    private(set) var events: [RunEvent] = []
    private(set) var now = start
    /// Leg's label → its attempts in order; the last one repeats, and success is the default.
    var attempts: [String: [Attempt]] = [:]
    var matrices: [String: MatrixOutcome] = [:]
    var conditions: [String: HookOutcome] = [:]
    /// What somebody does, and how long after the beginning.
    var acts: [(after: Duration, event: RunEvent)] = []
    /// Answers that are still to come, with their order for equal times.
    private var pending: [(time: Timestamp, event: RunEvent)] = []

    static let start = Timestamp(microseconds: 1_000_000_000)

    init(_ text: String) throws {
        let outcome = WorkflowFile.parse(Array(text.utf8))
        #expect(outcome.diagnostics.map { $0.rendered(file: "f") } == [])
        state = RunState(plan: RunPlan(try #require(outcome.definition)))
    }

    var elapsed: Duration { now.since(Self.start) }

    /// `reused`: what an earlier run gives to this one.
    mutating func run(reusing reused: [RunEvent] = []) throws {
        let creation = RunCreation(
            id: RunID(at: now, random: (0, 0)), number: 1, workflow: "demo",
            definition: Digest(of: []), file: "f", actor: "me", inputs: [:], images: [:],
            source: nil, commit: nil, isDirty: false)
        pending = acts.map { (Self.start + $0.after, $0.event) }
        // As in the store: all of these come before the run starts.
        for event in [.created(creation)] + reused {
            events.append(event)
            _ = try state.apply(event, at: now)
        }
        try take([.started])
        while !state.phase.isFinal, let next = nextIndex() {
            let (time, event) = pending.remove(at: next)
            now = max(now, time)
            try take([event])
        }
    }

    private func nextIndex() -> Int? {
        pending.indices.min { pending[$0].time < pending[$1].time }
    }

    private mutating func take(_ events: [RunEvent]) throws {
        var stack: [RunEvent] = events.reversed()
        while let event = stack.popLast() {
            guard state.awaits(event) else { continue }
            self.events.append(event)
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
        case .start(let leg, let attempt): return begin(leg, attempt)
        case .cancel(let leg, let attempt):
            pending.removeAll { pending in
                guard case .attemptEnded(leg, attempt, _) = pending.event else { return false }
                return true
            }
            return [.attemptEnded(leg: leg, attempt: attempt, AttemptReport(state: .failed))]
        case .wake(let time, let event): pending.append((time, event))
        case .evaluateCondition(let job):
            let outcome = conditions[state.plan.jobs[job].key] ?? .passed(true, log: [])
            return [.conditionEvaluated(job: job, outcome)]
        case .evaluateStageCondition(let stage):
            let name = state.plan.stages[stage].definition.name
            return [
                .stageConditionEvaluated(
                    stage: stage, conditions[name] ?? .passed(true, log: []))
            ]
        case .expandMatrix(let job):
            let outcome = matrices[state.plan.jobs[job].key] ?? .failed("no list")
            return [.jobExpanded(job: job, outcome)]
        case .evaluateBefore(let leg, let attempt):
            return [.beforeEvaluated(leg: leg, attempt: attempt, .passed([:], log: []))]
        case .evaluateAfter(let leg, let attempt):
            return [.afterEvaluated(leg: leg, attempt: attempt, .passed([:], log: []))]
        case .evaluateStageHook(let stage):
            return [.stageHookEvaluated(stage: stage, .passed(.null, log: []))]
        case .finish: break
        }
        return []
    }

    private mutating func begin(_ leg: Int, _ attempt: Int) -> [RunEvent] {
        let given = attempts[state.plan.label(leg: leg)] ?? [Attempt()]
        let behaviour = given[min(attempt, given.count) - 1]
        if let takes = behaviour.takes {
            let end = now + takes
            let report = AttemptReport(
                state: behaviour.state, endedAt: end, outputs: behaviour.outputs)
            pending.append((end, .attemptEnded(leg: leg, attempt: attempt, report)))
        }
        return [.attemptStarted(leg: leg, attempt: attempt)]
    }

    func jobs() -> [String] {
        zip(state.plan.jobs, state.jobs).map { "\($0.key) \($1.state.rawValue)" }
    }

    func labels() -> [String] { state.plan.legs.indices.map(state.plan.label) }
}
