package import Domain

/// Where a run stands (DESIGN §5, "States").
package enum RunPhase: String, Hashable, Sendable, CaseIterable {
    case queued, running, paused, succeeded, failed, errored, cancelled

    package var isFinal: Bool {
        switch self {
        case .queued, .running, .paused: false
        case .succeeded, .failed, .errored, .cancelled: true
        }
    }
}

/// Where a job, or one leg of it, stands.
package enum JobState: String, Hashable, Sendable, CaseIterable {
    case waiting, ready, starting, running
    case succeeded, failed, errored, skipped, cancelled
    case timedOut = "timed-out"

    package var isFinal: Bool {
        switch self {
        case .waiting, .ready, .starting, .running: false
        case .succeeded, .failed, .errored, .skipped, .cancelled, .timedOut: true
        }
    }

    /// Which of several legs speaks for their job: the strongest.
    var strength: Int {
        switch self {
        case .errored: 5
        case .failed: 4
        case .timedOut: 3
        case .cancelled: 2
        case .succeeded: 1
        default: 0
        }
    }
}

/// Where a stage stands.
package enum StageState: String, Hashable, Sendable, CaseIterable {
    case waiting, running, succeeded, failed, errored, skipped, cancelled
}

/// Why a leg was told to stop; it decides the state in which the leg ends.
package enum StopReason: Hashable, Sendable {
    case timedOut(after: Duration)
    case failFast(job: String)
    /// The stage or the run went past its limit.
    case overdue(String)
    case cancelled(String)

    package var state: JobState {
        if case .timedOut = self { .timedOut } else { .cancelled }
    }

    /// Whether it stopped more than the one leg.
    var isOfTheStage: Bool {
        if case .timedOut = self { false } else { true }
    }

    package var text: String {
        switch self {
        case .timedOut(let limit): "it ran longer than \(limit.text)"
        case .overdue(let why): why
        case .failFast(let job): "fail-fast: \(job) did not succeed"
        case .cancelled(let why): why
        }
    }
}

/// One leg: what its newest attempt did.
package struct LegProgress: Sendable {
    package internal(set) var state = JobState.waiting
    /// Counts from 1; 0 before the first attempt.
    package internal(set) var attempt = 0
    package internal(set) var stop: StopReason?
    package internal(set) var reason: String?
    package internal(set) var exitCode: Int32?
    package internal(set) var startedAt: Timestamp?
    package internal(set) var endedAt: Timestamp?
    package internal(set) var outputs: [String: String] = [:]
    package internal(set) var artifacts: [String: ArtifactRecord] = [:]
    package internal(set) var caches: [CacheUse] = []
    /// What its newest attempt left below `$T_REPORTS`.
    package internal(set) var reports: [ReportRecord] = []
    package internal(set) var memo: Memo?
    /// Who ran commands in its newest attempt.
    package internal(set) var entrances: [RecordedEntrance] = []
    /// What `before` made of the inputs; nil where no hook ran.
    package internal(set) var hookInputs: [String: JSONValue]?
    package internal(set) var isHookPending = false
    /// When the next attempt begins, while the leg waits for it.
    package internal(set) var retryDue: Timestamp?
}

/// An entrance, and when it was recorded.
package struct RecordedEntrance: Hashable, Sendable {
    package let time: Timestamp
    package let entrance: Entrance

    package init(time: Timestamp, entrance: Entrance) {
        self.time = time
        self.entrance = entrance
    }
}

package struct JobProgress: Sendable {
    package internal(set) var state = JobState.waiting
    package internal(set) var reason: String?
    package internal(set) var readyAt: Timestamp?
    package internal(set) var endedAt: Timestamp?
    package internal(set) var isConditionPending = false
    var isExpansionPending = false
    /// What an earlier run gave; the job takes it when its turn comes.
    package internal(set) var reused: ReusedJob?
    var remainingLegs: Int
}

package struct StageProgress: Sendable {
    package internal(set) var state = StageState.waiting
    package internal(set) var reason: String?
    package internal(set) var isHookPending = false
    package internal(set) var startedAt: Timestamp?
    /// Of a pause: what was said so far.
    package internal(set) var decisions: [Decision] = []
    var isConditionPending = false
    var isTimedOut = false
    var remainingJobs: Int
    /// No job that waits may become ready any more.
    var isBlocked = false
    /// The strongest of its jobs so far, and which one.
    var worst: (state: StageState, reason: String)?
}
