import Domain
import Runs
import Workflows

/// What a live view knows of a run: its own small copy, so that the run's state is never held.
///
/// Counts and lists grow with the events; a commit costs what it changed, however many jobs the
/// run has. Each leg, job and stage is looked at as a whole a fixed number of times.
struct LiveRun: Sendable {
    /// What is told apart in counts.
    enum Group: Int, CaseIterable, Sendable {
        case failed, running, waiting, succeeded, skipped, cancelled

        init(_ state: JobState) {
            switch state {
            case .failed, .errored, .timedOut: self = .failed
            case .starting, .running: self = .running
            case .waiting, .ready: self = .waiting
            case .succeeded: self = .succeeded
            case .skipped: self = .skipped
            case .cancelled: self = .cancelled
            }
        }
    }

    struct Counts: Equatable, Sendable {
        private var values = [Int](repeating: 0, count: Group.allCases.count)

        subscript(group: Group) -> Int {
            get { values[group.rawValue] }
            set { values[group.rawValue] = newValue }
        }

        var total: Int { values.reduce(0, +) }
    }

    /// What has a line of its own: a leg, or a job that has no legs (yet).
    enum Item: Hashable, Sendable {
        case leg(Int)
        case job(Int)
    }

    struct Leg: Sendable {
        let job: Int
        /// What tells it from the others of its job.
        let suffix: String
        var state = JobState.waiting
        var reason: String?
        var attempt = 0
        /// While it starts, when that began.
        var startedAt: Timestamp?
        var endedAt: Timestamp?
    }

    struct Job: Sendable {
        let name: String
        let stage: Int
        var legs: Range<Int>
        var state = JobState.waiting
        var reason: String?
    }

    struct Stage: Sendable {
        let name: String
        let jobs: Range<Int>
        let isPause: Bool
        let approvers: [String]
        var state = StageState.waiting
        var reason: String?
        var startedAt: Timestamp?
        var endedAt: Timestamp?
        var counts = Counts()
        /// In the order in which they began, so the slowest comes first.
        var running: [Item] = []
        /// In the order in which they failed.
        var failed: [Item] = []
    }

    var title = ""
    var number: Int64 = 0
    var phase = RunPhase.queued
    var reason: String?
    var startedAt: Timestamp?
    var endedAt: Timestamp?
    var currentStage: Int?
    var isCancelled = false
    /// What the run itself has to say, such as who decided.
    var note: String?
    var stages: [Stage] = []
    var jobs: [Job] = []
    var legs: [Leg] = []
    var counts = Counts()
    /// How many legs and jobs were looked at so far: what the commits have cost.
    private(set) var work = 0

    /// `stage.job[suffix]`, as other commands name it.
    func label(_ item: Item) -> String {
        switch item {
        case .leg(let leg):
            let job = jobs[legs[leg].job]
            return "\(stages[job.stage].name).\(job.name)\(legs[leg].suffix)"
        case .job(let job): return "\(stages[jobs[job].stage].name).\(jobs[job].name)"
        }
    }

    func stage(of item: Item) -> Int {
        switch item {
        case .leg(let leg): jobs[legs[leg].job].stage
        case .job(let job): jobs[job].stage
        }
    }

    func state(of item: Item) -> JobState {
        switch item {
        case .leg(let leg): legs[leg].state
        case .job(let job): jobs[job].state
        }
    }

    /// The items of a stage, in the order of its file; as many as the stage has, so for small ones.
    func items(of stage: Int) -> [Item] {
        stages[stage].jobs.flatMap { job in
            jobs[job].legs.isEmpty ? [Item.job(job)] : jobs[job].legs.map { Item.leg($0) }
        }
    }

    // MARK: Changes

    mutating func lay(out state: borrowing RunState) {
        jobs = state.plan.jobs.map {
            Job(name: $0.definition.name, stage: $0.stage, legs: 0..<0)
        }
        stages = state.plan.stages.map {
            Stage(
                name: $0.definition.name, jobs: $0.jobs, isPause: $0.definition.kind == .pause,
                approvers: $0.definition.approval?.approvers ?? [])
        }
        for job in jobs.indices { count(.waiting, in: jobs[job].stage, 1) }
        addLegs(state)
        // A run that is resumed has a past.
        for stage in stages.indices { refresh(stage: stage, state) }
        for job in jobs.indices { refresh(job: job, withLegs: true, at: nil, state) }
        if let creation = state.creation {
            number = creation.number
            title = "\(creation.workflow) · run \(creation.number)"
        }
    }

    /// Legs whose matrix was resolved since.
    mutating func addLegs(_ state: borrowing RunState) {
        while legs.count < state.plan.legs.count {
            let index = legs.count
            let job = state.plan.legs[index].job
            let range = state.plan.jobs[job].legs
            if jobs[job].legs.isEmpty {
                // The job's own line goes.
                move(.job(job), to: nil)
                jobs[job].legs = range
            }
            legs.append(Leg(job: job, suffix: state.plan.suffix(leg: index)))
            count(.waiting, in: jobs[job].stage, 1)
            work += 1
        }
    }

    mutating func refresh(stage: Int, _ state: borrowing RunState) {
        stages[stage].state = state.stages[stage].state
        stages[stage].reason = state.stages[stage].reason
        stages[stage].startedAt = state.stages[stage].startedAt
    }

    mutating func refresh(
        job: Int, withLegs: Bool, at time: Timestamp?, _ state: borrowing RunState
    ) {
        work += 1
        let found = state.jobs[job].state
        if jobs[job].legs.isEmpty, Group(found) != Group(jobs[job].state) {
            move(.job(job), to: Group(found))
        }
        jobs[job].state = found
        jobs[job].reason = state.jobs[job].reason
        guard withLegs else { return }
        for leg in jobs[job].legs { refresh(leg: leg, at: time, state) }
    }

    mutating func refresh(leg: Int, at time: Timestamp?, _ state: borrowing RunState) {
        work += 1
        let found = state.legs[leg]
        if Group(found.state) != Group(legs[leg].state) { move(.leg(leg), to: Group(found.state)) }
        let isNew = found.attempt > legs[leg].attempt
        legs[leg].state = found.state
        legs[leg].reason = found.reason
        legs[leg].attempt = found.attempt
        legs[leg].endedAt = found.endedAt
        legs[leg].startedAt = found.startedAt ?? (isNew ? time : legs[leg].startedAt)
    }

    /// Takes an item from its group to another one, or out of all.
    private mutating func move(_ item: Item, to group: Group?) {
        let stage = stage(of: item)
        let old = Group(state(of: item))
        count(old, in: stage, -1)
        switch old {
        case .running: Self.remove(item, from: &stages[stage].running)
        case .failed: Self.remove(item, from: &stages[stage].failed)
        default: break
        }
        guard let group else { return }
        count(group, in: stage, 1)
        switch group {
        case .running: stages[stage].running.append(item)
        case .failed: stages[stage].failed.append(item)
        default: break
        }
    }

    /// What runs is no more than there are slots, and what failed seldom runs again.
    private static func remove(_ item: Item, from list: inout [Item]) {
        if let index = list.lastIndex(of: item) { list.remove(at: index) }
    }

    private mutating func count(_ group: Group, in stage: Int, _ change: Int) {
        counts[group] += change
        stages[stage].counts[group] += change
    }
}
