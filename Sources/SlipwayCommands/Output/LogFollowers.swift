import Domain
import Runs
import Workflows

/// What is done with a line of a log: its leg's label and the attempt's number come with it.
typealias LogShow = (_ line: LogLine, _ label: String, _ attempt: Int) -> Void

/// The logs of several legs, read as the run's state says: a leg that has not begun has none, and
/// one that has ended is read to its end once and never looked at again.
struct LogFollowers {
    private let run: RunID
    /// Nil for the newest.
    private let attempt: Int?
    private let logs: LogStore
    /// Legs that may print more, in order.
    private(set) var open: [LogFollower] = []
    private var taken: Set<Int> = []

    init(run: RunID, attempt: Int?, logs: LogStore) {
        self.run = run
        self.attempt = attempt
        self.logs = logs
    }

    /// Adds those of the legs that have begun.
    mutating func take(_ legs: Range<Int>, of state: RunState) {
        let before = open.count
        for leg in legs where state.legs[leg].attempt > 0 && taken.insert(leg).inserted {
            let label = state.plan.label(leg: leg)
            open.append(
                LogFollower(run: run, leg: leg, label: label, attempt: attempt, logs: logs))
            for service in state.plan.jobs[state.plan.legs[leg].job].definition.services {
                open.append(
                    LogFollower(
                        run: run, leg: leg, service: service.name,
                        label: "\(label)/\(service.name)", attempt: attempt, logs: logs))
            }
        }
        if open.count > before {
            open.sort { ($0.leg, $0.service ?? "") < ($1.leg, $1.service ?? "") }
        }
    }

    /// Shows what is new; true when there may be more at once. Legs that have ended, or all when
    /// the run is over, are shown whole, one after another; of the others one page each, so that
    /// none waits for another.
    mutating func advance(
        _ state: RunState, isOver: Bool, show: LogShow
    ) throws -> Bool {
        var hasMore = false
        var rest: [LogFollower] = []
        for var follower in open {
            let leg = state.legs[follower.leg]
            let isLast = isOver || leg.state.isFinal
            var moved = true
            while moved {
                moved = try follower.advance(newest: leg.attempt, show: show)
                if !isLast {
                    hasMore = hasMore || moved
                    break
                }
            }
            if isLast { follower.finish(show: show) } else { rest.append(follower) }
        }
        open = rest
        return hasMore
    }
}

/// Where one leg's log was read to.
struct LogFollower {
    let run: RunID
    let leg: Int
    /// One that runs beside the leg; nil for the leg itself.
    let service: String?
    let label: String
    /// Nil for the newest.
    let attempt: Int?
    let logs: LogStore
    private var current = 0
    private var offset: Int64 = 0
    private var joiner = LineJoiner()

    init(
        run: RunID, leg: Int, service: String? = nil, label: String, attempt: Int?,
        logs: LogStore
    ) {
        self.run = run
        self.leg = leg
        self.service = service
        self.label = label
        self.attempt = attempt
        self.logs = logs
    }

    /// Shows what is new; false when there is nothing for now. `newest` is the attempt that began
    /// last: those before it have ended.
    mutating func advance(newest: Int, show: LogShow) throws -> Bool {
        if current == 0 { current = try attempt ?? newestWithLog(newest) }
        guard current > 0, let log = try reader(current) else { return false }
        let page = try log.read(from: offset, limit: 1 << 18)
        offset = page.nextOffset
        for piece in page.lines {
            guard let line = joiner.take(piece) else { continue }
            show(line, label, current)
        }
        if page.lines.isEmpty, attempt == nil, newest > current {
            let next = try (current + 1...newest).first { try reader($0) != nil }
            guard let next else { return false }
            finish(show: show)
            (current, offset) = (next, 0)
            return true
        }
        return !page.lines.isEmpty
    }

    /// Shows the beginning of a line that never ended.
    mutating func finish(show: LogShow) {
        for line in joiner.rest() { show(line, label, current) }
    }

    private func reader(_ number: Int) throws -> LogReader? {
        try logs.reader(AttemptID(run: run, leg: leg, number: number), service: service)
    }

    /// One that begins has no log yet; then the one before is the newest.
    private func newestWithLog(_ newest: Int) throws -> Int {
        guard newest > 0 else { return 0 }
        return try (1...newest).last { try reader($0) != nil } ?? 0
    }
}
