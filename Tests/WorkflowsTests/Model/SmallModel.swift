import Domain
import Workflows

/// The rules of order and failure, retries, limits, pauses and stops once more (DESIGN §2,
/// "Meaning"), told by time instead of by event: what would happen by itself, and what a stop
/// cuts off. It shares no code with the machine but the dice of a retry's jitter.
struct SmallModel {
    /// Why jobs were cut off. `told`: by somebody, or by the limit of end stages.
    enum Stop { case failFast, overdue, told }

    private enum Cause { case cancel, stageLimit, runLimit, endLimit }

    private let flow: ModelFlow
    /// Where a leg stands in the plan: the jitter of its retries depends on it.
    private let place: (String) -> Int
    private(set) var now: Int64 = 0
    private(set) var jobs: [String: JobState] = [:]
    private(set) var stages: [StageState] = []
    private(set) var attempts: [String: Int] = [:]
    private var worst: RunPhase?
    private var isCancelled = false
    private var endsAtOnce = false
    private var deadline: Int64?
    private var endDeadline: Int64?
    private var cancels: [Int64]

    init(_ flow: ModelFlow, place: @escaping (String) -> Int) {
        self.flow = flow
        self.place = place
        deadline = flow.timeout
        cancels = flow.cancels
    }

    var verdict: RunPhase { isCancelled ? .cancelled : worst ?? .succeeded }

    mutating func play() {
        for stage in flow.stages {
            let isDue = stage.kind == .end ? !endsAtOnce : !isCancelled && worst == nil
            if !isDue {
                settle(stage, .skipped)
            } else if stage.kind == .pause {
                wait(stage)
            } else {
                play(stage)
            }
        }
    }

    /// The stage has ended; what it never came to was skipped.
    private mutating func settle(_ stage: ModelFlow.Stage, _ state: StageState) {
        stages.append(state)
        for job in stage.jobs where jobs["\(stage.name).\(job.name)"] == nil {
            jobs["\(stage.name).\(job.name)"] = .skipped
        }
        guard stage.kind != .end else { return }
        if state == .errored { worst = .errored }
        if state == .failed { worst = .failed }
    }

    // MARK: Pauses

    private mutating func wait(_ stage: ModelFlow.Stage) {
        var ends: [(time: Int64, state: StageState)] = []
        if let limit = stage.timeout { ends.append((now + limit, .failed)) }
        if let cancel = cancels.first { ends.append((cancel, .cancelled)) }
        var heard: Set<String> = []
        for word in stage.words.sorted(by: { $0.after < $1.after }) {
            // Nobody counts twice.
            guard heard.insert(word.actor).inserted else { continue }
            if !word.isApproval { ends.append((now + word.after, .failed)) }
            if word.isApproval, heard.count >= stage.approvals {
                ends.append((now + word.after, .succeeded))
            }
            if !word.isApproval { break }
        }
        guard let end = ends.min(by: { $0.time < $1.time }) else { return }
        if end.state == .cancelled {
            cancels.removeFirst()
            isCancelled = true
        }
        // The run's clock stands still meanwhile.
        deadline = deadline.map { $0 + end.time - now }
        now = end.time
        settle(stage, end.state)
    }

    // MARK: Stages with jobs

    private mutating func play(_ stage: ModelFlow.Stage) {
        let isEnd = stage.kind == .end
        if isEnd, endDeadline == nil { endDeadline = now + 600_000_000 }
        let limit = stage.timeout.map { now + $0 }
        if let condition = stage.condition {
            let answer = now + condition.takes
            var stop: Stop?
            for found in stops(limit, isEnd) where found.time < answer {
                let new = take(found.cause, isEnd)
                stop = stop == .overdue ? stop : new
            }
            now = answer
            if let stop { return settle(stage, stop == .overdue ? .failed : .cancelled) }
            switch condition.answer {
            case .holds: break
            case .isFalse: return settle(stage, .skipped)
            case .fails: return settle(stage, .failed)
            case .errs: return settle(stage, .errored)
            }
        }
        let first = stops(limit, isEnd).first
        let stop =
            stage.isParallel
            ? playParallel(stage, first, isEnd) : playSequence(stage, first, isEnd)
        settle(stage, state(stage, stop, isEnd))
    }

    private func stops(_ limit: Int64?, _ isEnd: Bool) -> [(time: Int64, cause: Cause)] {
        var found = cancels.map { (time: $0, cause: Cause.cancel) }
        if let limit { found.append((limit, .stageLimit)) }
        if isEnd, let endDeadline { found.append((endDeadline, .endLimit)) }
        if !isEnd, let deadline { found.append((deadline, .runLimit)) }
        return found.sorted { $0.time < $1.time }
    }

    /// What a stop means for the run, and for the jobs that it cuts off.
    private mutating func take(_ cause: Cause, _ isEnd: Bool) -> Stop {
        switch cause {
        case .stageLimit, .runLimit: return .overdue
        case .endLimit: endsAtOnce = true
        case .cancel:
            cancels.removeFirst()
            // A second one ends end stages too; in an end stage there is nothing else to end.
            if isEnd || isCancelled { endsAtOnce = true }
            if !isEnd { isCancelled = true }
        }
        return .told
    }

