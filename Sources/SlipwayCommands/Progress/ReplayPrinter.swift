import Runs
import Synchronization

/// What a replayed job prints, on standard error: whole lines, as they come.
final class ReplayPrinter: Sendable {
    private let joiner = Mutex(LineJoiner())

    func take(_ piece: LogLine) {
        guard let line = joiner.withLock({ $0.take(piece) }) else { return }
        show(line)
    }

    /// Lines that never ended.
    func finish() {
        for line in joiner.withLock({ $0.rest() }) { show(line) }
    }

    private func show(_ line: LogLine) {
        Console.error("│ " + LogText.shown(line, isTerminal: Console.isTerminal(2)))
    }
}
