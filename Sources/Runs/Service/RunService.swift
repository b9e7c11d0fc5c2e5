package import Domain
import OCI
package import Storage
package import Workflows

/// The runs of a home: the only door to them.
///
/// The life of a run: `create` records it and takes its lock, `advance` carries it to its end;
/// any process may `cancel` it or read what is recorded.
package struct RunService: Sendable {
    package let store: RunStore
    package let logs: LogStore
    let blobs: BlobStore
    let home: Home
    let images: any ImageResolver
    let executor: any JobExecutor
    let hooks: any HookEvaluator
    let masking: @Sendable ([String: Secret]) throws -> any Masking
    let now: @Sendable () -> Timestamp

    /// `masking` makes the masker of a run's secrets, and refuses secrets that cannot be masked.
    package init(
        database: Database, blobs: BlobStore, home: Home, images: any ImageResolver,
        executor: any JobExecutor, hooks: any HookEvaluator,
        masking: @escaping @Sendable ([String: Secret]) throws -> any Masking,
        now: @escaping @Sendable () -> Timestamp
    ) {
        store = RunStore(database: database)
        logs = LogStore(path: home.logsPath)
        self.blobs = blobs
        self.home = home
        self.images = images
        self.executor = executor
        self.hooks = hooks
        self.masking = masking
        self.now = now
    }

    var controlFolder: String { home.runtimePath }

    /// Checks what is asked, resolves every component to a digest, takes the source, and records
    /// the run. Nothing is recorded when any of that fails.
    package func create(_ request: RunRequest) async throws -> OwnedRun {
        let inputs = RunInputs(
            request.inputs, declared: request.definition.inputs,
            over: request.rerun?.state.creation?.inputs ?? [:])
        let problems =
            inputs.problems
            + RunInputs.problems(
                ofSecrets: Set(request.secrets.keys), in: request.definition)
        guard problems.isEmpty else { throw RunRefusal.invalid(problems) }
        let masker: any Masking
        do { masker = try masking(request.secrets) } catch {
            throw RunRefusal.invalid(["\(error)"])
        }
        let images = try await resolve(
            request.definition,
            known: request.rerun.flatMap { $0.keepsImages ? $0.state.creation?.images : nil })
        let source = try await source(of: request)
        let blobs = blobs
        let definition = try await IOPool.shared.run { try blobs.put(request.text) }
        var random = SystemRandomNumberGenerator()
        let id = RunID(at: now(), random: (UInt16.random(in: 0...UInt16.max), random.next()))
        // Taken before the run can be seen, so nobody finds it without an owner.
        guard let lock = try RunLock(id, in: home.locksPath) else {
            throw RunsError.ownedByAnother(id)
        }
        let plan = RunPlan(request.definition)
        let reused = Self.reusedEvents(request.rerun, plan)
        try Self.checkWorkspace(of: request.rerun, plan, reused)
        let make: @Sendable (Int64) -> RunCreation = { number in
            RunCreation(
                id: id, number: number, workflow: request.definition.name, definition: definition,
                file: request.file, actor: request.actor, inputs: inputs.values, images: images,
                source: source?.record, commit: source?.commit,
                isDirty: source?.isDirty ?? false,
                rerunOf: request.rerun?.state.creation?.id)
        }
        let group = try Self.group(of: request, plan, make(0))
        let creation = try await store.create(
            at: now(), reused: reused, group: group,
            isAlone: request.definition.concurrency?.onConflict == .reject, make)
        var state = RunState(plan: plan)
        for event in [.created(creation)] + reused { _ = try state.apply(event, at: now()) }
        return OwnedRun(
            id: id, number: creation.number, state: state, sequence: Int64(1 + reused.count),
            lock: lock,
            masker: masker, secrets: request.secrets, slots: request.slots,
            group: group)
    }

    /// A rerun works on the source that was recorded; it is there by digest.
    private func source(of request: RunRequest) async throws -> SourceSnapshot? {
        if let creation = request.rerun?.state.creation {
            return creation.source.map {
                SourceSnapshot(record: $0, commit: creation.commit, isDirty: creation.isDirty)
            }
        }
        let (blobs, file, home) = (blobs, request.file, home)
        return try await IOPool.shared.run {
            try SourceSnapshot.take(
                request.definition.source, ofFile: file, into: blobs, without: home)
        }
    }

    /// A job is reused where it still has as many legs as it had.
    private static func reusedEvents(_ rerun: Rerun?, _ plan: RunPlan) -> [RunEvent] {
        guard let rerun else { return [] }
        return plan.jobs.indices.compactMap { job in
            let planned = plan.jobs[job]
            guard let reused = rerun.reused[planned.key],
                planned.definition.hasDynamicMatrix == (reused.matrix != nil),
                reused.matrix != nil || planned.legs.count == reused.legs.count
            else { return nil }
            return .jobReused(job: job, reused)
        }
    }

    /// What reused jobs left in the folder that they shared went with their run, so those that run
    /// again would not find it.
    private static func checkWorkspace(
        of rerun: Rerun?, _ plan: RunPlan, _ reused: [RunEvent]
    ) throws {
        let taken = Set(reused.compactMap(\.job))
        let sharing = plan.jobs.indices.filter { plan.jobs[$0].definition.workspace == .shared }
        guard let missing = sharing.first(where: taken.contains),
            let needing = sharing.first(where: { !taken.contains($0) }),
            let number = rerun?.state.creation?.number
        else { return }
        let jobs = (plan.jobs[needing].key, plan.jobs[missing].key)
        throw RunRefusal.invalid([
            "\(jobs.0) shares its workspace with \(jobs.1), and what that left there went with "
                + "run \(number); 'slipway rerun \(number)' repeats both (or hand files on as "
                + "artifacts)"
        ])
    }

    private func resolve(
        _ definition: WorkflowDefinition, known: [String: Digest]?
    ) async throws -> [String: Digest] {
        var digests: [String: Digest] = known ?? [:]
        var missing: [(component: Located<ImageReference>, hint: String)] = []
        for component in definition.stages.flatMap(\.jobs).map(\.component) {
            let name = component.value.description
            guard digests[name] == nil else { continue }
            let found = try await images.manifest(for: component.value)
            if let digest = found.digest {
                digests[name] = digest
            } else {
                missing.append((component, found.hint))
            }
        }
        guard missing.isEmpty else { throw RunRefusal.missingImages(missing) }
        return digests
    }

    /// Carries a run to its end, or to a pause that nobody has decided. An error means that its
    /// events could not be stored.
    package func advance(
        _ run: OwnedRun, observer: (any RunObserver)?, stopsAtPause: Bool = true
    ) async throws -> RunState {
        // Whoever still refers to the run then, such as a listener for signals, holds nothing.
        defer { run.lock.release() }
        let mailbox = run.mailbox
        if run.state.phase == .queued { try await awaitTurn(run, observer) }
        let socket = try ControlSocket(run.id, in: controlFolder) { message in
            switch message {
            case .cancel(let actor, let reason):
                mailbox.post(.cancelRequested(actor: actor, reason: reason))
            case .decide(let stage, let decision):
                mailbox.post(.decided(stage: stage, decision))
            }
        }
        defer { socket.close() }
        let context = RunContext(
            store: store, executor: executor, hooks: hooks, logs: logs, masker: run.masker,
            secrets: run.secrets, observer: observer, now: now, slots: run.slots)
        let loop = RunLoop(
            state: run.state, sequence: run.sequence, id: run.id, context: context,
            mailbox: mailbox)
        // A new run's first event was stored when it was created.
        let first: [RunEvent] =
            run.state.phase == .queued ? [.started] + mailbox.takeNow() : []
        let state = try await loop.run(from: first, stopsAtPause: stopsAtPause)
        if state.phase.isFinal { executor.release(run.id) }
        return state
    }
}

