import Domain
import Workflows

/// A workflow and all that happens to it: what its attempts do, what hooks and lists say, who
/// decides over its pauses, and when somebody cancels it. Times are microseconds.
struct ModelFlow {
    struct Attempt {
        let end: JobState
        /// Nil for one that never ends by itself.
        let takes: Int64?
    }

    /// What a condition says, and how long that takes.
    struct Condition {
        enum Answer: CaseIterable { case holds, isFalse, fails, errs }

        let answer: Answer
        let takes: Int64

        var outcome: HookOutcome {
            switch answer {
            case .holds: .passed(true, log: [])
            case .isFalse: .passed(false, log: [])
            case .fails: .failed("no", log: [])
            case .errs: .errored("lost", log: [])
            }
        }
    }

    /// The list that an upstream output holds, and how long it takes to read it.
    struct LateMatrix {
        /// Nil for what is no list.
        let count: Int?
        let takes: Int64
    }

    struct Consumed {
        /// `stage.job` of the maker.
        let key: String
        let isOptional: Bool
    }

    struct Job {
        let name: String
        /// It calls another workflow, which is one attempt of the job.
        var isCall = false
        var givesList = false
        var mayFail = false
        var condition: Condition?
        var matrix: Int?
        var late: LateMatrix?
        var shards: Int?
        /// Of each attempt.
        var timeout: Int64 = 3_600_000_000
        /// In total.
        var tries = 1
        var backoffMilliseconds: Int64 = 1000
        var causes: [RetryPolicy.Cause] = [.error]
        var consumed: Consumed?
        /// One list a leg.
        var attempts: [[Attempt]] = []

        /// What tells its legs apart, in their order; one empty text for a job of one leg.
        var suffixes: [String] {
            let values = (matrix ?? late?.count).map { (0..<$0).map { "[T_X=v\($0)]" } } ?? [""]
            guard let shards else { return values }
            return values.flatMap { value in (0..<shards).map { "\(value)[\($0)]" } }
        }
    }

    /// Somebody's word on a pause, so long after it began.
    struct Word {
        let actor: String
        let isApproval: Bool
        let after: Int64
    }

    struct Stage {
        enum Kind { case normal, pause, end }

        let name: String
        var kind = Kind.normal
        var isParallel = false
        var failsFast = false
        var condition: Condition?
        var timeout: Int64?
        var jobs: [Job] = []
        var approvals = 1
        var words: [Word] = []
    }

    var stages: [Stage]
    var timeout: Int64?
    /// In order.
    var cancels: [Int64] = []

    func stage(_ name: String) -> Stage? { stages.first { $0.name == name } }

    /// By `stage.job`.
    func job(_ key: String) -> Job? {
        for stage in stages {
            for job in stage.jobs where "\(stage.name).\(job.name)" == key { return job }
        }
        return nil
    }
}

// MARK: - As a file

extension ModelFlow {
    /// What jobs call.
    static let called =
        "slipway: 1\nname: called\nstages: [{name: s, jobs: [{name: j, component: b}]}]\n"

    var text: String {
        var text = "slipway: 1\nname: demo\n"
        if let timeout { text += "timeout: \(timeout / 1000)ms\n" }
        return text + "stages:\n" + stages.map(\.text).joined()
    }
}

extension ModelFlow.Stage {
    fileprivate var text: String {
        var text = "  - name: \(name)\n"
        if let timeout { text += "    timeout: \(timeout / 1000)ms\n" }
        if condition != nil { text += "    when: 1 == 1\n" }
        if kind == .pause { return text + "    type: pause\n    approvals: \(approvals)\n" }
        if kind == .end { text += "    type: end\n" }
        if isParallel { text += "    run: parallel\n" }
        if failsFast { text += "    fail-fast: true\n" }
        return text + "    jobs:\n" + jobs.map { "      - {\($0.text)}\n" }.joined()
    }
}

extension ModelFlow.Job {
    fileprivate var text: String {
        var parts = ["name: \(name)", "timeout: \(timeout / 1000)ms"]
        parts += isCall ? ["workflow: called.yaml"] : ["component: b", "produces: {x: x}"]
        if givesList { parts.append("outputs: [L]") }
        if mayFail { parts.append("allow-failure: true") }
        if condition != nil { parts.append("when: 1 == 1") }
        if let matrix {
            let values = (0..<matrix).map { "v\($0)" }.joined(separator: ", ")
            parts.append("matrix: {T_X: [\(values)]}")
        }
        if late != nil { parts.append("matrix: {T_X: \"${lists.make.L}\"}") }
        if let shards { parts.append("shards: \(shards)") }
        if tries > 1 {
            let names = causes.map(\.rawValue).joined(separator: ", ")
            parts.append(
                "retry: {attempts: \(tries), backoff: \(backoffMilliseconds)ms, on: [\(names)]}")
        }
        if let consumed {
            parts.append(
                "consumes: {x: {from: \(consumed.key).x, optional: \(consumed.isOptional)}}")
        }
        return parts.joined(separator: ", ")
    }
}

// MARK: - Smaller ones

extension ModelFlow {
    /// The same flow with one thing less, in every way that leaves a sound file.
    var smaller: [ModelFlow] {
        var found: [ModelFlow] = []
        for index in cancels.indices {
            var flow = self
            flow.cancels.remove(at: index)
            found.append(flow)
        }
        if timeout != nil {
            var flow = self
            flow.timeout = nil
            found.append(flow)
        }
        // The first stage gives the lists that others need.
        for stage in stages.indices.dropFirst() {
            let keys = stages[stage].jobs.map { "\(stages[stage].name).\($0.name)" }
            if !keys.contains(where: isConsumed) {
                var flow = self
                flow.stages.remove(at: stage)
                found.append(flow)
            }
            guard stages[stage].jobs.count > 1 else { continue }
            for job in keys.indices where !isConsumed(keys[job]) {
                var flow = self
                flow.stages[stage].jobs.remove(at: job)
                found.append(flow)
            }
        }
        return found
    }

    private func isConsumed(_ key: String) -> Bool {
        stages.contains { $0.jobs.contains { $0.consumed?.key == key } }
    }
}
