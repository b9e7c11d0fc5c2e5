import Dispatch
import Synchronization
import Workflows

/// What people ask of one run while its loop carries it: each is answered when it is known what
/// became of it, and never before that is stored.
///
/// The life of a question: `ask` posts its event; the loop takes it, and `settle` answers when the
/// batch is committed (taken, or dropped since the run had moved on), `fail` when it cannot be.
final class Questions: Sendable {
    private final class Question: Sendable {
        let event: RunEvent
        /// Which item of the mailbox it is.
        let number: Int
        let isAnswered = DispatchSemaphore(value: 0)
        let answer = Mutex<ControlAnswer?>(nil)

        init(_ event: RunEvent, number: Int) {
            self.event = event
            self.number = number
        }

        func tell(_ answer: ControlAnswer) {
            self.answer.withLock { $0 = answer }
            isAnswered.signal()
        }
    }

    private struct Content {
        var open: [Question] = []
        var isClosed = false
    }

    private let mailbox: Mailbox<RunEvent>
    /// Less than the patience of whoever asks.
    private let limit: Duration
    private let content = Mutex(Content())

    init(_ mailbox: Mailbox<RunEvent>, limit: Duration = ControlSocket.answerLimit) {
        self.mailbox = mailbox
        self.limit = limit
    }

    /// Posts the event and waits for what becomes of it. Blocks.
    func ask(_ event: RunEvent) -> ControlAnswer {
        // Posted under the lock: the loop, which may have it at once, finds the question.
        let question = content.withLock { content -> Question? in
            guard !content.isClosed else { return nil }
            let question = Question(event, number: mailbox.post(event))
            content.open.append(question)
            return question
        }
        guard let question else { return .departing }
        let milliseconds = Int(limit / .milliseconds(1))
        _ = question.isAnswered.wait(timeout: .now() + .milliseconds(milliseconds))
        content.withLock { $0.open.removeAll { $0 === question } }
        return question.answer.withLock { $0 } ?? .busy
    }

    // MARK: For the loop

    /// All that was taken from the mailbox is dealt with: `recorded` is stored, and whatever else
    /// was asked has no place in the run as it is now.
    func settle(_ recorded: [RecordedEvent], _ state: borrowing RunState) {
        for question in taken() {
            let isRecorded = recorded.contains { $0.event == question.event }
            question.tell(isRecorded ? .taken : state.refusal(of: question.event))
        }
    }

    /// What was taken from the mailbox cannot be stored, or the loop was told to end.
    func fail(_ error: any Error) {
        let isEnding = error is CancellationError
        for question in taken() { question.tell(isEnding ? .departing : .unstored("\(error)")) }
    }

    /// Nothing is taken any more. What still lies in the mailbox was not looked at.
    func close() {
        let open = content.withLock { content in
            content.isClosed = true
            defer { content.open = [] }
            return content.open
        }
        for question in open { question.tell(.departing) }
    }

    private func taken() -> [Question] {
        let taken = mailbox.taken
        return content.withLock { content in
            // Nearly always there is none.
            guard !content.open.isEmpty else { return [] }
            defer { content.open.removeAll { $0.number <= taken } }
            return content.open.filter { $0.number <= taken }
        }
    }
}
