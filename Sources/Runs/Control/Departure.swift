import Domain
import Synchronization
import Workflows

/// Lets a process give the runs that it carries to another one, at a moment when nothing of them
/// is half begun (docs/decisions/0017).
///
/// From `request` on, nothing new begins. A run rests when what began is under way and what ended
/// is recorded; its containers go on. When all rest, the process may end, and whoever resumes
/// finds everything again. `revoke` lets the runs go on here.
package final class Departure: Sendable {
    private struct Entry {
        let gate = Mailbox<Void>()
        /// Makes the run's loop look about.
        let wake: @Sendable () -> Void
    }

    private struct Content {
        var isWanted = false
        var carried: [RunID: Entry] = [:]
        var resting: Set<RunID> = []
        /// Attempts whose results are being gathered, or wait to be recorded.
        var collecting: Set<AttemptID> = []
        /// Attempts that ended while the departure was wanted: their results stay where they are.
        var held: [AttemptID: Mailbox<Void>] = [:]
        var asking: [CheckedContinuation<Bool, Never>] = []

        /// Nil while some run does not rest yet.
        var answer: Bool? {
            if carried.isEmpty { return false }
            return carried.keys.allSatisfy { resting.contains($0) } ? true : nil
        }

        mutating func takeAnswered() -> (asking: [CheckedContinuation<Bool, Never>], Bool)? {
            guard !asking.isEmpty, let answer else { return nil }
            defer { asking = [] }
            return (asking, answer)
        }
    }

    private let content = Mutex(Content())

    package init() {}

    var isWanted: Bool { content.withLock { $0.isWanted } }

    /// Waits until every run rests; false when none is carried any more, since all have ended.
    package func request() async -> Bool {
        await withCheckedContinuation { (continuation: CheckedContinuation<Bool, Never>) in
            let wakes = content.withLock { content -> [@Sendable () -> Void] in
                content.isWanted = true
                content.asking.append(continuation)
                return content.carried.values.map(\.wake)
            }
            wakes.forEach { $0() }
            tell()
        }
    }

    /// The runs stay with this process and go on.
    package func revoke() {
        let gates = content.withLock { content -> [Mailbox<Void>] in
            content.isWanted = false
            content.resting = []
            defer { content.held = [:] }
            return content.carried.values.map(\.gate) + content.held.values
        }
        gates.forEach { $0.nudge() }
    }

    // MARK: For loops

    func join(_ run: RunID, wake: @escaping @Sendable () -> Void) {
        content.withLock { $0.carried[run] = Entry(wake: wake) }
    }

    func leave(_ run: RunID) {
        content.withLock { content in
            content.carried[run] = nil
            content.resting.remove(run)
            content.collecting = content.collecting.filter { $0.run != run }
        }
        tell()
    }

    /// Says that the run rests, and waits until it is woken: it must look again then. Throws when
    /// its task is cancelled.
    func rest(_ run: RunID) async throws {
        let gate = content.withLock { content -> Mailbox<Void>? in
            guard content.isWanted, let entry = content.carried[run] else { return nil }
            content.resting.insert(run)
            return entry.gate
        }
        guard let gate else { return }
        tell()
        _ = await gate.take()
        content.withLock { _ = $0.resting.remove(run) }
        try Task.checkCancellation()
    }

    func isCollecting(_ run: RunID) -> Bool {
        content.withLock { content in content.collecting.contains { $0.run == run } }
    }

    /// Before the results of an attempt that has ended are gathered: from then on its run does not
    /// rest until they are recorded. Waits while a departure is wanted.
    func beginCollecting(_ id: AttemptID) async {
        let gate = Mailbox<Void>()
        while !Task.isCancelled {
            let mayBegin = content.withLock { content in
                if content.isWanted {
                    content.held[id] = gate
                    return false
                }
                content.collecting.insert(id)
                return true
            }
            if mayBegin { return }
            _ = await gate.take()
        }
    }

    /// After events were committed.
    func didCommit(_ events: [RecordedEvent], of run: RunID) {
        let ended = events.compactMap { recorded -> AttemptID? in
            guard case .attemptEnded(let leg, let attempt, _) = recorded.event else { return nil }
            return AttemptID(run: run, leg: leg, number: attempt)
        }
        guard !ended.isEmpty else { return }
        content.withLock { $0.collecting.subtract(ended) }
    }

    private func tell() {
        guard let (asking, answer) = content.withLock({ $0.takeAnswered() }) else { return }
        asking.forEach { $0.resume(returning: answer) }
    }
}
