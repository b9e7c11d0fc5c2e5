package import Domain
package import Runs
package import Workflows

/// A live view and what of it stands on a screen: events, keys and sizes go in, the bytes that
/// bring the screen up to date come out. Does no input or output itself.
package struct LiveScreen: Sendable {
    private(set) var view: LiveView
    private var painter = FramePainter()
    private var isAlternate = false
    private var mustClear = false
    private let style: Style
    /// Failed legs of the last frame whose last line is not known.
    private(set) var missingTails: [Int] = []

    init(style: Style, hasKeyboard: Bool) {
        self.style = style
        view = LiveView(hasKeyboard: hasKeyboard)
    }

    /// A screen without a keyboard.
    package init(hasColour: Bool, columns: Int, rows: Int) {
        self.init(style: Style(hasColour: hasColour), hasKeyboard: false)
        view.resize(columns: columns, rows: rows)
    }

    package mutating func take(_ events: [RecordedEvent], state: borrowing RunState) {
        view.run.take(events, state)
    }

    /// The bytes that change the screen to what the run is now; empty when nothing changed.
    package mutating func paint(at now: Timestamp) -> String {
        var text = ""
        let isLog = view.mode == .log
        if isLog != isAlternate {
            text += switchScreens(toAlternate: isLog)
        } else if mustClear {
            text += painter.clear()
            mustClear = false
        }
        var frame = LiveFrame(view, style: style, now: now)
        let lines = frame.lines()
        missingTails = frame.missingTails
        return text + painter.paint(lines)
    }

    /// A log has the terminal's other screen (`?1049` of xterm's control sequences), so that the
    /// lines before it come back.
    private mutating func switchScreens(toAlternate isLog: Bool) -> String {
        isAlternate = isLog
        if isLog {
            let erased = painter.erase()
            return erased + "\u{1b}[?1049h" + painter.clear()
        }
        painter.forget()
        guard mustClear else { return "\u{1b}[?1049l" }
        mustClear = false
        return "\u{1b}[?1049l" + painter.clear()
    }

    /// Takes the frame away, and what else was changed.
    mutating func erase() -> String {
        let text = isAlternate ? "\u{1b}[?1049l" : painter.erase()
        if isAlternate { painter.forget() }
        isAlternate = false
        return text
    }

    mutating func take(_ key: Key) -> LiveAction? { view.take(key) }

    mutating func resize(columns: Int, rows: Int) {
        let before = (view.columns, view.rows)
        view.resize(columns: columns, rows: rows)
        if before != (view.columns, view.rows) { mustClear = true }
    }

    mutating func redraw() { mustClear = true }
    mutating func say(_ text: String) { view.notice = text }
    mutating func append(_ lines: [String]) { view.pane?.append(lines) }
    mutating func set(_ tail: LiveView.Tail, ofLeg leg: Int) { view.tails[leg] = tail }

    /// The last frame, which stays.
    mutating func close() {
        view.mode = .overview
        view.pane = nil
        view.notice = nil
        view.isClosing = true
    }
}
