import Domain
import Workflows

/// What a loop does first about a run that another process left (docs/decisions/0019).
extension RunLoop {
    /// What is outstanding for an attempt that may be found again waits until it is found.
    func isForAdoption(_ effect: RunEffect) -> Bool {
        switch effect {
        case .cancel(let leg, _), .wake(at: _, .attemptTimedOut(let leg, _)):
            definition(ofLeg: leg).call == nil
        default: false
        }
    }

    /// Keeps or removes what is left of attempts whose ends were recorded just before their process
    /// died.
    func disposeOfEnded() {
        let now = context.now()
        for index in fold.state.legs.indices where fold.state.legs[index].attempt > 0 {
            let orders = heldFiles.orders(
                ofLeg: index, in: fold.state, keepsFailed: context.keepsFailed, at: now)
            orders.forEach(follow)
        }
    }

    /// Attempts that an earlier process gave to the executor: found again, started where their
    /// program never ran, or lost.
    func adoptAttempts(_ group: inout Group) {
        for (leg, attempt) in fold.state.attemptsInFlight {
            if let called = definition(ofLeg: leg).call {
                call(called, leg, attempt, &group)
                continue
            }
            do {
                adopt(leg, attempt, try request(leg, attempt), &group)
            } catch {
                mailbox.post(
                    .attemptEnded(leg: leg, attempt: attempt, AttemptReport(refusedBy: error)))
            }
        }
    }

    private func adopt(
        _ leg: Int, _ attempt: Int, _ request: AttemptRequest, _ group: inout Group
    ) {
        let progress = fold.state.legs[leg]
        let (isRunning, isStopped) = (progress.state == .running, progress.stop != nil)
        let (driver, mailbox, alarms) = (driver(leg, attempt), mailbox, alarms)
        let (memoisation, definition) = (context.memoisation, definition(ofLeg: leg))
        // It keeps the deadline that it had. One that has not been seen running gets that of its
        // container's start.
        let deadline = progress.startedAt.map { $0 + definition.timeout }
        let now = context.now
        group.addTask {
            let begin: @Sendable (Timestamp?) -> Void = { since in
                guard !isRunning else { return }
                mailbox.post(.attemptStarted(leg: leg, attempt: attempt, since: since))
            }
            let report: AttemptReport?
            switch await driver.find(request) {
            case .found(let handle):
                begin(handle.startedAt)
                if isRunning, !isStopped, let deadline {
                    // However the machine's clock was moved: no longer than its whole limit.
                    alarms.add(
                        after: min(deadline.since(now()), definition.timeout),
                        .attemptTimedOut(leg: leg, attempt: attempt))
                }
                // What runs already is not looked up: it is collected.
                report = await memoisation.report(request, definition, looksUp: false) {
                    await driver.follow(handle, request, isStopped: isRunning && isStopped)
                }
            case .nothing where isRunning:
                report = AttemptReport(
                    state: .errored, reason: "lost: nothing of this attempt is left here")
            case .nothing where isStopped:
                report = AttemptReport(ExecutorError.cancelled)
            case .nothing:
                report = await memoisation.report(request, definition) {
                    await driver.drive(request, onStart: begin)
                }
            case .problem(let problem): report = problem
            case .left: report = nil
            }
            guard let report else { return }
            mailbox.post(.attemptEnded(leg: leg, attempt: attempt, report))
        }
    }
}
