import TestSupport
import Workflows

/// Makes random flows. No two things of a flow happen at one moment, but for legs of one job, so
/// that which of them comes first is never a matter of the engine's own order.
struct ModelMaker {
    private var random: SeededGenerator
    private var limits: Set<Int64> = []
    /// `stage.job` of all jobs so far that leave an artifact.
    private var makers: [String] = []

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
    }

    mutating func flow() -> ModelFlow {
        var make = ModelFlow.Job(name: "make")
        make.givesList = true
        make.timeout = limit(100...200)
        make.attempts = [[ModelFlow.Attempt(end: .succeeded, takes: time(1...5))]]
        var stages = [ModelFlow.Stage(name: "lists", jobs: [make])]
        for index in 1...count(1...4) {
            stages.append(chance(1, of: 5) ? pause("p\(index)") : stage("s\(index)", .normal))
        }
        for index in 0..<count(0...2) { stages.append(stage("e\(index)", .end)) }
        var flow = ModelFlow(stages: stages)
        if chance(1, of: 4) { flow.timeout = limit(50...600) }
        if chance(1, of: 3) {
            flow.cancels = (0..<count(1...2)).map { _ in time(1...500) }.sorted()
        }
        return flow
    }

    private mutating func pause(_ name: String) -> ModelFlow.Stage {
        var stage = ModelFlow.Stage(name: name, kind: .pause)
        stage.timeout = limit(5...200)
        stage.approvals = count(1...2)
        let names = ["ada", "bob", "cyd"]
        stage.words = (0..<count(0...4)).map { _ in
            ModelFlow.Word(
                actor: names[count(0...2)], isApproval: chance(4, of: 5), after: time(1...250))
        }
        return stage
    }

    private mutating func stage(
        _ name: String, _ kind: ModelFlow.Stage.Kind
    ) -> ModelFlow.Stage {
        var stage = ModelFlow.Stage(name: name, kind: kind)
        stage.isParallel = chance(1, of: 2)
        stage.failsFast = stage.isParallel && chance(1, of: 2)
        if chance(1, of: 5) { stage.condition = condition() }
        if chance(1, of: 5) { stage.timeout = limit(20...300) }
        var own: [String] = []
        for index in 0..<count(1...4) {
            // Jobs of one parallel stage do not see each other.
            let visible = makers + (stage.isParallel ? [] : own)
            let job = job("j\(index)", visible)
            if !job.isCall { own.append("\(name).\(job.name)") }
            stage.jobs.append(job)
        }
        makers += own
        return stage
    }

    private mutating func job(_ name: String, _ visible: [String]) -> ModelFlow.Job {
        var job = ModelFlow.Job(name: name)
        job.isCall = chance(1, of: 8)
        job.mayFail = chance(1, of: 4)
        job.timeout = limit(20...150)
        if chance(1, of: 4) { job.condition = condition() }
        switch count(0...7) {
        case 0: job.matrix = count(1...3)
        case 1:
            let size = count(0...4)
            job.late = ModelFlow.LateMatrix(count: size == 4 ? nil : size, takes: moment())
        default: break
        }
        if chance(1, of: 6) { job.shards = count(1...2) }
        if chance(1, of: 2) {
            job.tries = count(2...3)
            job.backoffMilliseconds = Int64(count(100...20_000))
            job.causes = RetryPolicy.Cause.allCases.filter { _ in chance(1, of: 2) }
            if job.causes.isEmpty { job.causes = [.error] }
        }
        if !job.isCall, !visible.isEmpty, chance(1, of: 4) {
            job.consumed = ModelFlow.Consumed(
                key: visible[count(0...visible.count - 1)], isOptional: chance(1, of: 3))
        }
        job.attempts = job.suffixes.map { _ in (0..<job.tries).map { _ in attempt() } }
        return job
    }

    private mutating func attempt() -> ModelFlow.Attempt {
        let ends: [JobState] = [.succeeded, .succeeded, .succeeded, .failed, .errored]
        return ModelFlow.Attempt(
            end: ends[count(0...4)], takes: chance(1, of: 15) ? nil : time(1...180))
    }

    private mutating func condition() -> ModelFlow.Condition {
        // It holds more often than not.
        let answers: [ModelFlow.Condition.Answer] = [
            .holds, .holds, .holds, .isFalse, .isFalse, .fails, .errs,
        ]
        return ModelFlow.Condition(answer: answers[count(0...6)], takes: moment())
    }

    // MARK: Numbers

    private mutating func count(_ range: ClosedRange<Int>) -> Int {
        Int.random(in: range, using: &random)
    }

    private mutating func chance(_ part: Int, of whole: Int) -> Bool {
        count(1...whole) <= part
    }

    /// A limit of the file: whole milliseconds, each once in a flow.
    private mutating func limit(_ seconds: ClosedRange<Int64>) -> Int64 {
        while true {
            let milliseconds = Int64.random(
                in: seconds.lowerBound * 1000...seconds.upperBound * 1000, using: &random)
            if limits.insert(milliseconds).inserted { return milliseconds * 1000 }
        }
    }

    /// Never whole milliseconds, so that it meets no limit.
    private mutating func time(_ seconds: ClosedRange<Int64>) -> Int64 {
        let whole = Int64.random(
            in: seconds.lowerBound * 1000...seconds.upperBound * 1000, using: &random)
        return whole * 1000 + Int64.random(in: 1...999, using: &random)
    }

    /// What a hook takes.
    private mutating func moment() -> Int64 {
        Int64.random(in: 1...2_000_000, using: &random)
    }
}
