import Domain
import Workflows

/// Applies events to a run's state, with all that follows from them at once, and gathers what is
/// to be committed and what is to be done afterwards. Pure but for the order of the ready legs.
struct RunFold {
    private(set) var state: RunState
    private var sequence: Int64
    private let slots: Int
    /// No attempt begins meanwhile.
    var isHeld = false
    /// Legs that wait for a slot, first come first served; `nextReady` is the first of them.
    private var ready: [Int] = []
    private var nextReady = 0
    /// Legs that hold a slot.
    private var holding: Set<Int> = []

    /// What one batch of events came to.
    struct Batch {
        var records: [RecordedEvent] = []
        var effects: [RunEffect] = []
    }

    init(state: RunState, sequence: Int64, slots: Int) {
        self.state = state
        self.sequence = sequence
        self.slots = slots
        // Also while a hook speaks before or after the attempt.
        holding = Set(
            state.legs.indices.filter {
                state.legs[$0].state == .starting || state.legs[$0].state == .running
            })
        ready = state.legs.indices.filter { state.legs[$0].state == .ready }
    }

    /// Late answers, which nobody waits for any more, are dropped.
    mutating func take(_ events: [RunEvent], at now: Timestamp) throws -> Batch {
        var batch = Batch()
        // What follows from an event comes before the next one, so a stack in reverse.
        var stack: [RunEvent] = events.reversed()
        while true {
            guard let event = stack.popLast() ?? nextStart() else { return batch }
            guard state.awaits(event) else { continue }
            sequence += 1
            let effects = try state.apply(event, at: now)
            batch.records.append(RecordedEvent(sequence: sequence, time: now, event: event))
            release(after: event)
            var following: [RunEvent] = []
            for effect in effects {
                switch effect {
                case .record(let event): following.append(event)
                case .schedule(let leg): ready.append(leg)
                default: batch.effects.append(effect)
                }
            }
            stack += following.reversed()
        }
    }

    /// The beginning of the next attempt, when a slot is free.
    private mutating func nextStart() -> RunEvent? {
        while !isHeld, holding.count < slots, nextReady < ready.count {
            let leg = ready[nextReady]
            nextReady += 1
            if nextReady == ready.count { (ready, nextReady) = ([], 0) }
            // It may have been skipped or cancelled while it waited.
            guard state.legs[leg].state == .ready else { continue }
            holding.insert(leg)
            return .attemptStarting(leg: leg, attempt: state.legs[leg].attempt + 1)
        }
        return nil
    }

    private mutating func release(after event: RunEvent) {
        // One that waits for another try lets go of its slot too.
        guard let leg = event.leg,
            state.legs[leg].state.isFinal || state.legs[leg].retryDue != nil
        else { return }
        holding.remove(leg)
    }
}
