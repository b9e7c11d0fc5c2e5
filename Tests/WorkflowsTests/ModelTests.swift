import Domain
import TestSupport
import Testing
import Workflows

/// Random workflows with random outcomes, held against a second, much smaller telling of the rules
/// of order and failure (DESIGN §2, "Meaning").
struct ModelTests {
    struct Job {
        let name: String
        /// How its attempts end, in order.
        let ends: [JobState]
        let seconds: Int
        let mayFail: Bool
        let attempts: Int
        let isSkipped: Bool

        /// The state in which it ends when nothing stops it.
        var own: JobState {
            if isSkipped { return .skipped }
            for end in ends.prefix(attempts) where end == .succeeded { return end }
            return ends[min(attempts, ends.count) - 1]
        }

        var hinders: Bool {
            switch own {
            case .succeeded, .skipped: false
            case .failed: !mayFail
            default: true
            }
        }
    }

    struct Stage {
        let name: String
        let isParallel: Bool
        let failsFast: Bool
        let isEnd: Bool
        let jobs: [Job]
    }

    private static func stages(_ random: inout SeededGenerator) -> [Stage] {
        let count = Int.random(in: 1...4, using: &random)
        var seconds = Array(1...200).shuffled(using: &random)
        return (0..<count).map { index in
            let isParallel = Bool.random(using: &random)
            let failsFast = isParallel && Bool.random(using: &random)
            let isEnd = index == count - 1 && Bool.random(using: &random)
            let jobs = (0..<Int.random(in: 1...5, using: &random)).map { job in
                // With fail-fast the moment counts, and the pause before a retry has jitter.
                let attempts = failsFast ? 1 : Int.random(in: 1...3, using: &random)
                let choices: [JobState] = [.succeeded, .succeeded, .failed, .errored]
                return Job(
                    name: "j\(job)",
                    ends: (0..<attempts).map { _ in choices[Int.random(in: 0..<4, using: &random)]
                    },
                    seconds: seconds.removeLast(), mayFail: Bool.random(using: &random),
                    attempts: attempts, isSkipped: Int.random(in: 0..<6, using: &random) == 0)
            }
            return Stage(
                name: "s\(index)", isParallel: isParallel, failsFast: failsFast, isEnd: isEnd,
                jobs: jobs)
        }
    }

    private static func text(_ stages: [Stage]) -> String {
        var text = "slipway: 1\nname: demo\nstages:\n"
        for stage in stages {
            text +=
                "  - name: \(stage.name)\n    run: \(stage.isParallel ? "parallel" : "sequence")\n"
            if stage.isEnd { text += "    type: end\n" }
            if stage.failsFast { text += "    fail-fast: true\n" }
            text += "    jobs:\n"
            for job in stage.jobs {
                text += "      - {name: \(job.name), component: b, allow-failure: \(job.mayFail)"
                text += ", when: 1 == 1, retry: {attempts: \(job.attempts), on: [error, failed]}}\n"
            }
        }
        return text
    }

    /// The rules once more: the state of each job, and the verdict.
    private static func model(_ stages: [Stage]) -> (jobs: [String], verdict: RunPhase) {
        var jobs: [String] = []
        var worst = 0
        for stage in stages {
            let states =
                worst > 0 && !stage.isEnd
                ? stage.jobs.map { _ in JobState.skipped } : Self.states(stage)
            jobs += zip(stage.jobs, states).map { "\(stage.name).\($0.name) \($1.rawValue)" }
            guard !stage.isEnd else { continue }
            for (job, state) in zip(stage.jobs, states) where job.hinders {
                worst = max(worst, state == .errored ? 2 : state == .failed ? 1 : 0)
            }
        }
        return (jobs, [.succeeded, .failed, .errored][worst])
    }

    private static func states(_ stage: Stage) -> [JobState] {
        if !stage.isParallel {
            var isBlocked = false
            return stage.jobs.map { job in
                if isBlocked { return .skipped }
                isBlocked = job.hinders
                return job.own
            }
        }
        guard stage.failsFast else { return stage.jobs.map(\.own) }
        let first = stage.jobs.filter(\.hinders).map(\.seconds).min() ?? Int.max
        return stage.jobs.map { job in
            job.isSkipped || job.seconds <= first ? job.own : .cancelled
        }
    }

    @Test("the machine and the small model agree", arguments: 0..<40)
    func agrees(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<25 {
            let stages = Self.stages(&random)
            var run = try Timeline(Self.text(stages))
            for stage in stages {
                for job in stage.jobs {
                    let key = "\(stage.name).\(job.name)"
                    run.conditions[key] = .passed(.boolean(!job.isSkipped), log: [])
                    run.attempts[key] = job.ends.map {
                        Timeline.Attempt(state: $0, takes: .milliseconds(100 * job.seconds))
                    }
                }
            }
            try run.run()
            let expected = Self.model(stages)
            #expect(run.jobs() == expected.jobs, "seed \(seed): \(Self.text(stages))")
            #expect(run.state.phase == expected.verdict, "seed \(seed): \(Self.text(stages))")
        }
    }
}
