import CLinux
import Dispatch
import Domain
import Runs
import Synchronization
import Workflows

/// A live view on a terminal. It draws when something changed, ten times a second at most, and
/// once a second for its clocks; only lines that changed are sent.
final class TerminalProgress: ProgressReporter {
    fileprivate struct Content {
        var screen: LiveScreen
        var run: RunID?
        var logs: LogStore?
        var keyboard: Keyboard?
        /// What is read for the pane that is open.
        var tail: LogTail?
        var isPolling = false
        var isScheduled = false
        var isStopped = false
        var lastDrawing: ContinuousClock.Instant?
    }

    private let content: Mutex<Content>
    /// All drawing and reading is done here, one after the other.
    private let queue = DispatchQueue(label: "slipway.progress")
    private let stream: AsyncStream<LiveRequest>
    private let continuation: AsyncStream<LiveRequest>.Continuation
    private let style: Style

    private static let interval = Duration.milliseconds(100)
    /// Pages of a log that are read for one frame, and last lines of failures.
    private static let pageLimit = 8
    private static let tailLimit = 20

    init(style: Style) {
        self.style = style
        content = Mutex(Content(screen: LiveScreen(style: style, hasKeyboard: false)))
        (stream, continuation) = AsyncStream.makeStream(
            of: LiveRequest.self, bufferingPolicy: .bufferingNewest(16))
    }

    var requests: AsyncStream<LiveRequest>? { stream }

    func begin(_ run: RunID, logs: LogStore) {
        let keyboard = Keyboard { [self] in take($0) }
        content.withLock { content in
            content.run = run
            content.logs = logs
            content.keyboard = keyboard
            content.screen = LiveScreen(style: style, hasKeyboard: keyboard.hasKeys)
        }
        measure()
        slipway_screen_state(2, 1, 0)
        Console.draw("\u{1b}[?25l")
        Console.divert { [self] text in
            queue.async { self.printAbove(text) }
            return true
        }
        tick()
    }

    func didCommit(_ events: [RecordedEvent], state: borrowing RunState) {
        content.withLock { $0.screen.take(events, state: state) }
        change()
    }

    func willWait(for runs: [Int64], group: String) {
        let numbers = runs.map(String.init).joined(separator: ", ")
        say("waits for run \(numbers) of the group '\(group)'")
    }

    func didCall(_ run: Int64, label: String) {
        say("\(label): calls run \(run) ('slipway show \(run)')")
    }

    func say(_ text: String) {
        content.withLock { $0.screen.say(text) }
        change()
    }

    func stop() {
        Console.divert(nil)
        queue.sync {
            let isFirst = content.withLock { content in
                defer { content.isStopped = true }
                return !content.isStopped && content.keyboard != nil
            }
            guard isFirst else { return }
            let text = content.withLock { content in
                content.screen.close()
                return content.screen.isWorthDrawing
                    ? content.screen.paint(at: HomeServices.now()) : content.screen.erase()
            }
            Console.draw(text)
            slipway_screen_state(2, 1, 0)
            content.withLock { content in
                if let keyboard = content.keyboard { keyboard.stop() }
            }
        }
        continuation.finish()
    }

    // MARK: Drawing

    /// A frame is due: now, or when the last one is old enough.
    private func change() {
        let wait = content.withLock { content -> Duration? in
            guard !content.isStopped, !content.isScheduled else { return nil }
            content.isScheduled = true
            guard let last = content.lastDrawing else { return .zero }
            return max(.zero, Self.interval - last.duration(to: ContinuousClock.now))
        }
        guard let wait else { return }
        queue.asyncAfter(deadline: .now() + .milliseconds(Int(wait.milliseconds))) { [self] in
            draw()
        }
    }

    private func tick() {
        queue.asyncAfter(deadline: .now() + .seconds(1)) { [self] in
            guard !content.withLock({ $0.isStopped }) else { return }
            change()
            tick()
        }
    }

    private func draw() {
        readLog()
        let text = content.withLock { content -> String? in
            content.isScheduled = false
            guard !content.isStopped, content.screen.isWorthDrawing else { return nil }
            content.lastDrawing = ContinuousClock.now
            return content.screen.paint(at: HomeServices.now())
        }
        guard let text else { return }
        show(text)
        readTails()
    }

