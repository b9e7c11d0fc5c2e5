import Domain
import Workflows

/// Advances one run: takes answers, commits what follows from them, and only then acts on it.
///
/// One task owns it. Attempts, hooks and alarms run beside it and answer through its mailbox.
final class RunLoop {
    private(set) var fold: RunFold
    let id: RunID
    let context: RunContext
    let mailbox: Mailbox<RunEvent>
    let alarms: AlarmClock
    private let fault: RunFault
    private var pendingMemos: PendingMemos
    private(set) var heldFiles: HeldFiles
    private var notifications: RunNotifications

    /// `sequence` is that of the last stored event, `mailbox` where outsiders leave events.
    init(
        state: RunState, sequence: Int64, id: RunID, context: RunContext,
        mailbox: Mailbox<RunEvent>
    ) {
        fold = RunFold(state: state, sequence: sequence, slots: context.slots)
        self.id = id
        self.context = context
        self.mailbox = mailbox
        alarms = AlarmClock()
        fault = RunFault { mailbox.nudge() }
        notifications = RunNotifications(state)
        pendingMemos = PendingMemos(state)
        heldFiles = HeldFiles(state)
    }

    /// Runs to the end of the run, or to a pause when `stopsAtPause`, and gives its last state.
    /// An error means that something could not be stored: what runs was left to go on, and the run
    /// stays where its events leave it.
    func run(from events: [RunEvent], stopsAtPause: Bool) async throws -> RunState {
        try await withThrowingDiscardingTaskGroup { group in
            let (alarms, mailbox) = (alarms, mailbox)
            group.addTask { await alarms.run { mailbox.post($0) } }
            do {
                var events = events
                let start = context.now()
                for effect in fold.state.outstandingEffects(at: start)
                where !isForAdoption(effect) {
                    perform(effect, at: start, &group)
                }
                disposeOfEnded()
                adoptAttempts(&group)
                var isOver: Bool {
                    stopsAtPause && (fold.state.phase == .paused || isParked)
                }
                while true {
                    fold.isHeld = context.departure?.isWanted ?? false
                    let now = context.now()
                    let batch = try fold.take(events, at: now)
                    context.entered.willCommit(batch.records)
                    if !batch.records.isEmpty {
                        let memos = pendingMemos.take(batch.records, fold.state)
                        try await context.store.append(
                            batch.records, to: fold.state, id: id, memos: memos)
                        context.observer?.didCommit(batch.records, state: fold.state)
                        context.departure?.didCommit(batch.records, of: id)
                        notifications.take(batch.records, fold.state).forEach(context.tell)
                    }
                    dispose(of: events, recorded: batch.records)
                    context.questions.settle(batch.records, fold.state)
                    for effect in batch.effects { perform(effect, at: now, &group) }
                    if fold.state.phase.isFinal { break }
                    if isOver {
                        // What came meanwhile must not be lost with the process.
                        if mailbox.isEmpty { break }
                        events = mailbox.takeNow()
                        continue
                    }
                    try fault.check()
                    if try await restsToDepart() {
                        events = mailbox.takeNow()
                    } else {
                        events = await mailbox.take()
                        // Whoever carries the caller of this run can store nothing any more.
                        if events.isEmpty {
                            try Task.checkCancellation()
                            try fault.check()
                        }
                    }
                }
                group.cancelAll()
            } catch {
                context.questions.fail(error)
                leaveAttempts()
                throw error
            }
        }
        return fold.state
    }

    typealias Group = ThrowingDiscardingTaskGroup<any Error>

    /// `now`: when what led to the effect happened.
    private func perform(_ effect: RunEffect, at now: Timestamp, _ group: inout Group) {
        switch effect {
        case .start(let leg, let attempt): start(leg, attempt, &group)
        case .cancel(let leg, let attempt): cancel(leg, attempt, grace: RunContext.grace, &group)
        case .evaluateCondition, .evaluateBefore, .evaluateAfter, .evaluateStageCondition,
            .evaluateStageHook:
            evaluate(effect, &group)
        case .expandMatrix(let job):
            let scope = ReferenceScope(state: fold.state, secrets: context.secrets)
            mailbox.post(.jobExpanded(job: job, scope.matrix(ofJob: job)))
        case .wake(let time, let event): alarms.add(after: time.since(now), event)
        // Both are the fold's own; the end of a run ends the loop.
        case .record, .schedule, .finish: break
        }
    }

    /// Rests while this process wants to give its runs away and nothing of this one is half begun;
    /// false when there was nothing to rest for.
    private func restsToDepart() async throws -> Bool {
        guard let departure = context.departure, departure.isWanted else { return false }
        var hasRested = false
        while departure.isWanted, !isHalfBegun, !departure.isCollecting(id) {
            try await departure.rest(id)
            hasRested = true
        }
        return hasRested
    }

    /// An attempt that was given to the executor and does not run yet could not be found again.
    private var isHalfBegun: Bool {
        fold.state.legs.contains { $0.state == .starting && !$0.isHookPending }
    }

    // MARK: Attempts

    /// The request is made here and now: a copy of the state that lives on beside the loop would
    /// make each later change copy all of it.
    func request(_ leg: Int, _ attempt: Int) throws -> AttemptRequest {
        try AttemptRequests(
            scope: ReferenceScope(state: fold.state, secrets: context.secrets),
            floor: try context.floor()
        ).request(leg: leg, attempt: attempt)
    }

