import Domain
import Testing
import Workflows

/// "Order and failure".
extension MeaningTests {
    @Test("retries are over before a failure propagates")
    func retriesBeforePropagation() throws {
        var run = try Timeline(
            Self.file(
                """
                  - name: one
                    jobs:
                      - {name: a, component: b, retry: {attempts: 2, backoff: 1s, on: [failed]}}
                      - {name: c, component: b}
                """))
        run.attempts["one.a"] = [.fails, Timeline.Attempt()]
        try run.run()
        #expect(run.jobs() == ["one.a succeeded", "one.c succeeded"])
        #expect(run.state.legs[0].attempt == 2)
        let ended = try #require(
            run.events.lastIndex { $0.name == "attempt-ended" && $0.leg == 0 })
        let next = try #require(run.events.firstIndex { $0.name == "job-ready" && $0.job == 1 })
        #expect(ended < next)
    }

    @Test("after a stage that did not succeed normal and pause stages are skipped; end stages run")
    func later() throws {
        var run = try Timeline(
            Self.file(
                """
                  - {name: one, jobs: [{name: a, component: b}]}
                  - {name: gate, type: pause}
                  - {name: two, jobs: [{name: z, component: b}]}
                  - {name: last, type: end, jobs: [{name: e, component: b}]}
                  - {name: very-last, type: end, jobs: [{name: f, component: b}]}
                """))
        run.attempts["one.a"] = [.fails]
        run.attempts["last.e"] = [.fails]
        try run.run()
        #expect(
            run.state.stages.map(\.state) == [.failed, .skipped, .skipped, .failed, .succeeded])
        #expect(
            run.jobs() == [
                "one.a failed", "two.z skipped", "last.e failed", "very-last.f succeeded",
            ])
        #expect(run.state.phase == .failed)
    }

    @Test(
        "an allowed failure counts as success for order, fail-fast and verdict",
        arguments: [JobState.failed, .timedOut])
    func allowed(end: JobState) throws {
        var run = try Timeline(
            Self.file(
                """
                  - name: one
                    run: parallel
                    fail-fast: true
                    jobs:
                      - {name: a, component: b, timeout: 5s, allow-failure: true}
                      - {name: c, component: b}
                  - name: two
                    jobs:
                      - {name: y, component: b, timeout: 5s, allow-failure: true}
                      - {name: z, component: b}
                """))
        run.attempts["one.a"] = [Self.attempt(end)]
        run.attempts["one.c"] = [Timeline.Attempt(takes: .seconds(60))]
        run.attempts["two.y"] = [Self.attempt(end)]
        try run.run()
        #expect(
            run.jobs() == [
                "one.a \(end.rawValue)", "one.c succeeded", "two.y \(end.rawValue)",
                "two.z succeeded",
            ])
        #expect(run.state.phase == .succeeded)
        #expect(run.state.stages.map(\.state) == [.succeeded, .succeeded])
    }

    @Test(
        "a job takes the strongest state of its legs",
        arguments: [
            ([.succeeded, .failed, .errored], .errored),
            ([.errored, .timedOut, .failed], .errored),
            ([.succeeded, .timedOut, .failed], .failed),
            ([.succeeded, .timedOut, .succeeded], .timedOut),
            ([.succeeded, .succeeded, .succeeded], .succeeded),
        ] as [([JobState], JobState)])
    func strongest(legs: [JobState], job: JobState) throws {
        var run = try Timeline(Self.job(", shards: 3, timeout: 9s"))
        for (index, end) in legs.enumerated() {
            run.attempts["one.a[\(index)]"] = [Self.attempt(end)]
        }
        try run.run()
        #expect(run.state.legs.prefix(3).map(\.state) == legs)
        #expect(run.state.jobs[0].state == job)
    }

    @Test(
        "the verdict of a run is the strongest of cancelled, errored, failed, succeeded",
        arguments: [
            ([.failed, .errored], false, .errored), ([.timedOut, .succeeded], false, .failed),
            ([.succeeded, .succeeded], false, .succeeded), ([.errored, .failed], true, .cancelled),
        ] as [([JobState], Bool, RunPhase)])
    func verdict(ends: [JobState], isCancelled: Bool, phase: RunPhase) throws {
        var run = try Timeline(
            Self.file(
                """
                  - name: one
                    run: parallel
                    jobs:
                      - {name: a, component: b, timeout: 5s}
                      - {name: c, component: b, timeout: 5s}
                      - {name: d, component: b}
                """))
        run.attempts["one.a"] = [Self.attempt(ends[0])]
        run.attempts["one.c"] = [Self.attempt(ends[1])]
        run.attempts["one.d"] = [Timeline.Attempt(takes: .seconds(60))]
        if isCancelled { run.acts = [(.seconds(30), .cancelRequested(actor: "me", reason: ""))] }
        try run.run()
        #expect(run.state.phase == phase)
    }

    @Test("fail-fast is off unless the stage says so")
    func failFastDefault() throws {
        let plan = try Self.plan(
            Self.file("  - {name: one, run: parallel, jobs: [{name: a, component: b}]}"))
        #expect(!plan.stages[0].definition.failFast)
    }
}
