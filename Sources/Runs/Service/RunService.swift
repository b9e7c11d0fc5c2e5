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
    let tell: @Sendable (RunNotification) -> Void
    let floor: @Sendable () throws -> Sandbox

    /// `masking` makes the masker of a run's secrets, and refuses secrets that cannot be masked.
    /// `tell` hands on what somebody is to be told of a run, after it was committed; it returns at
    /// once. `floor`: no job runs in a weaker sandbox.
    package init(
        database: Database, blobs: BlobStore, home: Home, images: any ImageResolver,
        executor: any JobExecutor, hooks: any HookEvaluator,
        masking: @escaping @Sendable ([String: Secret]) throws -> any Masking,
        now: @escaping @Sendable () -> Timestamp,
        tell: @escaping @Sendable (RunNotification) -> Void = { _ in },
        floor: @escaping @Sendable () throws -> Sandbox = { .standard }
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
        self.tell = tell
        self.floor = floor
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
            + request.definition.services.map { job, service in
                "\(job) calls the service '\(service)'; services need a hub"
            }
        guard problems.isEmpty else { throw RunRefusal.invalid(problems) }
        let masker: any Masking
        do { masker = try masking(request.secrets) } catch {
            throw RunRefusal.invalid(["\(error)"])
        }
        let images = try await resolve(
            request.definition,
            known: request.call?.caller.images
                ?? request.rerun.flatMap { $0.keepsImages ? $0.state.creation?.images : nil }
                ?? request.images)
        let source = try await source(of: request, masker)
        try await claim(request.rerun, source: source, images: images)
        let (definition, files) = try await store(request)
        var random = SystemRandomNumberGenerator()
        let id = RunID(at: now(), random: (UInt16.random(in: 0...UInt16.max), random.next()))
        // Taken before the run can be seen, so nobody finds it without an owner.
        guard let lock = try RunLock(id, in: home.locksPath) else {
            throw RunsError.ownedByAnother(RunName(id))
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
                rerunOf: request.rerun?.state.creation?.id, calledBy: request.call?.by,
                path: request.path, files: files)
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
    private func source(
        of request: RunRequest, _ masker: any Masking
    ) async throws -> SourceSnapshot? {
        if let creation = request.rerun?.state.creation {
            return creation.source.map {
                SourceSnapshot(record: $0, commit: creation.commit, isDirty: creation.isDirty)
            }
        }
        if let caller = request.call?.caller, request.definition.source == .automatic {
            return caller.source.map {
                SourceSnapshot(record: $0, commit: caller.commit, isDirty: caller.isDirty)
            }
        }
        let (blobs, home) = (blobs, home)
        let access = SourceSnapshot.Access(
            secrets: request.secrets, mask: { masker.mask($0) })
        return try await IOPool.shared.run {
            try SourceSnapshot.take(
                request.definition.source, within: SourceBounds(request), into: blobs,
                without: home, access: access)
        }
    }

    /// Keeps the workflow and the files that it leads to; a called one's are its caller's.
    private func store(
        _ request: RunRequest
    ) async throws -> (definition: Digest, files: [ProjectPath: Digest]) {
        let blobs = blobs
        return try await IOPool.shared.run {
            let definition = try blobs.put(request.text)
            if let caller = request.call?.caller { return (definition, caller.files) }
            return (definition, try request.files.mapValues { try blobs.put($0) })
        }
    }

    /// The bytes of a called workflow's file, as its caller's run keeps them.
    func text(of called: CalledWorkflow, _ caller: RunCreation) throws -> [UInt8] {
        guard let digest = caller.files[called.file] else {
            throw RunsError.damagedDefinition(RunName(caller.id, number: caller.number))
        }
        return try blobs.read(digest, limit: 1 << 20)
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
        _ definition: WorkflowDefinition, known: [String: Digest]
    ) async throws -> [String: Digest] {
        var digests = known
        var missing: [(component: Located<ComponentImage>, why: String)] = []
        for component in definition.components {
            let name = component.value.description
            guard digests[name] == nil else { continue }
            switch try await images.manifest(for: component.value) {
            case .found(let digest): digests[name] = digest
            case .missing(let why): missing.append((component, why))
            }
        }
        guard missing.isEmpty else { throw RunRefusal.missingImages(missing) }
        return digests
    }

    /// Carries a run to its end, or to a pause that nobody has decided. An error means that its
    /// events could not be stored.
    ///
    /// Without `looksUpMemos` jobs with `cache` run, too. With `keepsFailed` what attempts left
    /// that did not succeed is kept (docs/decisions/0021). With `departure` the run, and those that
    /// it calls, can be given to another process.
    package func advance(
        _ run: OwnedRun, observer: (any RunObserver)?, stopsAtPause: Bool = true,
        looksUpMemos: Bool = true, keepsFailed: Bool = false, departure: Departure? = nil
    ) async throws -> RunState {
        // Whoever still refers to the run then, such as a listener for signals, holds nothing.
        defer { run.lock.release() }
        let mailbox = run.mailbox
        departure?.join(run.id) { mailbox.nudge() }
        defer { departure?.leave(run.id) }
        let keeping = KeepingNote(run.id, in: home.locksPath)
        // Who asked for it once has asked for the run, whichever process carries it.
        let keepsFailed = keepsFailed || keeping.exists
        if keepsFailed { try keeping.write() }
        if run.state.phase == .queued { try await awaitTurn(run, observer, departure) }
        let questions = Questions(mailbox)
        let masker = run.masker
        let socket = try ControlSocket(run.id, in: controlFolder) { message in
            // What is left in the mailbox then would be lost.
            if departure?.isWanted == true { return .departing }
            let event: RunEvent
            switch message {
            case .cancel(let actor, let reason):
                event = .cancelRequested(actor: actor, reason: reason)
            case .decide(let stage, let decision): event = .decided(stage: stage, decision)
            case .enter(let leg, let attempt, let entrance):
                event = .attemptEntered(leg: leg, attempt: attempt, entrance.masked(by: masker))
            }
            return questions.ask(event)
        }
        defer {
            questions.close()
            socket.close()
        }
        let context = RunContext(
            store: store, executor: executor, hooks: hooks, logs: logs, masker: run.masker,
            secrets: run.secrets, observer: observer, now: now, slots: run.slots,
            calls: CalledRuns(
                service: self, secrets: run.secrets, slots: run.slots,
                stopsAtPause: stopsAtPause, looksUpMemos: looksUpMemos, keepsFailed: keepsFailed,
                departure: departure),
            memoisation: Memoisation(
                store: store, blobs: blobs, files: SourceFiles(blobs: blobs),
                looksUp: looksUpMemos),
            entered: EnteredAttempts(run.state, of: run.id), questions: questions,
            keepsFailed: keepsFailed, departure: departure, tell: tell, floor: floor)
        let loop = RunLoop(
            state: run.state, sequence: run.sequence, id: run.id, context: context,
            mailbox: mailbox)
        // A new run's first event was stored when it was created.
        let first: [RunEvent] =
            (run.state.phase == .queued ? [.started] : []) + mailbox.takeNow()
        let state = try await loop.run(from: first, stopsAtPause: stopsAtPause)
        if state.phase.isFinal { executor.release(run.id) }
        // Whoever finds the run without an owner removes what is not where it is kept.
        if keepsFailed {
            await executor.settle()
            if state.phase.isFinal { try keeping.remove() }
        }
        return state
    }
}

extension RunService {
    /// A run as its events leave it.
    package func load(_ id: RunID) async throws -> (state: RunState, sequence: Int64) {
        let history = try await history(of: id)
        return (history.state, history.events.last?.sequence ?? 0)
    }

    /// The bytes of the workflow file that a run was made from, and of the files it leads to.
    package func definitionText(
        of state: RunState
    ) throws -> (text: [UInt8], files: [ProjectPath: [UInt8]]) {
        guard let creation = state.creation else { return ([], [:]) }
        return (
            try blobs.read(creation.definition, limit: 1 << 20),
            try creation.files.mapValues { try blobs.read($0, limit: 1 << 20) }
        )
    }

    /// Whether some process advances the run now.
    package func isOwned(_ id: RunID) throws -> Bool {
        try RunLock.isHeld(id, in: home.locksPath)
    }
}
