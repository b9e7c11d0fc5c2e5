import Domain
import OCI
import Runs
import Workflows

/// What many runs say together. Runs are added one by one, newest first, and none is kept.
struct RunStatistics {
    struct Job {
        let key: String
        var durations = Samples()
        var succeeded = 0
        var failed = 0
        /// Legs that succeeded only after another attempt.
        var rescued = 0
        /// What was run (definition and source) → how it ended there.
        fileprivate var outcomes: [Int: (succeeded: Bool, failed: Bool)] = [:]

        /// How often it both succeeded and failed on the same definition and source.
        var contradictions: Int {
            outcomes.values.filter { $0.succeeded && $0.failed }.count
        }

        var isFlaky: Bool { rescued > 0 || contradictions > 0 }
    }

    private(set) var phases: [RunPhase: Int] = [:]
    private(set) var durations = Samples()
    /// Milliseconds, newest first.
    private(set) var recent: [Int64] = []
    private(set) var jobs: [String: Job] = [:]
    private(set) var reasons: [String: Int] = [:]
    private(set) var oldest: Timestamp?
    private(set) var newest: Timestamp?
    /// Jobs and reasons beyond these limits are left out.
    private(set) var isCut = false
    private var identities: [String: Int] = [:]

    static let jobLimit = 20_000
    static let reasonLimit = 1000
    static let recentLimit = 200
    private static let reasonLength = 120

    var count: Int { phases.values.reduce(0, +) }

    /// Of the runs that nobody cancelled; nil without any.
    var successRate: Double? {
        let succeeded = phases[.succeeded, default: 0]
        let judged = succeeded + phases[.failed, default: 0] + phases[.errored, default: 0]
        return judged == 0 ? nil : Double(succeeded) / Double(judged)
    }

    mutating func add(_ state: RunState) {
        guard state.phase.isFinal, let creation = state.creation else { return }
        phases[state.phase, default: 0] += 1
        if let start = state.startedAt, let end = state.endedAt {
            let milliseconds = max(0, end.since(start).milliseconds)
            durations.add(milliseconds)
            if recent.count < Self.recentLimit { recent.append(milliseconds) }
            oldest = min(oldest ?? start, start)
            newest = max(newest ?? start, start)
        }
        let source = creation.source?.digest.description ?? "-"
        let identity = identity(of: "\(creation.definition) \(source)")
        for job in state.jobs.indices { add(job, state, identity) }
        if state.phase == .failed || state.phase == .errored, let reason = state.reason {
            add(reason)
        }
    }

    private mutating func identity(of text: String) -> Int {
        if let known = identities[text] { return known }
        identities[text] = identities.count
        return identities.count - 1
    }

    /// What an earlier run did was counted there.
    private mutating func add(_ index: Int, _ state: RunState, _ identity: Int) {
        let progress = state.jobs[index]
        guard progress.reused == nil else { return }
        let hasSucceeded: Bool
        switch progress.state {
        case .succeeded: hasSucceeded = true
        case .failed, .errored, .timedOut: hasSucceeded = false
        case .waiting, .ready, .starting, .running, .skipped, .cancelled: return
        }
        let planned = state.plan.jobs[index]
        guard jobs[planned.key] != nil || jobs.count < Self.jobLimit else {
            isCut = true
            return
        }
        var job = jobs[planned.key] ?? Job(key: planned.key)
        // So that it is changed in place.
        jobs[planned.key] = nil
        if hasSucceeded { job.succeeded += 1 } else { job.failed += 1 }
        var outcome = job.outcomes[identity] ?? (succeeded: false, failed: false)
        if hasSucceeded { outcome.succeeded = true } else { outcome.failed = true }
        job.outcomes[identity] = outcome
        for leg in planned.legs {
            let found = state.legs[leg]
            if found.state == .succeeded, found.attempt > 1 { job.rescued += 1 }
            guard let start = found.startedAt, let end = found.endedAt else { continue }
            job.durations.add(max(0, end.since(start).milliseconds))
        }
        jobs[planned.key] = job
    }

    private mutating func add(_ reason: String) {
        let text = Shown.line(reason, width: Self.reasonLength)
        guard reasons[text] != nil || reasons.count < Self.reasonLimit else {
            isCut = true
            return
        }
        reasons[text, default: 0] += 1
    }

    // MARK: Answers

    /// By their 95th percentile.
    var slowest: [Job] {
        jobs.values.filter { $0.durations.count > 0 }.sorted { left, right in
            let times = (left.durations.percentile(95) ?? 0, right.durations.percentile(95) ?? 0)
            return times.0 == times.1 ? left.key < right.key : times.0 > times.1
        }
    }

    var flaky: [Job] {
        jobs.values.filter(\.isFlaky).sorted { left, right in
            let counts = (
                left.contradictions + left.rescued, right.contradictions + right.rescued
            )
            return counts.0 == counts.1 ? left.key < right.key : counts.0 > counts.1
        }
    }

    var commonReasons: [(text: String, count: Int)] {
        reasons.map { (text: $0.key, count: $0.value) }.sorted {
            $0.count == $1.count ? $0.text < $1.text : $0.count > $1.count
        }
    }
}
