import Workflows

extension LiveView {
    /// What a key changes, and what is to be done about it.
    mutating func take(_ key: Key) -> LiveAction? {
        notice = nil
        switch mode {
        case .overview: return takeInOverview(key)
        case .help:
            mode = .overview
            return nil
        case .log: return takeInLog(key)
        case .confirmCancel:
            mode = .overview
            guard key == .character("y") || key == .character("Y") else { return nil }
            notice = "asked the run to stop"
            return .request(.cancel)
        case .comment(let isApproval, let text): return take(key, isApproval, text)
        }
    }

    private mutating func takeInOverview(_ key: Key) -> LiveAction? {
        switch key {
        case .up, .character("k"): move(by: -1)
        case .down, .character("j"): move(by: 1)
        case .pageUp: move(by: -10)
        case .pageDown: move(by: 10)
        case .home, .character("g"): move(by: -Int(Int32.max))
        case .end, .character("G"): move(by: Int(Int32.max))
        case .escape: (selected, onlyFailures) = (nil, false)
        case .character("f"):
            onlyFailures.toggle()
            selected = nil
        case .enter, .right, .character("l"): return follow()
        case .character("?"), .character("h"): mode = .help
        case .character("c"): confirm()
        case .character("a"): ask(isApproval: true)
        case .character("r"): ask(isApproval: false)
        case .character("q"): return leave()
        default: break
        }
        return nil
    }

    private mutating func move(by count: Int) {
        let items = reachable
        guard let index = selected.flatMap({ items.firstIndex(of: $0) }) else {
            selected = count < 0 ? items.last : items.first
            return
        }
        selected = items[min(max(0, index + count), items.count - 1)]
    }

    private mutating func follow() -> LiveAction? {
        guard let leg = legToFollow else {
            notice = "no log yet: it has not begun"
            return nil
        }
        selected = .leg(leg)
        pane = LogPane(leg: leg, label: run.label(.leg(leg)))
        mode = .log
        return .follow(leg: leg)
    }

    private mutating func confirm() {
        if run.phase.isFinal { notice = "the run has ended" } else { mode = .confirmCancel }
    }

    private mutating func ask(isApproval: Bool) {
        guard run.phase == .paused else {
            notice = "the run does not wait for approval now"
            return
        }
        mode = .comment(isApproval: isApproval, text: "")
    }

    private mutating func leave() -> LiveAction? {
        if run.phase.isFinal { return nil }
        notice = "leaving: waits until what begins is under way"
        return .request(.leave)
    }

    private mutating func take(_ key: Key, _ isApproval: Bool, _ text: String) -> LiveAction? {
        switch key {
        case .enter:
            mode = .overview
            notice = isApproval ? "approving" : "rejecting"
            return .request(.decide(isApproval: isApproval, comment: text))
        case .escape:
            mode = .overview
            notice = "nothing was decided"
        case .backspace:
            mode = .comment(isApproval: isApproval, text: Self.withoutLast(text))
        case .character(let scalar) where text.unicodeScalars.count < Self.commentLimit:
            var longer = text
            longer.unicodeScalars.append(scalar)
            mode = .comment(isApproval: isApproval, text: longer)
        default: break
        }
        return nil
    }

    private static func withoutLast(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.dropLast()))
    }

    private mutating func takeInLog(_ key: Key) -> LiveAction? {
        let height = logHeight
        switch key {
        case .up, .character("k"): pane?.scroll(by: -1, height: height)
        case .down, .character("j"), .enter: pane?.scroll(by: 1, height: height)
        case .pageUp, .character("b"): pane?.scroll(by: -height, height: height)
        case .pageDown, .character(" "): pane?.scroll(by: height, height: height)
        case .home, .character("g"): pane?.scrollToStart(height: height)
        case .end, .character("G"), .character("f"): pane?.follow()
        case .escape, .left, .character("q"):
            mode = .overview
            pane = nil
            return .unfollow
        default: break
        }
        return nil
    }
}
