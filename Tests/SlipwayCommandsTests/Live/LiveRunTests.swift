import Domain
import TestSupport
import Testing
import Workflows

@testable import Runs
@testable import SlipwayCommands

/// The model keeps its counts as the events go by.
struct LiveRunTests {
    /// What the counts and lists must be, by looking at everything.
    private func check(
        _ run: LiveRun, _ state: RunState, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        for stage in run.stages.indices {
            var counts = LiveRun.Counts()
            var (running, failed) = (Set<LiveRun.Item>(), Set<LiveRun.Item>())
            for job in state.plan.stages[stage].jobs {
                let legs = state.plan.jobs[job].legs
                let items =
                    legs.isEmpty
                    ? [(LiveRun.Item.job(job), state.jobs[job].state)]
                    : legs.map { (LiveRun.Item.leg($0), state.legs[$0].state) }
                for (item, itemState) in items {
                    counts[LiveRun.Group(itemState)] += 1
                    if LiveRun.Group(itemState) == .running { running.insert(item) }
                    if LiveRun.Group(itemState) == .failed { failed.insert(item) }
                }
            }
            #expect(run.stages[stage].counts == counts, sourceLocation: sourceLocation)
            #expect(Set(run.stages[stage].running) == running, sourceLocation: sourceLocation)
            #expect(Set(run.stages[stage].failed) == failed, sourceLocation: sourceLocation)
            #expect(run.stages[stage].running.count == running.count)
            #expect(run.stages[stage].failed.count == failed.count)
            #expect(run.stages[stage].state == state.stages[stage].state)
        }
        #expect(run.counts.total == run.stages.reduce(0) { $0 + $1.counts.total })
        #expect(run.phase == state.phase)
    }

    @Test(
        "counts and lists are what the state says, whatever happens",
        arguments: 0..<60 as Range<UInt64>)
    func random(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let text =
            seed % 3 == 0 ? LiveFixture.five : seed % 3 == 1 ? LiveFixture.large(30) : Self.dynamic
        var fixture = try LiveFixture(text)
        var steps = 0
        while !fixture.state.phase.isFinal, steps < 500 {
            steps += 1
            fixture.seconds += 1
            try step(&fixture, &random)
            check(fixture.view.run, fixture.state)
        }
        #expect(fixture.state.phase.isFinal)
    }

    private static let dynamic = """
        slipway: 1
        name: demo
        stages:
          - {name: list, jobs: [{name: make, component: b, outputs: [L]}]}
          - name: each
            run: parallel
            jobs:
              - {name: one, component: b, matrix: {T_X: "${list.make.L}"}}
              - {name: two, component: b, shards: 3}
          - {name: last, type: end, jobs: [{name: tell, component: b}]}
        """

    /// Something that may happen now.
    private func step(_ fixture: inout LiveFixture, _ random: inout SeededGenerator) throws {
        let state = fixture.state
        for job in state.jobs.indices
        where state.plan.jobs[job].definition.hasDynamicMatrix && state.jobs[job].state == .ready
            && state.plan.jobs[job].legs.isEmpty
        {
            let isBad = Int.random(in: 0..<4, using: &random) == 0
            return try fixture.commit(
                .jobExpanded(job: job, isBad ? .failed("no list") : .values([["a", "b", "c"]])))
        }
        if Int.random(in: 0..<40, using: &random) == 0 {
            return try fixture.commit(.cancelRequested(actor: "me", reason: ""))
        }
        let legs = state.legs.indices.filter {
            !state.legs[$0].state.isFinal
                && (state.legs[$0].state != .waiting || state.legs[$0].retryDue != nil)
        }
        guard let leg = legs.randomElement(using: &random) else { return }
        let progress = state.legs[leg]
        switch progress.state {
        case .ready:
            try fixture.commit(.attemptStarting(leg: leg, attempt: progress.attempt + 1))
        case .starting:
            try fixture.commit(.attemptStarted(leg: leg, attempt: progress.attempt))
        case .running:
            let ends: [JobState] = [.succeeded, .succeeded, .failed, .errored]
            let end = ends.randomElement(using: &random) ?? .succeeded
            try fixture.end(leg, end, reason: "exit code 1", attempt: progress.attempt)
        default:
            try fixture.commit(.retryDue(leg: leg, attempt: progress.attempt))
        }
    }

    @Test("a commit costs what it changed, however many jobs there are", arguments: [20, 5000])
    func work(legs: Int) throws {
        var fixture = try LiveFixture(LiveFixture.large(legs))
        try fixture.start(0)
        try fixture.end(0)
        for leg in 1...9 {
            let before = fixture.view.run.work
            try fixture.start(leg)
            try fixture.end(leg, leg % 2 == 0 ? .failed : .succeeded, reason: "exit code 1")
            // Three events of one leg.
            #expect(fixture.view.run.work - before == 3)
        }
        #expect(fixture.view.run.stages[1].counts[.failed] == 4)
        // Everything is looked at a fixed number of times, from the beginning to the end.
        for leg in 10...legs {
            try fixture.start(leg)
            try fixture.end(leg)
        }
        #expect(fixture.state.phase.isFinal)
        #expect(fixture.view.run.work <= 12 * (legs + 10))
    }

    @Test("what runs is listed in the order in which it began, with the time of its start")
    func order() throws {
        var fixture = try LiveFixture(LiveFixture.large(10))
        try fixture.start(0)
        try fixture.end(0)
        for leg in [4, 2, 7] {
            fixture.seconds += 10
            try fixture.start(leg)
        }
        let run = fixture.view.run
        #expect(run.stages[1].running == [.leg(4), .leg(2), .leg(7)])
        #expect(run.legs[4].startedAt?.microseconds == 10_000_000)
        #expect(run.label(.leg(7)) == "test.check[1]")
    }

    @Test("a run that is resumed is laid out with its past")
    func resumed() throws {
        var fixture = try LiveFixture(LiveFixture.five)
        try fixture.start(0)
        try fixture.end(0)
        try fixture.start(2)
        try fixture.start(1)
        try fixture.end(1, .failed, reason: "exit code 1")
        var late = LiveRun()
        late.take([], fixture.state)
        check(late, fixture.state)
        #expect(late.title == "demo · run 12")
        #expect(late.stages[1].failed == [.leg(1)])
        #expect(late.currentStage == 1)
    }
}
