import ArgumentParser
import Domain
import Runs
import Workflows

/// How the progress of a run is shown on standard error.
enum ProgressKind: String, ExpressibleByArgument, CaseIterable {
    case auto, tty, plain, json, quiet
}

/// Shows a run while it goes on.
protocol ProgressReporter: RunObserver {
    /// The run is there; its logs are in `logs`.
    func begin(_ run: RunID, logs: LogStore)
    /// What people ask of the run through the view; nil where they cannot.
    var requests: AsyncStream<LiveRequest>? { get }
    /// Tells the people in front of it something that is no event.
    func say(_ text: String)
    /// Shows the last state, and nothing more after that.
    func stop()
}

extension ProgressReporter {
    func begin(_ run: RunID, logs: LogStore) {}
    var requests: AsyncStream<LiveRequest>? { nil }
    func say(_ text: String) { Console.error(TerminalText.line(text)) }
}

extension ProgressKind {
    /// `auto` is a live view on a terminal and plain lines elsewhere, as in the log of a CI.
    func reporter() -> any ProgressReporter {
        let style = Style.of(2)
        switch self {
        case .quiet: return QuietProgress()
        case .json: return JSONProgress()
        case .plain: return PlainProgress(style: style)
        case .tty, .auto:
            // Nothing but a terminal understands what a live view sends, and a dumb one does not.
            let isLive = Console.isTerminal(2) && Console.environment("TERM") != "dumb"
            return isLive ? TerminalProgress(style: style) : PlainProgress(style: style)
        }
    }
}

struct QuietProgress: ProgressReporter {
    func didCommit(_ events: [RecordedEvent], state: borrowing RunState) {}
    func stop() {}
}

/// One JSON object a line: every event as it is stored, with its time and the labels of what it
/// names.
struct JSONProgress: ProgressReporter {
    func didCommit(_ events: [RecordedEvent], state: borrowing RunState) {
        for recorded in events {
            var members = recorded.event.json.objectValue ?? [:]
            members["time"] = .string(recorded.time.description)
            members["sequence"] = .integer(recorded.sequence)
            let plan = state.plan
            if let stage = recorded.event.stage {
                members["stageName"] = .string(plan.stages[stage].definition.name)
            }
            if let job = recorded.event.job { members["jobName"] = .string(plan.jobs[job].key) }
            if let leg = recorded.event.leg {
                members["label"] = .string(plan.label(leg: leg))
            }
            Console.error(JSONValue.object(members).canonicalText)
        }
    }

    func didCall(_ run: Int64, label: String) {
        let members: [String: JSONValue] = [
            "type": "called", "label": .string(label), "run": .integer(run),
        ]
        Console.error(JSONValue.object(members).canonicalText)
    }

    func stop() {}
}
