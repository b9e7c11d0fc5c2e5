import CLinux
import Domain
import Storage
import Synchronization

/// Shows a collection while it goes on, on standard error.
final class CollectionReporter: Sendable {
    private enum Form { case quiet, plain, live, json }

    private struct Content {
        var kind: GarbageKind?
        var count: Int64 = 0
        var bytes: Int64 = 0
        var told: ContinuousClock.Instant?
        var isLineShown = false
    }

    private let form: Form
    private let isDry: Bool
    private let content = Mutex(Content())

    /// `hasLines`: lines of the answer appear meanwhile, so nothing is drawn over itself.
    init(_ progress: ProgressKind, isDry: Bool, hasLines: Bool) {
        self.isDry = isDry
        let canDraw = Console.isTerminal(2) && Console.environment("TERM") != "dumb" && !hasLines
        form =
            switch progress {
            case .quiet: .quiet
            case .json: .json
            case .plain: .plain
            case .auto, .tty: canDraw ? .live : .plain
            }
    }

    func note(_ text: String) {
        switch form {
        case .quiet: break
        case .json:
            Console.error(
                JSONValue.object(["type": "gc-note", "text": .string(text)]).canonicalText)
        case .plain, .live:
            endLine()
            Console.error("gc: " + TerminalText.line(text))
        }
    }

    /// Before something that takes its time.
    func begin(_ item: CollectionTally.Item) {
        let text = "removes \(item.name) (\(Shown.size(item.bytes)))"
        guard form == .live else { return note(text) }
        show("gc: " + TerminalText.line(text))
    }

    func take(_ item: CollectionTally.Item) {
        guard form != .quiet else { return }
        let line = content.withLock { content -> String? in
            var ended: String?
            let isFirst = content.kind != item.kind
            if isFirst {
                ended = form == .live ? nil : shown(content)
                content.kind = item.kind
                content.count = 0
                content.bytes = 0
            }
            content.count += 1
            content.bytes += item.bytes
            let isDue =
                isFirst || (content.told.map { ContinuousClock.now - $0 > interval } ?? true)
            guard ended == nil, isDue, form != .plain else { return ended }
            content.told = .now
            return shown(content)
        }
        if let line { show(line) }
    }

    /// Nothing more is shown after that.
    func stop() {
        switch form {
        case .quiet: break
        case .live: endLine()
        case .plain, .json: if let last = content.withLock({ shown($0) }) { show(last) }
        }
    }

    private var interval: Duration { form == .live ? .milliseconds(100) : .seconds(1) }

    private func shown(_ content: Content) -> String? {
        guard let kind = content.kind else { return nil }
        if form == .json {
            return JSONValue.object([
                "type": "gc-progress", "kind": .string(kind.rawValue),
                "count": .integer(content.count), "bytes": .integer(content.bytes),
                "dryRun": .boolean(isDry),
            ]).canonicalText
        }
        let size = content.bytes > 0 ? ", \(Shown.size(content.bytes))" : ""
        return "gc: \(kind.what): \(content.count)\(size)"
    }

    private func show(_ line: String) {
        guard form == .live else { return Console.error(line) }
        var columns: Int32 = 80
        var rows: Int32 = 24
        unsafe slipway_terminal_size(2, &columns, &rows)
        // A terminal may not know its size.
        if columns < 1 { columns = 80 }
        content.withLock { $0.isLineShown = true }
        Console.draw("\r\u{1b}[2K" + Shown.line(line, width: max(20, Int(columns) - 1)))
    }

    private func endLine() {
        let isShown = content.withLock { content in
            defer { content.isLineShown = false }
            return content.isLineShown
        }
        if isShown { Console.draw("\r\u{1b}[2K") }
    }
}
