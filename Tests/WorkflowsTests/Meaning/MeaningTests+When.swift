import Domain
import Testing
import Workflows

/// "`when`".
extension MeaningTests {
    @Test("`when` is evaluated once, when the job is ready, before any attempt, and is journalled")
    func once() throws {
        var run = try Timeline(
            Self.file(
                """
                  - name: one
                    jobs:
                      - {name: a, component: b}
                      - name: z
                        component: b
                        when: 1 == 1
                        shards: 3
                        retry: {attempts: 2, backoff: 1s, on: [failed]}
                """))
        run.attempts["one.z[1]"] = [.fails, Timeline.Attempt()]
        try run.run()
        #expect(run.state.phase == .succeeded)
        #expect(run.events.filter { $0.name == "condition-evaluated" }.count == 1)
        let ready = try #require(
            run.events.firstIndex { $0.name == "job-ready" && $0.job == 1 })
        let asked = try #require(run.events.firstIndex { $0.name == "condition-evaluated" })
        let begun = try #require(
            run.events.firstIndex { $0.name == "attempt-starting" && $0.leg != 0 })
        #expect(ready < asked && asked < begun)
        // Whoever takes over asks before the answer is recorded, and never again.
        var copy = RunState(plan: run.state.plan)
        for event in run.events[..<asked] { _ = try copy.apply(event, at: Timeline.start) }
        let asks = RunEffect.evaluateCondition(job: 1)
        #expect(copy.outstandingEffects(at: Timeline.start).contains(asks))
        _ = try copy.apply(run.events[asked], at: Timeline.start)
        #expect(!copy.outstandingEffects(at: Timeline.start).contains(asks))
    }

    @Test("`when` runs once a job, `before` and `after` once an attempt of each leg")
    func hooks() throws {
        var run = try Timeline(
            Self.job(
                ", when: 1 == 1, before: x(), after: y(), shards: 2, "
                    + "retry: {attempts: 2, backoff: 1s, on: [failed]}"))
        run.attempts["one.a[0]"] = [.fails, Timeline.Attempt()]
        try run.run()
        func legs(_ name: String) -> [String] {
            run.events.filter { $0.name == name }.compactMap(\.attempt)
                .map { "\($0.leg) \($0.number)" }.sorted()
        }
        #expect(run.events.filter { $0.name == "condition-evaluated" }.count == 1)
        #expect(legs("before-evaluated") == ["0 1", "0 2", "1 1"])
        // One that failed has nothing that `after` could judge.
        #expect(legs("after-evaluated") == ["0 2", "1 1"])
    }

    @Test("the outputs of a skipped job are absent")
    func absent() throws {
        var run = try Timeline(Self.job(", outputs: [X], when: 1 == 2"))
        run.conditions["one.a"] = .passed(false, log: [])
        try run.run()
        #expect(run.jobs() == ["one.a skipped", "two.z succeeded", "last.e succeeded"])
        #expect(run.state.output(job: 0, name: "X") == nil)
        #expect(run.state.outputs(upstreamOf: 1) == ["one.a": [:]])
    }

    @Test(
        "a consumer of a skipped job's artifact is skipped too, unless it is optional",
        arguments: [false, true])
    func consumers(isOptional: Bool) throws {
        var run = try Timeline(
            Self.file(
                """
                  - name: one
                    jobs: [{name: a, component: b, when: 1 == 2, produces: {x: x}}]
                  - name: two
                    jobs:
                      - name: z
                        component: b
                        consumes: {x: {from: one.a.x, optional: \(isOptional)}}
                """))
        run.conditions["one.a"] = .passed(false, log: [])
        try run.run()
        #expect(run.state.jobs[1].state == (isOptional ? .succeeded : .skipped))
        #expect(run.state.phase == .succeeded)
    }

    @Test("the jobs of a stage whose condition fails are skipped, and the stage has failed")
    func stageConditionFails() throws {
        var run = try Timeline(Self.job("", stage: "\n    when: nonsense()"))
        run.conditions["one"] = .failed("no", log: [])
        try run.run()
        #expect(run.jobs() == ["one.a skipped", "two.z skipped", "last.e succeeded"])
        #expect(run.state.phase == .failed)
    }
}