    func driver(_ leg: Int, _ attempt: Int) -> AttemptDriver {
        let definition = definition(ofLeg: leg)
        return AttemptDriver(
            executor: context.executor, logs: context.logs, masker: context.masker,
            caches: AttemptCaches(
                store: context.store, workflow: fold.state.plan.definition.name,
                now: context.now),
            reports: AttemptReports(
                blobs: context.memoisation.blobs, masker: context.masker),
            outputs: definition.outputs, isStrict: definition.hasStrictResults,
            departure: context.departure, fault: fault,
            entered: context.entered)
    }

    private func start(_ leg: Int, _ attempt: Int, _ group: inout Group) {
        if let called = definition(ofLeg: leg).call {
            return call(called, leg, attempt, &group)
        }
        do {
            let request = try request(leg, attempt)
            let (driver, mailbox) = (driver(leg, attempt), mailbox)
            let (memoisation, definition) = (context.memoisation, definition(ofLeg: leg))
            group.addTask {
                let report = await memoisation.report(request, definition) {
                    await driver.drive(request) { since in
                        mailbox.post(.attemptStarted(leg: leg, attempt: attempt, since: since))
                    }
                }
                guard let report else { return }
                mailbox.post(.attemptEnded(leg: leg, attempt: attempt, report))
            }
        } catch {
            mailbox.post(
                .attemptEnded(leg: leg, attempt: attempt, AttemptReport(refusedBy: error)))
        }
    }

    private func cancel(_ leg: Int, _ attempt: Int, grace: Duration, _ group: inout Group) {
        let id = AttemptID(run: id, leg: leg, number: attempt)
        if let called = definition(ofLeg: leg).call {
            let reason = fold.state.legs[leg].stop?.text ?? "its caller has stopped"
            let number = fold.state.creation?.number ?? 0
            let isParked = context.calls.cancel(
                id, actor: "slipway", reason: "run \(number): \(reason)")
            if isParked { call(called, leg, attempt, &group) }
            return
        }
        let executor = context.executor
        let handle = AttemptHandle(id: id, startedAt: nil)
        let isOverdue = if case .timedOut? = fold.state.legs[leg].stop { true } else { false }
        group.addTask {
            if isOverdue {
                await executor.expire(handle, grace: grace)
            } else {
                await executor.cancel(handle, grace: grace)
            }
        }
    }

    /// Nothing more can be stored, so nothing that runs can be answered for here. It is not ended
    /// for that: whoever resumes the run finds it again. A called run stops as this one does.
    private func leaveAttempts() {
        for (leg, attempt) in fold.state.attemptsInFlight
        where definition(ofLeg: leg).call == nil {
            context.executor.leave(AttemptID(run: id, leg: leg, number: attempt))
        }
    }

    /// The ends of attempts are recorded, or nobody waits for them: nothing of them is needed, but
    /// for what failures leave where that is kept, once it is known how their legs ended.
    private func dispose(of events: [RunEvent], recorded: [RecordedEvent]) {
        var kept: Set<AttemptID> = []
        for order in context.keepsFailed ? heldFiles.take(recorded, fold.state) : [] {
            if case .keep(let attempt) = order { kept.insert(attempt.id) }
            follow(order)
        }
        for case .attemptEnded(let leg, let attempt, _) in events {
            let id = AttemptID(run: id, leg: leg, number: attempt)
            if kept.contains(id) || heldFiles.holds(leg, attempt) { continue }
            context.executor.dispose(id)
        }
    }

    func follow(_ order: HeldFiles.Order) {
        switch order {
        case .keep(let attempt): context.executor.keep(attempt)
        case .discard(let id): context.executor.dispose(id)
        }
    }

    func definition(ofLeg leg: Int) -> JobDefinition {
        fold.state.plan.jobs[fold.state.plan.legs[leg].job].definition
    }

    // MARK: Calls

    /// Whether all that still runs are called runs that wait in a pause.
    private var isParked: Bool {
        let inFlight = fold.state.attemptsInFlight
        return !inFlight.isEmpty
            && inFlight.allSatisfy { leg, attempt in
                context.calls.isParked(AttemptID(run: id, leg: leg, number: attempt))
            }
            && !fold.state.legs.contains { $0.retryDue != nil }
    }

    /// Calls a run, or finds again the one that the attempt called before.
    func call(
        _ called: CalledWorkflow, _ leg: Int, _ attempt: Int, _ group: inout Group
    ) {
        do {
            let request = try AttemptRequests(
                scope: ReferenceScope(state: fold.state, secrets: context.secrets)
            ).call(called, leg: leg, attempt: attempt)
            let label = fold.state.plan.label(leg: leg)
            let isRunning = fold.state.legs[leg].state == .running
            let (mailbox, context, fault) = (mailbox, context, fault)
            group.addTask {
                let report = await context.calls.drive(request, fault: fault) { number in
                    context.observer?.didCall(number, label: label)
                    if !isRunning { mailbox.post(.attemptStarted(leg: leg, attempt: attempt)) }
                }
                guard let report else { return mailbox.nudge() }
                mailbox.post(.attemptEnded(leg: leg, attempt: attempt, report))
            }
        } catch {
            mailbox.post(
                .attemptEnded(leg: leg, attempt: attempt, AttemptReport(refusedBy: error)))
        }
    }

    // MARK: Hooks

    private func evaluate(_ effect: RunEffect, _ group: inout Group) {
        let scope = ReferenceScope(state: fold.state, secrets: context.secrets)
        switch HookTask(effect, in: scope) {
        case .evaluate(let request, let event)?:
            let (hooks, masker, mailbox) = (context.hooks, context.masker, mailbox)
            group.addTask {
                let outcome = await hooks.evaluate(request)
                mailbox.post(event(request.checked(outcome).masked(by: masker)))
            }
        case .refused(let event)?: mailbox.post(event)
        case nil: break
        }
    }
}