extension RunService {
    /// A run as its events leave it.
    package func load(_ id: RunID) async throws -> (state: RunState, sequence: Int64) {
        let events = try await store.events(of: id)
        guard case .created(let creation)? = events.first?.event else {
            throw RunsError.noSuchRun(id.text)
        }
        let text = try blobs.read(creation.definition, limit: 1 << 20)
        guard let definition = WorkflowFile.parse(text).definition else {
            throw RunsError.damagedDefinition(id)
        }
        var state = RunState(plan: RunPlan(definition))
        for recorded in events { _ = try state.apply(recorded.event, at: recorded.time) }
        return (state, events.last?.sequence ?? 0)
    }

    /// The bytes of the workflow file that a run was made from.
    package func definitionText(of state: RunState) throws -> [UInt8] {
        guard let creation = state.creation else { return [] }
        return try blobs.read(creation.definition, limit: 1 << 20)
    }

    /// Whether some process advances the run now.
    package func isOwned(_ id: RunID) throws -> Bool {
        try RunLock.isHeld(id, in: home.locksPath)
    }

    package enum CancelOutcome: Sendable {
        /// The process that advances the run was told.
        case requested
        /// Nobody advanced it: it has been ended here.
        case finished(RunPhase)
    }

    /// Cancels a run; a second time ends its end stages too. One that nobody advances any more is
    /// ended here: what is left of its attempts is removed.
    package func cancel(
        _ id: RunID, actor: String, reason: String
    ) async throws -> CancelOutcome {
        let message = ControlMessage.cancel(actor: actor, reason: reason)
        let folder = controlFolder
        let isTaken = try await IOPool.shared.run {
            try ControlSocket.send(message, to: id, in: folder)
        }
        if isTaken { return .requested }
        guard let lock = try RunLock(id, in: home.locksPath) else {
            throw RunsError.ownedByAnother(id)
        }
        defer { withExtendedLifetime(lock) {} }
        let (state, sequence) = try await load(id)
        if state.phase.isFinal { throw RunsError.alreadyEnded(id, state.phase) }
        let phase = try await end(state, sequence, id, actor: actor, reason: reason)
        executor.release(id)
        try ControlSocket.removeAbandoned(id, in: folder)
        return .finished(phase)
    }

