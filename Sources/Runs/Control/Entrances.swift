import Dispatch
import Domain
import Synchronization
import Workflows

/// Lets people into the attempts of one run: an entrance is answered only when it is committed,
/// and whoever keeps results and caches can ask which attempts were entered.
final class Entrances: Sendable {
    private final class Question: Sendable {
        let event: RunEvent
        let isAnswered = DispatchSemaphore(value: 0)
        let answer = Mutex<ControlAnswer?>(nil)

        init(_ event: RunEvent) {
            self.event = event
        }
    }

    private struct Content {
        /// The control socket asks one after the other.
        var question: Question?
        var isOver = false
        var entered: Set<AttemptID> = []
    }

    private let run: RunID
    private let content = Mutex(Content())

    /// Less than the patience of whoever asks.
    private let limit: DispatchTimeInterval

    init(
        _ state: RunState, of run: RunID, limit: DispatchTimeInterval = .seconds(4)
    ) {
        self.run = run
        self.limit = limit
        for (leg, progress) in state.legs.enumerated() where !progress.entrances.isEmpty {
            note(leg, progress.attempt)
        }
    }

    /// Whether anybody was let in.
    func wasEntered(_ id: AttemptID) -> Bool {
        content.withLock { $0.entered.contains(id) }
    }

    /// Posts the event and waits until it is committed, or dropped. Blocks.
    func ask(_ event: RunEvent, _ mailbox: Mailbox<RunEvent>) -> ControlAnswer {
        let question = Question(event)
        let isOver = content.withLock { content in
            if !content.isOver { content.question = question }
            return content.isOver
        }
        guard !isOver else { return Self.tooLate }
        mailbox.post(event)
        let isInTime = question.isAnswered.wait(timeout: .now() + limit) == .success
        content.withLock { $0.question = nil }
        guard isInTime, let answer = question.answer.withLock({ $0 }) else {
            return .refused(
                "the process that carries the run is busy: nothing was begun; ask again")
        }
        return answer
    }

    /// Before a batch is committed: from now on nothing of these attempts is kept.
    func willCommit(_ events: [RecordedEvent]) {
        for case .attemptEntered(let leg, let attempt, _) in events.map(\.event) {
            note(leg, attempt)
        }
    }

    /// After a batch: `asked` is what the loop was given, `events` what became of it.
    func didCommit(_ events: [RecordedEvent], asked: [RunEvent]) {
        guard let question = content.withLock({ $0.question }),
            asked.contains(question.event)
        else { return }
        let isTaken = events.contains { $0.event == question.event }
        tell(question, isTaken ? .taken : Self.tooLate)
    }

    /// The loop takes no more events.
    func close() {
        let question = content.withLock { content in
            content.isOver = true
            return content.question
        }
        if let question { tell(question, Self.tooLate) }
    }

    private func note(_ leg: Int, _ attempt: Int) {
        let id = AttemptID(run: run, leg: leg, number: attempt)
        content.withLock { _ = $0.entered.insert(id) }
    }

    private func tell(_ question: Question, _ answer: ControlAnswer) {
        question.answer.withLock { $0 = answer }
        question.isAnswered.signal()
    }

    private static let tooLate = ControlAnswer.refused("the attempt has just ended")
}
