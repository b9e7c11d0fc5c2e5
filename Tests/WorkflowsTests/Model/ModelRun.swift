import Domain
import OCI
import Workflows

/// Carries a flow through the pure machine in simulated time, where hooks take time too.
struct ModelRun {
    struct Unsound: Error, CustomStringConvertible {
        let description: String
    }

    private(set) var state: RunState
    private(set) var records: [(time: Timestamp, event: RunEvent)] = []
    private let flow: ModelFlow
    private var now = Timeline.start
    private var pending: [(time: Timestamp, event: RunEvent)] = []
    /// Legs that wait for their turn, which comes at once.
    private var ready: [Int] = []
    private var opened: Set<Int> = []

    static let id = RunID(at: Timeline.start, random: (0, 0))

    init(_ flow: ModelFlow) throws {
        let outcome = try SeveralFilesTests.parse(
            flow.text, ["ci/called.yaml": ModelFlow.called])
        guard let definition = outcome.definition, outcome.diagnostics.isEmpty else {
            let findings = outcome.diagnostics.map { $0.rendered(file: "flow") }
            throw Unsound(description: findings.joined(separator: "\n") + "\n\(flow.text)")
        }
        state = RunState(plan: RunPlan(definition))
        self.flow = flow
    }

    mutating func play() throws {
        for time in flow.cancels {
            pending.append(
                (
                    Timeline.start + .microseconds(time),
                    .cancelRequested(actor: "me", reason: "")
                ))
        }
        let creation = RunCreation(
            id: Self.id, number: 1, workflow: "demo", definition: Digest(of: []), file: "f",
            actor: "me", inputs: [:], images: [:], source: nil, commit: nil, isDirty: false)
        try take(.created(creation))
        while !state.phase.isFinal, let next = nextIndex() {
            let (time, event) = pending.remove(at: next)
            now = max(now, time)
            try take(event)
        }
    }

    private func nextIndex() -> Int? {
        pending.indices.min { pending[$0].time < pending[$1].time }
    }

    /// As the loop of a run does it: what follows from an event at once, then what it asks for.
    private mutating func take(_ first: RunEvent) throws {
        var stack = [first]
        var effects: [RunEffect] = []
        while let event = stack.popLast() ?? nextStart() {
            guard state.awaits(event) else { continue }
            records.append((now, event))
            var following: [RunEvent] = []
            for effect in try state.apply(event, at: now) {
                switch effect {
                case .record(let event): following.append(event)
                case .schedule(let leg): ready.append(leg)
                default: effects.append(effect)
                }
            }
            stack += following.reversed()
        }
        for effect in effects { try perform(effect) }
        openPause()
    }

    private mutating func nextStart() -> RunEvent? {
        while !ready.isEmpty {
            let leg = ready.removeFirst()
            guard state.legs[leg].state == .ready else { continue }
            return .attemptStarting(leg: leg, attempt: state.legs[leg].attempt + 1)
        }
        return nil
    }

    private mutating func perform(_ effect: RunEffect) throws {
        switch effect {
        case .start(let leg, let attempt): try begin(leg, attempt)
        case .cancel(let leg, let attempt):
            pending.removeAll { pending in
                guard case .attemptEnded(leg, attempt, _) = pending.event else { return false }
                return true
            }
            try take(
                .attemptEnded(leg: leg, attempt: attempt, AttemptReport(state: .failed)))
        case .wake(let time, let event): pending.append((time, event))
        case .evaluateCondition(let job):
            guard let asked = flow.job(state.plan.jobs[job].key)?.condition else { return }
            answer(.conditionEvaluated(job: job, asked.outcome), after: asked.takes)
        case .evaluateStageCondition(let stage):
            let name = state.plan.stages[stage].definition.name
            guard let asked = flow.stage(name)?.condition else { return }
            answer(.stageConditionEvaluated(stage: stage, asked.outcome), after: asked.takes)
        case .expandMatrix(let job):
            guard let late = flow.job(state.plan.jobs[job].key)?.late else { return }
            let outcome =
                late.count.map { MatrixOutcome.values([(0..<$0).map { "v\($0)" }]) }
                ?? .failed("no list")
            answer(.jobExpanded(job: job, outcome), after: late.takes)
        default: break
        }
    }

    private mutating func answer(_ event: RunEvent, after takes: Int64) {
        pending.append((now + .microseconds(takes), event))
    }

    private mutating func begin(_ leg: Int, _ attempt: Int) throws {
        let key = state.plan.jobs[state.plan.legs[leg].job].key
        let ordinal = state.plan.ordinal(leg: leg)
        if let given = flow.job(key)?.attempts[ordinal][attempt - 1], let takes = given.takes {
            let end = now + .microseconds(takes)
            let report = AttemptReport(state: given.end, endedAt: end)
            pending.append((end, .attemptEnded(leg: leg, attempt: attempt, report)))
        }
        try take(.attemptStarted(leg: leg, attempt: attempt))
    }

    /// People begin to think about a pause when it begins.
    private mutating func openPause() {
        guard state.phase == .paused, let stage = state.currentStage,
            opened.insert(stage).inserted
        else { return }
        let name = state.plan.stages[stage].definition.name
        for word in flow.stage(name)?.words ?? [] {
            let decision = Decision(
                actor: word.actor, isApproval: word.isApproval, comment: "", digests: [:])
            answer(.decided(stage: stage, decision), after: word.after)
        }
    }

    /// How often each leg was tried, by its label.
    func attempts() -> [String: Int] {
        var found: [String: Int] = [:]
        for leg in state.legs.indices where state.legs[leg].attempt > 0 {
            found[state.plan.label(leg: leg)] = state.legs[leg].attempt
        }
        return found
    }
}
