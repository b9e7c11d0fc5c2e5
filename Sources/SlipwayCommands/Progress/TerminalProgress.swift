import CLinux
import Dispatch
import Domain
import Runs
import Synchronization
import Workflows

/// A live view on a terminal: a frame that is drawn over itself, ten times a second at most, and
/// only when something changed or a clock in it moved.
final class TerminalProgress: ProgressReporter {
    private struct Content {
        var model = ProgressModel()
        var drawn: [String] = []
        var isStopped = false
    }

    private let content = Mutex(Content())
    private let style: Style
    private let queue = DispatchQueue(label: "slipway.progress")

    init(style: Style) {
        self.style = style
        tick()
    }

    func didCommit(_ events: [RecordedEvent], state: borrowing RunState) {
        content.withLock { $0.model.take(events, state) }
    }

    func willWait(for runs: [Int64], group: String) {
        let numbers = runs.map(String.init).joined(separator: ", ")
        Console.error(TerminalText.line("waits for run \(numbers) of the group '\(group)'"))
    }

    func stop() {
        queue.sync {
            draw()
            content.withLock { $0.isStopped = true }
        }
    }

    private func tick() {
        queue.asyncAfter(deadline: .now() + .milliseconds(100)) { [self] in
            guard !content.withLock({ $0.isStopped }) else { return }
            draw()
            tick()
        }
    }

    private func draw() {
        var columns: Int32 = 80
        var rows: Int32 = 24
        unsafe slipway_terminal_size(2, &columns, &rows)
        let (model, drawn) = content.withLock { ($0.model, $0.drawn) }
        guard !model.stages.isEmpty else { return }
        // One column stays free: a full line would make some terminals wrap.
        let lines = ProgressFrame(
            model: model, style: style, now: HomeServices.now(),
            columns: max(20, Int(columns) - 1), rows: max(4, Int(rows))
        ).lines()
        guard lines != drawn else { return }
        var text = drawn.isEmpty ? "" : "\u{1b}[\(drawn.count)A"
        for line in lines { text += "\r\u{1b}[2K\(line)\n" }
        // A frame that shrank leaves old lines below it.
        if drawn.count > lines.count { text += "\u{1b}[J" }
        Console.draw(text)
        content.withLock { $0.drawn = lines }
    }
}
