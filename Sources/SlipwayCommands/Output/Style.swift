import Glibc
import Workflows

/// Colours and signs of states. Colour never says anything that a word or a sign does not.
struct Style: Sendable {
    let hasColour: Bool

    /// NO_COLOR (no-color.org) and a dumb terminal turn colour off.
    static func of(_ descriptor: Int32) -> Style {
        let isPlain =
            !(Console.environment("NO_COLOR") ?? "").isEmpty
            || Console.environment("TERM") == "dumb" || !Console.isTerminal(descriptor)
        return Style(hasColour: !isPlain)
    }

    enum Colour: Int {
        case red = 31
        case green = 32
        case yellow = 33
        case blue = 34
        case grey = 90
    }

    /// One line in a colour, without any of its own.
    func paint(_ text: String, _ colour: Colour?) -> String {
        let text = TerminalText.line(text)
        guard hasColour, let colour else { return text }
        return "\u{1b}[\(colour.rawValue)m\(text)\u{1b}[0m"
    }

    func bold(_ text: String) -> String {
        let text = TerminalText.line(text)
        return hasColour ? "\u{1b}[1m\(text)\u{1b}[0m" : text
    }

    static func colour(_ state: JobState) -> Colour? {
        switch state {
        case .succeeded: .green
        case .failed, .errored, .timedOut: .red
        case .cancelled: .yellow
        case .running, .starting: .blue
        case .waiting, .ready, .skipped: .grey
        }
    }

    static func sign(_ state: JobState) -> String {
        switch state {
        case .succeeded: "✔"
        case .failed, .timedOut: "✘"
        case .errored: "!"
        case .cancelled: "■"
        case .running: "●"
        case .starting: "◐"
        case .skipped: "↷"
        case .waiting, .ready: "○"
        }
    }

    static func colour(_ phase: RunPhase) -> Colour? {
        switch phase {
        case .succeeded: .green
        case .failed, .errored: .red
        case .cancelled, .paused: .yellow
        case .running: .blue
        case .queued: .grey
        }
    }

    static func colour(_ state: StageState) -> Colour? {
        switch state {
        case .succeeded: .green
        case .failed, .errored: .red
        case .cancelled: .yellow
        case .running: .blue
        case .waiting, .skipped: .grey
        }
    }

    static func sign(_ state: StageState) -> String {
        switch state {
        case .succeeded: "✔"
        case .failed: "✘"
        case .errored: "!"
        case .cancelled: "■"
        case .running: "●"
        case .skipped: "↷"
        case .waiting: "○"
        }
    }
}