    private mutating func playSequence(
        _ stage: ModelFlow.Stage, _ first: (time: Int64, cause: Cause)?, _ isEnd: Bool
    ) -> Stop? {
        var stop: Stop?
        var isBlocked = false
        for job in stage.jobs {
            let key = "\(stage.name).\(job.name)"
            if stop != nil || isBlocked {
                jobs[key] = isBlocked ? .skipped : .cancelled
                continue
            }
            let course = course(of: job, key)
            if let first, first.time < course.end {
                let new = take(first.cause, isEnd)
                note(course, key, cutAt: first.time, new)
                now = first.time
                stop = new
            } else {
                note(course, key)
                now = course.end
                isBlocked = job.isHindering(course.state)
            }
        }
        return stop
    }

    private mutating func playParallel(
        _ stage: ModelFlow.Stage, _ first: (time: Int64, cause: Cause)?, _ isEnd: Bool
    ) -> Stop? {
        let courses = stage.jobs.map { job in
            let key = "\(stage.name).\(job.name)"
            return (key: key, job: job, course: course(of: job, key))
        }
        let natural = courses.map(\.course.end).max() ?? now
        var end = natural
        var stop: Stop?
        let failures = courses.compactMap { $0.course.firstFailure(of: $0.job) }
        if stage.failsFast, let failure = failures.min() {
            end = failure
            stop = .failFast
        }
        if let first, first.time < end {
            end = first.time
            stop = take(first.cause, isEnd)
        }
        for (key, _, course) in courses {
            if let stop, course.end > end {
                note(course, key, cutAt: end, stop)
            } else {
                note(course, key)
            }
        }
        now = min(natural, end)
        return stop
    }

    /// The strongest of its jobs; those that were cancelled do not count.
    private func state(_ stage: ModelFlow.Stage, _ stop: Stop?, _ isEnd: Bool) -> StageState {
        let ends = stage.jobs.compactMap { job -> JobState? in
            let state = jobs["\(stage.name).\(job.name)"] ?? .skipped
            return state != .cancelled && job.isHindering(state) ? state : nil
        }
        if ends.contains(.errored) { return .errored }
        if !ends.isEmpty || stop == .overdue { return .failed }
        return stop == .told ? .cancelled : .succeeded
    }

    private mutating func note(_ course: Course, _ key: String) {
        jobs[key] = course.state
        for leg in course.legs { attempts[leg.label] = leg.begins.count }
    }

    private mutating func note(_ course: Course, _ key: String, cutAt time: Int64, _ stop: Stop) {
        jobs[key] = course.state(cutAt: time, stop)
        for leg in course.legs {
            let begun = leg.begins.filter { $0 <= time }.count
            if begun > 0 { attempts[leg.label] = begun }
        }
    }

    // MARK: Jobs

    /// What a job does from now on, when nothing stops it.
    private func course(of job: ModelFlow.Job, _ key: String) -> Course {
        var start = now
        if let condition = job.condition {
            start += condition.takes
            switch condition.answer {
            case .holds: break
            case .isFalse: return Course(.skipped, at: start)
            case .fails: return Course(.failed, at: start)
            case .errs: return Course(.errored, at: start)
            }
        }
        if let consumed = job.consumed, !consumed.isOptional, jobs[consumed.key] == .skipped {
            return Course(.skipped, at: start)
        }
        if let late = job.late {
            start += late.takes
            guard let count = late.count else { return Course(.failed, at: start) }
            if count == 0 { return Course(.skipped, at: start) }
        }
        return Course(
            legs: zip(job.suffixes, job.attempts).map { suffix, attempts in
                leg(job, key + suffix, attempts, from: start)
            })
    }

    private func leg(
        _ job: ModelFlow.Job, _ label: String, _ attempts: [ModelFlow.Attempt],
        from start: Int64
    ) -> Course.Leg {
        var begins = [start]
        while true {
            let number = begins.count
            let attempt = attempts[number - 1]
            let isLate = attempt.takes.map { $0 > job.timeout } ?? true
            let state = isLate ? JobState.timedOut : attempt.end
            let end = begins[number - 1] + (isLate ? job.timeout : attempt.takes ?? 0)
            guard number < job.tries, job.isTriedAgain(after: state) else {
                return Course.Leg(label: label, begins: begins, end: end, state: state)
            }
            begins.append(end + pause(job, label, after: number))
        }
    }

    /// Doubled each time, ten minutes at most, a quarter more or less.
    private func pause(_ job: ModelFlow.Job, _ label: String, after number: Int) -> Int64 {
        let whole = min(600_000, job.backoffMilliseconds << Int64(number - 1))
        let dice = Seed.of("\(ModelRun.id.text) \(place(label)) \(number)") % 1000
        return (whole - whole / 4 + whole / 2 * Int64(dice) / 1000) * 1000
    }
}

extension ModelFlow.Job {
    /// Whether a job, or a leg of it, that ends so is a failure for the others.
    func isHindering(_ state: JobState) -> Bool {
        switch state {
        case .succeeded, .skipped: false
        case .failed, .timedOut: !mayFail
        default: true
        }
    }

    func isTriedAgain(after state: JobState) -> Bool {
        switch state {
        case .errored: causes.contains(.error)
        case .failed: causes.contains(.failed)
        case .timedOut: causes.contains(.timeout)
        default: false
        }
    }
}