    /// Ends a run without running anything of it, end stages included.
    private func end(
        _ state: RunState, _ sequence: Int64, _ id: RunID, actor: String, reason: String
    ) async throws -> RunPhase {
        var fold = RunFold(state: state, sequence: sequence, slots: 0)
        let cancel = RunEvent.cancelRequested(actor: actor, reason: reason)
        var events = [cancel, cancel]
        if state.phase == .queued { events.insert(.started, at: 0) }
        for (leg, attempt) in state.attemptsInFlight {
            await executor.discard(AttemptID(run: id, leg: leg, number: attempt))
            let report = AttemptReport(state: .errored, reason: "lost: its process is gone")
            events.append(.attemptEnded(leg: leg, attempt: attempt, report))
        }
        let batch = try fold.take(events, at: now())
        var state = fold.state
        try await store.append(batch.records, to: state, id: id)
        // A hook was being evaluated: its stop takes the place of its answer.
        while !state.phase.isFinal {
            let answers = state.outstandingEffects(at: now()).compactMap(Self.stopped)
            guard !answers.isEmpty else { throw RunsError.stuck(id) }
            let batch = try fold.take(answers, at: now())
            state = fold.state
            try await store.append(batch.records, to: state, id: id)
        }
        return state.phase
    }

    private static func stopped(_ effect: RunEffect) -> RunEvent? {
        let outcome = HookOutcome.failed("cancelled: its process is gone", log: [])
        return switch effect {
        case .evaluateCondition(let job): .conditionEvaluated(job: job, outcome)
        case .evaluateBefore(let leg, let attempt):
            .beforeEvaluated(leg: leg, attempt: attempt, outcome)
        case .evaluateAfter(let leg, let attempt):
            .afterEvaluated(leg: leg, attempt: attempt, outcome)
        case .evaluateStageHook(let stage): .stageHookEvaluated(stage: stage, outcome)
        case .evaluateStageCondition(let stage): .stageConditionEvaluated(stage: stage, outcome)
        case .expandMatrix(let job): .jobExpanded(job: job, .failed("cancelled"))
        default: nil
        }
    }
}
