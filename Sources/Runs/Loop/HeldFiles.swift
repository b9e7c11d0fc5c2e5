import Domain
import Workflows

/// Attempts of one run whose files the executor holds until it is known how their legs ended.
struct HeldFiles {
    /// What is to be done about an attempt.
    enum Order {
        case keep(KeptAttempt)
        case discard(AttemptID)
    }

    /// Leg → attempt, and how it ended by itself.
    private var held: [Int: (attempt: Int, state: JobState, reason: String?)] = [:]

    /// With those of a run that another process left while an `after` hook spoke.
    init(_ state: borrowing RunState) {
        for (index, leg) in state.legs.enumerated()
        where leg.state == .running && leg.isHookPending {
            let job = state.plan.jobs[state.plan.legs[index].job].definition
            guard leg.memo?.from == nil, job.component != nil else { continue }
            held[index] = (leg.attempt, .succeeded, nil)
        }
    }

    /// Notes what ended, and says what has become of it; `state` is what the events made of the
    /// run.
    mutating func take(_ events: [RecordedEvent], _ state: borrowing RunState) -> [Order] {
        guard let run = state.creation, let now = events.last?.time else { return [] }
        for case .attemptEnded(let leg, let attempt, let report) in events.map(\.event) {
            // The others never were with an executor.
            let job = state.plan.jobs[state.plan.legs[leg].job].definition
            guard report.memo?.from == nil, job.component != nil else { continue }
            held[leg] = (attempt, report.state, report.reason)
        }
        var orders: [Order] = []
        for (leg, ended) in held.sorted(by: { $0.key < $1.key }) {
            let id = AttemptID(run: run.id, leg: leg, number: ended.attempt)
            let progress = state.legs[leg]
            let isRetried = progress.retryDue != nil || progress.attempt != ended.attempt
            guard isRetried || progress.state.isFinal else { continue }
            held[leg] = nil
            let end =
                isRetried
                ? (ended.state, ended.reason) : (progress.state, progress.reason)
            guard isRetried || Self.isFailure(progress.state) else {
                orders.append(.discard(id))
                continue
            }
            let job = state.plan.jobs[state.plan.legs[leg].job].definition
            orders.append(
                .keep(
                    KeptAttempt(
                        id: id, run: run.number, workflow: run.workflow,
                        label: state.plan.label(leg: leg), state: end.0, reason: end.1,
                        keptAt: now, sharesWork: job.workspace == .shared)))
        }
        return orders
    }

    /// Whether it is not known yet how the leg of an attempt ends.
    func holds(_ leg: Int, _ attempt: Int) -> Bool { held[leg]?.attempt == attempt }

    private static func isFailure(_ state: JobState) -> Bool {
        state == .failed || state == .errored || state == .timedOut
    }
}
