package import Domain
package import Workflows

/// One attempt of one leg, as far as it came.
package struct AttemptHistory: Sendable {
    /// Counts from 1.
    package let number: Int
    package let readyAt: Timestamp
    /// When what it runs began; nil when it did not come to that.
    package internal(set) var startedAt: Timestamp?
    package internal(set) var endedAt: Timestamp?
    /// How what it ran ended, before hooks and limits had their say.
    package internal(set) var report: AttemptReport?
    package internal(set) var before: HookOutcome?
    package internal(set) var after: HookOutcome?
    /// Who ran commands in it.
    package internal(set) var entrances: [RecordedEntrance] = []
    /// Set when another attempt followed it.
    package internal(set) var retry: (due: Timestamp, wait: Duration, reason: String)?
}

extension RunHistory {
    /// The attempts of a leg, in order; none for one that was skipped or reused.
    package func attempts(ofLeg leg: Int) -> [AttemptHistory] {
        var attempts: [AttemptHistory] = []
        for recorded in events where recorded.event.leg == leg {
            if case .attemptStarting(_, let number) = recorded.event {
                attempts.append(AttemptHistory(number: number, readyAt: recorded.time))
                continue
            }
            guard let last = attempts.indices.last else { continue }
            switch recorded.event {
            case .beforeEvaluated(_, _, let outcome): attempts[last].before = outcome
            case .attemptEntered(_, _, let entrance):
                attempts[last].entrances.append(
                    RecordedEntrance(time: recorded.time, entrance: entrance))
            case .attemptStarted(_, _, let since):
                attempts[last].startedAt = RunEvent.attemptStart(
                    since: since, told: recorded.time)
            case .attemptEnded(_, _, let report):
                attempts[last].report = report
                attempts[last].endedAt = report.endedAt ?? recorded.time
            case .afterEvaluated(_, _, let outcome): attempts[last].after = outcome
            case .attemptRetried(_, _, let due, let reason):
                attempts[last].retry = (due, due.since(recorded.time), reason)
                attempts[last].endedAt = attempts[last].endedAt ?? recorded.time
            case .legEnded:
                attempts[last].endedAt = attempts[last].endedAt ?? recorded.time
            default: continue
            }
        }
        // The end of a leg that follows at once from its report is no event of its own.
        if let last = attempts.indices.last, attempts[last].endedAt == nil {
            attempts[last].endedAt = state.legs[leg].endedAt
        }
        return attempts
    }
}