    private func show(_ text: String) {
        let isLog = content.withLock { $0.screen.view.mode == .log }
        slipway_screen_state(2, 1, isLog ? 1 : 0)
        if !text.isEmpty { Console.draw(text) }
    }

    /// What somebody else has to say, before the frame.
    private func printAbove(_ text: String) {
        let isStopped = content.withLock { $0.isStopped }
        guard !isStopped else { return Console.error(text) }
        let (erased, painted) = content.withLock { content in
            let erased = content.screen.erase()
            let painted =
                content.screen.isWorthDrawing
                ? content.screen.paint(at: HomeServices.now()) : ""
            return (erased, painted)
        }
        show(erased + TerminalText.screen(text) + "\n" + painted)
    }

    private func measure() {
        var (columns, rows): (Int32, Int32) = (80, 24)
        unsafe slipway_terminal_size(2, &columns, &rows)
        content.withLock { $0.screen.resize(columns: Int(columns), rows: Int(rows)) }
    }

    // MARK: Keys

    private func take(_ event: TerminalEvent) {
        switch event {
        case .resized:
            measure()
            content.withLock { $0.screen.redraw() }
        case .keys(let keys):
            for key in keys {
                if let action = content.withLock({ $0.screen.take(key) }) { perform(action) }
            }
        }
        change()
    }

    private func perform(_ action: LiveAction) {
        switch action {
        case .request(let request): continuation.yield(request)
        case .unfollow: content.withLock { $0.tail = nil }
        case .follow(let leg):
            let mustPoll = content.withLock { content in
                content.follow(leg)
                defer { content.isPolling = true }
                return !content.isPolling
            }
            if mustPoll { poll() }
        }
    }

    // MARK: Logs

    /// While a log is open, what is new of it is looked for five times a second.
    private func poll() {
        queue.asyncAfter(deadline: .now() + .milliseconds(200)) { [self] in
            let goesOn = content.withLock { content in
                content.isPolling = content.tail != nil && !content.isStopped
                return content.isPolling
            }
            guard goesOn else { return }
            change()
            poll()
        }
    }

    private func readLog() {
        for _ in 0..<Self.pageLimit {
            guard var tail = content.withLock({ $0.tail }) else { return }
            do {
                let lines = try tail.next()
                let isNewAttempt = content.withLock { $0.take(lines, from: tail) }
                if lines.isEmpty, !isNewAttempt { return }
            } catch {
                content.withLock { $0.tail = nil }
                return say("the log cannot be read: \(error)")
            }
        }
    }

    /// The last lines of failures that are in sight.
    private func readTails() {
        let wanted = content.withLock { content -> [AttemptID] in
            guard let run = content.run else { return [] }
            return content.screen.missingTails.prefix(Self.tailLimit).map { leg in
                AttemptID(
                    run: run, leg: leg, number: content.screen.view.run.legs[leg].attempt)
            }
        }
        guard !wanted.isEmpty, let logs = content.withLock({ $0.logs }) else { return }
        for id in wanted {
            let text: String
            do { text = try LogTail.last(of: id, in: logs) } catch {
                text = "(its log cannot be read: \(error))"
            }
            content.withLock {
                $0.screen.set(LiveView.Tail(attempt: id.number, text: text), ofLeg: id.leg)
            }
        }
        change()
    }
}

extension TerminalProgress.Content {
    fileprivate mutating func follow(_ leg: Int) {
        guard let run, let logs else { return }
        let attempt = screen.view.run.legs[leg].attempt
        tail = LogTail(AttemptID(run: run, leg: leg, number: attempt), in: logs)
    }

    /// Takes lines that were read; true when the leg's next attempt is read from now on.
    fileprivate mutating func take(_ lines: [String], from read: LogTail) -> Bool {
        guard tail?.id == read.id, let logs else { return false }
        tail = read
        screen.append(lines)
        let newest = screen.view.run.legs[read.id.leg].attempt
        guard lines.isEmpty, newest > read.id.number else { return false }
        let next = read.id.number + 1
        screen.append(["(attempt \(next))"])
        tail = LogTail(AttemptID(run: read.id.run, leg: read.id.leg, number: next), in: logs)
        return true
    }
}

extension LiveScreen {
    /// Before the first event there is nothing to see, unless somebody said something.
    var isWorthDrawing: Bool { !view.run.stages.isEmpty || view.notice != nil }
}
