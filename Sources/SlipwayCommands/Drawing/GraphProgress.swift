import Domain
import Workflows

/// How far the jobs and stages of a picture came in a run.
struct GraphProgress {
    let state: RunState
    let now: Timestamp

    func job(_ index: Int) -> JobState { state.jobs[index].state }

    /// `succeeded  12s  attempt 2`.
    func text(ofJob index: Int) -> String {
        let legs = state.plan.jobs[index].legs
        let start = legs.compactMap { state.legs[$0].startedAt }.min()
        let attempts = legs.map { state.legs[$0].attempt }.max() ?? 0
        var text = job(index).rawValue
        if start != nil {
            let end = state.jobs[index].endedAt
            text += "  \(Shown.duration(from: start, to: end, now: now))"
        }
        if attempts > 1 { text += "  attempt \(attempts)" }
        return text
    }

    /// What some jobs came to, the worst first: `3 failed, 477 succeeded`.
    func summary(_ jobs: [Int]) -> String {
        var counts: [JobState: Int] = [:]
        for index in jobs { counts[job(index), default: 0] += 1 }
        return counts.sorted {
            (Self.rank($0.key), $0.key.rawValue) < (Self.rank($1.key), $1.key.rawValue)
        }
        .map { "\($0.value) \($0.key.rawValue)" }.joined(separator: ", ")
    }

    /// Which jobs a picture shows first, when it cannot show all.
    static func rank(_ state: JobState) -> Int {
        switch state {
        case .errored, .failed, .timedOut: 0
        case .cancelled: 1
        case .running, .starting: 2
        case .ready, .waiting: 3
        case .succeeded: 4
        case .skipped: 5
        }
    }
}

/// What a state looks like; its word or sign always stands beside it.
enum Tint: String {
    case good, bad, busy, stopped, faint

    init(_ state: JobState) {
        switch state {
        case .succeeded: self = .good
        case .failed, .errored, .timedOut: self = .bad
        case .cancelled: self = .stopped
        case .running, .starting: self = .busy
        case .waiting, .ready, .skipped: self = .faint
        }
    }

    init(_ state: StageState) {
        switch state {
        case .succeeded: self = .good
        case .failed, .errored: self = .bad
        case .cancelled: self = .stopped
        case .running: self = .busy
        case .waiting, .skipped: self = .faint
        }
    }

    init(_ phase: RunPhase) {
        switch phase {
        case .succeeded: self = .good
        case .failed, .errored: self = .bad
        case .cancelled, .paused: self = .stopped
        case .running: self = .busy
        case .queued: self = .faint
        }
    }
}
