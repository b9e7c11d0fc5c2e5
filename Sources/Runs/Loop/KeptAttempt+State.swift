import Domain
import Workflows

extension KeptAttempt {
    /// The newest attempt of a leg that failed, as the run's state tells it: for good, or before
    /// another try. Nil where it did not, or never was with an executor.
    init?(leg index: Int, of state: borrowing RunState, keptAt: Timestamp) {
        guard let run = state.creation else { return nil }
        let progress = state.legs[index]
        let job = state.plan.jobs[state.plan.legs[index].job].definition
        guard job.component != nil, progress.memo?.from == nil, progress.attempt > 0 else {
            return nil
        }
        var (end, reason) = (progress.state, progress.reason)
        if progress.retryDue != nil {
            // `STATE: REASON`, as `RunState` puts it down.
            let parts = (progress.reason ?? "").split(separator: ": ", maxSplits: 1)
            end = parts.first.flatMap { JobState(rawValue: String($0)) } ?? .failed
            reason = parts.count == 2 ? String(parts[1]) : nil
        }
        guard end == .failed || end == .errored || end == .timedOut else { return nil }
        // The attempt itself did well: what it left tells nothing of the failure.
        if let why = reason, why.hasPrefix("after:") { reason = "it succeeded itself; \(why)" }
        self.init(
            id: AttemptID(run: run.id, leg: index, number: progress.attempt), run: run.number,
            workflow: run.workflow, label: state.plan.label(leg: index), state: end,
            reason: reason, keptAt: keptAt, sharesWork: job.workspace == .shared)
    }
}
