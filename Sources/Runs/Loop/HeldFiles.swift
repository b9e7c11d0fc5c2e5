import Domain
import Workflows

/// Attempts of one run whose files the executor holds until it is known how their legs ended.
struct HeldFiles {
    /// What is to be done about an attempt.
    enum Order {
        case keep(KeptAttempt)
        case discard(AttemptID)
    }

    /// Leg → attempt.
    private var held: [Int: Int] = [:]

    /// With those of a run that another process left while an `after` hook spoke.
    init(_ state: borrowing RunState) {
        for (index, leg) in state.legs.enumerated()
        where leg.state == .running && leg.isHookPending {
            let job = state.plan.jobs[state.plan.legs[index].job].definition
            guard leg.memo?.from == nil, job.component != nil else { continue }
            held[index] = leg.attempt
        }
    }

    /// Notes what ended, and says what has become of it; `state` is what the events made of the
    /// run.
    mutating func take(_ events: [RecordedEvent], _ state: borrowing RunState) -> [Order] {
        guard let run = state.creation?.id, let now = events.last?.time else { return [] }
        for case .attemptEnded(let leg, let attempt, let report) in events.map(\.event) {
            // The others never were with an executor.
            let job = state.plan.jobs[state.plan.legs[leg].job].definition
            guard report.memo?.from == nil, job.component != nil else { continue }
            held[leg] = attempt
        }
        var orders: [Order] = []
        for (leg, attempt) in held.sorted(by: { $0.key < $1.key }) {
            let progress = state.legs[leg]
            let isOpen = progress.attempt == attempt && progress.retryDue == nil
            guard !isOpen || progress.state.isFinal else { continue }
            held[leg] = nil
            if progress.attempt == attempt,
                let kept = KeptAttempt(leg: leg, of: state, keptAt: now)
            {
                orders.append(.keep(kept))
            } else {
                orders.append(.discard(AttemptID(run: run, leg: leg, number: attempt)))
            }
        }
        return orders
    }

    /// What is to be done about attempts whose ends were recorded before this process took over:
    /// files may be left of each, since its process was gone before they were kept or removed.
    /// Without `keepsFailed` nothing is held either.
    func orders(
        ofLeg index: Int, in state: borrowing RunState, keepsFailed: Bool, at now: Timestamp
    ) -> [Order] {
        guard let run = state.creation?.id else { return [] }
        let leg = state.legs[index]
        let isInFlight =
            (leg.state == .starting || leg.state == .running) && !leg.isHookPending
        let isOpen = isInFlight || (keepsFailed && holds(index, leg.attempt))
        let kept =
            isOpen || !keepsFailed ? nil : KeptAttempt(leg: index, of: state, keptAt: now)
        let last = isOpen ? leg.attempt - 1 : leg.attempt
        return stride(from: 1, through: last, by: 1).map { number in
            let id = AttemptID(run: run, leg: index, number: number)
            if let kept, kept.id == id { return .keep(kept) }
            return .discard(id)
        }
    }

    /// Whether it is not known yet how the leg of an attempt ends.
    func holds(_ leg: Int, _ attempt: Int) -> Bool { held[leg] == attempt }
}
