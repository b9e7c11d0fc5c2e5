import Workflows

/// What somebody asks of the run that they look at.
enum LiveRequest: Equatable, Sendable {
    case cancel
    case decide(isApproval: Bool, comment: String)
    /// To let go of the terminal, and leave the run running.
    case leave
}

/// What is to be done about a key.
enum LiveAction: Equatable, Sendable {
    case request(LiveRequest)
    /// The log of a leg is to be read from now on.
    case follow(leg: Int)
    case unfollow
}

/// A live view: the run, the terminal's size, and where its reader is. Pure: keys and sizes go in,
/// actions and lines (`LiveFrame`) come out.
struct LiveView: Sendable {
    enum Mode: Equatable, Sendable {
        case overview
        case help
        case log
        case confirmCancel
        case comment(isApproval: Bool, text: String)
    }

    /// The last line that a failed attempt printed; empty when it printed nothing.
    struct Tail: Equatable, Sendable {
        let attempt: Int
        let text: String
    }

    var run = LiveRun()
    var mode = Mode.overview
    var selected: LiveRun.Item?
    var onlyFailures = false
    var pane: LogPane?
    /// An answer to what the reader did last; goes with the next key.
    var notice: String?
    var tails: [Int: Tail] = [:]
    /// The last frame stays behind: no keys, no failures, which are told in full after it.
    var isClosing = false
    let hasKeyboard: Bool
    private(set) var columns = 80
    private(set) var rows = 24

    init(hasKeyboard: Bool) {
        self.hasKeyboard = hasKeyboard
    }

    /// A terminal that does not know its size has 80 columns and 24 rows.
    mutating func resize(columns: Int, rows: Int) {
        self.columns = columns < 1 ? 80 : min(max(columns, 20), 500)
        self.rows = rows < 1 ? 24 : min(max(rows, 6), 500)
    }

    /// The stage whose jobs are shown.
    var openStage: Int? { isClosing ? nil : run.currentStage }

    /// What can be selected, in the order in which it is shown: failures of stages that are over,
    /// then the open stage. A stage that does not fit begins with what failed and what runs, the
    /// slowest first; of a large one that is all.
    var reachable: [LiveRun.Item] {
        if isClosing { return [] }
        let open = openStage
        if onlyFailures { return run.stages.flatMap(\.failed) }
        var items = run.stages.indices.flatMap { $0 == open ? [] : run.stages[$0].failed }
        guard let open else { return items }
        let stage = run.stages[open]
        let total = stage.counts.total
        // Each that failed may need two lines.
        if total + 2 * items.count + stage.failed.count <= itemRoom {
            return items + run.items(of: open)
        }
        items += stage.failed + stage.running
        guard total <= Self.largeStage else { return items }
        let rest = run.items(of: open).map { ($0, LiveRun.Group(run.state(of: $0))) }
        items += rest.filter { $0.1 == .waiting }.map(\.0)
        let over: Set<LiveRun.Group> = [.succeeded, .skipped, .cancelled]
        items += rest.filter { over.contains($0.1) }.map(\.0)
        return items
    }

    /// Stages that are over and have lines of their own, at most.
    var finishedLimit: Int { isClosing ? max(1, rows - 6) : max(1, (rows - 8) / 3) }

    /// Lines for jobs when everything else has all that it may need: the line that stays free, the
    /// header, the open stage, those that wait, and three below.
    private var itemRoom: Int {
        let over = run.stages.indices.filter { run.stages[$0].state != .waiting && $0 != openStage }
        return rows - 7 - min(finishedLimit, over.count)
    }

    /// Of a stage with more legs, those that wait or are over are only counted.
    static let largeStage = 200
    static let commentLimit = 1000

    /// The leg whose log is read: the selected one, or the first that has one.
    var legToFollow: Int? {
        let candidates = selected.map { [$0] } ?? reachable
        for case .leg(let leg) in candidates where run.legs[leg].attempt > 0 { return leg }
        return nil
    }

    var logHeight: Int { max(1, rows - 3) }
}
