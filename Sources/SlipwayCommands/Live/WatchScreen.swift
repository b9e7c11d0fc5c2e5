import CLinux
import Synchronization

/// Shows an answer over itself on standard output, once a second, until q, Esc or Ctrl-C.
final class WatchScreen: Sendable {
    /// What fits.
    struct Size: Equatable, Sendable {
        let columns: Int
        let rows: Int
    }

    private struct Content {
        var painter = FramePainter()
        var isOver = false
        var isResized = false
    }

    private let content = Mutex(Content())

    /// Nil when standard output is no terminal, or one that cannot be drawn on.
    init?() {
        guard Console.isTerminal(1), Console.environment("TERM") != "dumb" else { return nil }
    }

    /// Asks for the lines again and again. They are cut to the terminal.
    func show(_ make: (Size) async throws -> [String]) async throws {
        let keyboard = Keyboard { [self] in take($0) }
        slipway_screen_state(1, 1, 0)
        Console.draw("\u{1b}[?25l", on: 1)
        defer { keyboard.stop() }
        repeat {
            let size = Self.size()
            draw(try await make(size), size)
        } while try await goesOn()
    }

    private func take(_ event: TerminalEvent) {
        content.withLock { content in
            switch event {
            case .resized: content.isResized = true
            case .keys(let keys):
                let isEnd = keys.contains(.character("q")) || keys.contains(.escape)
                content.isOver = content.isOver || isEnd
            }
        }
    }

    private static func size() -> Size {
        var (columns, rows): (Int32, Int32) = (80, 24)
        unsafe slipway_terminal_size(1, &columns, &rows)
        return Size(
            columns: columns < 1 ? 80 : max(20, Int(columns)),
            rows: rows < 1 ? 24 : max(6, Int(rows)))
    }

    private func draw(_ lines: [String], _ size: Size) {
        let shown = Self.cut(lines, size)
        let text = content.withLock { content in
            let cleared = content.isResized ? content.painter.clear() : ""
            content.isResized = false
            return cleared + content.painter.paint(shown)
        }
        if !text.isEmpty { Console.draw(text, on: 1) }
    }

    /// As many lines as fit, and a word about the others.
    static func cut(_ lines: [String], _ size: Size) -> [String] {
        let room = size.rows - 1
        let fitting = lines.map { CellWidth.fit($0, size.columns - 1) }
        guard fitting.count > room else { return fitting }
        return fitting.prefix(room - 1) + ["… \(fitting.count - room + 1) more lines"]
    }

    /// Waits for a second, or for less when the terminal changed; false when it is enough.
    private func goesOn() async throws -> Bool {
        for _ in 0..<10 {
            try await Task.sleep(for: .milliseconds(100))
            let (isOver, isResized) = content.withLock { ($0.isOver, $0.isResized) }
            if isOver { return false }
            if isResized { return true }
        }
        return true
    }
}
