import Domain
import OCI
import Workflows

/// Plays one run: takes the events of one moment, applies them, and answers what follows.
struct SimulationDriver {
    var fold: RunFold
    var queue = EventQueue()
    var now: Timestamp = Self.start
    var unknown: UnknownValues?
    /// Legs with an attempt that runs → what it was asked.
    var running: [Int: AttemptRequest] = [:]
    private(set) var inputs: [Int: [String: String]] = [:]
    private var events: [RecordedEvent] = []
    private var hookRecords: [SimulatedHook] = []
    private var unknownMatrices: [Int: [String]] = [:]
    private var askedStages: Set<Int> = []
    private let creation: RunCreation
    let world: SimulationWorld
    let hooks: any HookEvaluator
    let masker: any Masking
    let secrets: [String: Secret]

    /// 2026-01-01: a moment as good as any, and always the same.
    static let start = Timestamp(microseconds: 1_767_225_600_000_000)
    /// Between asking and the answer of people.
    private static let thinking = Duration.seconds(1)
    private static let hooksAtOnce = 32

    init(
        _ request: SimulationRequest, world: SimulationWorld, hooks: any HookEvaluator,
        masking: ([String: Secret]) throws -> any Masking
    ) throws {
        let definition = request.definition
        var secrets = request.secrets
        for name in definition.secrets where secrets[name] == nil {
            secrets[name] = Secret("simulated secret \(name)")
        }
        let typed = RunInputs(request.inputs, declared: definition.inputs, over: [:])
        let problems =
            typed.problems + RunInputs.problems(ofSecrets: Set(secrets.keys), in: definition)
        guard problems.isEmpty else { throw RunRefusal.invalid(problems) }
        do { masker = try masking(secrets) } catch { throw RunRefusal.invalid(["\(error)"]) }
        var images: [String: Digest] = [:]
        for component in definition.components.map(\.value.description) {
            images[component] = Digest(of: Array("simulated \(component)".utf8))
        }
        let commit = UnknownValues.mark("run.commit")
        creation = RunCreation(
            id: RunID(at: Self.start, random: (0, 0)), number: request.number,
            workflow: definition.name, definition: Digest(of: []), file: "",
            actor: request.actor, inputs: typed.values, images: images, source: nil,
            commit: request.commit ?? (request.leavesOutputsUnknown ? commit : nil),
            isDirty: false)
        if request.leavesOutputsUnknown {
            var values = UnknownValues()
            if request.commit == nil { values.add("run.commit", as: commit) }
            unknown = values
        }
        fold = RunFold(
            state: RunState(plan: RunPlan(definition)), sequence: 0, slots: RunPlan.legLimit)
        self.world = world
        self.hooks = hooks
        self.secrets = secrets
    }

    var state: RunState { fold.state }

    var result: SimulationResult {
        SimulationResult(
            state: fold.state, events: events, hooks: hookRecords, inputs: inputs,
            unknownMatrices: unknownMatrices)
    }

    mutating func run() async throws {
        var next: [RunEvent] = [.created(creation)]
        while true {
            let batch = try fold.take(next, at: now)
            events += batch.records
            await perform(batch.effects)
            askPeople()
            guard !fold.state.phase.isFinal, let due = queue.takeNext() else { return }
            now = max(now, due.time)
            next = due.events
        }
    }

    private mutating func perform(_ effects: [RunEffect]) async {
        var asked: [RunEffect] = []
        for effect in effects {
            switch effect {
            case .start(let leg, let attempt): start(leg, attempt)
            case .cancel(let leg, let attempt): stop(leg, attempt)
            case .expandMatrix(let job):
                let outcome = matrix(of: job)
                queue.add(.jobExpanded(job: job, outcome), at: now)
            case .wake(let time, let event): queue.add(event, at: time)
            case .record, .schedule, .finish: break
            case .evaluateCondition, .evaluateBefore, .evaluateAfter, .evaluateStageCondition,
                .evaluateStageHook:
                asked.append(effect)
            }
        }
        var rest = asked[...]
        while !rest.isEmpty {
            await evaluate(Array(rest.prefix(Self.hooksAtOnce)))
            rest = rest.dropFirst(Self.hooksAtOnce)
        }
    }

    func scope() -> ReferenceScope { ReferenceScope(state: fold.state, secrets: secrets) }

    /// A pause that has begun.
    private mutating func askPeople() {
        guard fold.state.phase == .paused, let stage = fold.state.currentStage,
            askedStages.insert(stage).inserted
        else { return }
        let definition = fold.state.plan.stages[stage].definition
        let decision = world.decision(definition.name)
        guard decision != .expire else { return }
        let needed = decision == .approve ? definition.approval?.approvals ?? 1 : 1
        let named = definition.approval?.approvers ?? []
        for index in 0..<needed {
            let actor = index < named.count ? named[index] : "approver-\(index + 1)"
            let answer = Decision(
                actor: actor, isApproval: decision == .approve, comment: "",
                digests: fold.state.digestsSoFar)
            queue.add(.decided(stage: stage, answer), at: now + Self.thinking)
        }
    }

    // MARK: Hooks

    private struct Prepared {
        let place: SimulatedHook.Place
        let request: HookRequest
        let guarded: HookRequest
        let event: @Sendable (HookOutcome) -> RunEvent
    }

    /// Their answers come in the order of the effects, whichever ends first.
    private mutating func evaluate(_ effects: [RunEffect]) async {
        var prepared: [Prepared] = []
        let scope = scope()
        for effect in effects {
            guard let place = SimulatedHook.Place(effect) else { continue }
            switch HookTask(effect, in: scope) {
            case .evaluate(let request, let event)?:
                prepared.append(
                    Prepared(
                        place: place, request: request,
                        guarded: unknown?.guarded(request) ?? request, event: event))
            case .refused(let event)?: queue.add(event, at: now)
            case nil: break
            }
        }
        let outcomes = await Self.outcomes(prepared.map(\.guarded), hooks, masker)
        for (hook, found) in zip(prepared, outcomes) {
            let names = UnknownValues.unknown(found)
            let outcome = names.isEmpty ? found : hook.request.assumedOutcome
            hookRecords.append(
                SimulatedHook(
                    place: hook.place, source: hook.request.source, outcome: outcome,
                    values: hook.request.valuesRead, unknown: names))
            queue.add(hook.event(outcome), at: now)
        }
    }

    private static func outcomes(
        _ requests: [HookRequest], _ hooks: any HookEvaluator, _ masker: any Masking
    ) async -> [HookOutcome] {
        await withTaskGroup(of: (index: Int, outcome: HookOutcome).self) { group in
            for (index, request) in requests.enumerated() {
                group.addTask {
                    let outcome = await hooks.evaluate(request)
                    return (index, request.checked(outcome).masked(by: masker))
                }
            }
            var found: [Int: HookOutcome] = [:]
            for await answer in group { found[answer.index] = answer.outcome }
            return requests.indices.map { found[$0] ?? .errored("no answer came", log: []) }
        }
    }

    // MARK: Kept for the result

    mutating func note(_ texts: [String: String], givenTo leg: Int) { inputs[leg] = texts }

    mutating func note(unknownMatrix names: [String], of job: Int) { unknownMatrices[job] = names }
}

extension SimulatedHook.Place {
    /// Nil for an effect that is no hook's.
    init?(_ effect: RunEffect) {
        switch effect {
        case .evaluateCondition(let job): self = .condition(job: job)
        case .evaluateBefore(let leg, let attempt): self = .before(leg: leg, attempt: attempt)
        case .evaluateAfter(let leg, let attempt): self = .after(leg: leg, attempt: attempt)
        case .evaluateStageCondition(let stage): self = .stageCondition(stage: stage)
        case .evaluateStageHook(let stage): self = .stageHook(stage: stage)
        default: return nil
        }
    }
}

extension HookRequest {
    /// What a hook does that goes well and changes nothing.
    fileprivate var assumedOutcome: HookOutcome {
        switch kind {
        case .condition: .passed(true, log: [])
        case .chunk: .passed(.object(writable?.value ?? [:]), log: [])
        }
    }

    /// What its text reads of the data, each once.
    var valuesRead: [(name: String, value: JSONValue?)] {
        var data = readOnly
        if let writable { data[writable.name] = .object(writable.value) }
        var seen: Set<String> = []
        var values: [(name: String, value: JSONValue?)] = []
        for access in LuaAccess.all(in: Array(source.utf8), roots: UnknownValues.roots)
        where !access.keys.isEmpty && values.count < 20 && seen.insert(access.text).inserted {
            values.append((access.text, access.value(in: data)))
        }
        return values
    }
}
