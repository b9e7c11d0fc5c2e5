import Domain
import Testing
import Workflows

/// "Retry", "Timeout", "Pause", "End stages", "Cancel".
extension MeaningTests {
    // MARK: Retry and timeout

    @Test("backoff doubles with jitter")
    func backoff() throws {
        var run = try Timeline(
            Self.job(", shards: 20, retry: {attempts: 4, backoff: 8s, on: [failed]}"))
        for label in run.labels().prefix(20) { run.attempts[label] = [.fails] }
        try run.run()
        var firsts: Set<Duration> = []
        for leg in 0..<20 {
            var last = Timeline.start
            var whole = Duration.seconds(8)
            for case .attemptRetried(leg, _, let due, _) in run.events {
                // The attempt before it took a second.
                let pause = due.since(last) - .seconds(1)
                #expect(pause >= whole * 3 / 4 && pause <= whole * 5 / 4, "leg \(leg)")
                if last == Timeline.start { firsts.insert(pause) }
                last = due
                whole = whole * 2
            }
            #expect(whole == .seconds(64))
        }
        // What failed together does not come back together.
        #expect(firsts.count > 10)
    }

    @Test("the timeout of a job counts from the container's start")
    func fromStart() throws {
        var state = RunState(plan: try Self.plan(Self.job(", timeout: 5s")))
        var asked = try Self.take(.created(Self.creation), into: &state)
        #expect(asked == [.schedule(leg: 0)])
        asked = try Self.take(.attemptStarting(leg: 0, attempt: 1), into: &state)
        #expect(asked == [.start(leg: 0, attempt: 1)])
        // The image took five minutes.
        let start = Timeline.start + .seconds(300)
        asked = try Self.take(.attemptStarted(leg: 0, attempt: 1), into: &state, at: start)
        let due = start + .seconds(5)
        #expect(asked == [.wake(at: due, .attemptTimedOut(leg: 0, attempt: 1))])
    }

    @Test("a job's time is its container's, whenever it was heard that this had begun")
    func heardLater() throws {
        let heard = Timeline.start + .seconds(300)
        let (earlier, later) = (Timeline.start + .seconds(298), Timeline.start + .seconds(302))
        // The second is of a clock that was moved, or another machine's.
        for (since, start) in [(earlier, earlier), (later, heard)] {
            var state = RunState(plan: try Self.plan(Self.job(", timeout: 5s")))
            _ = try Self.take(.created(Self.creation), into: &state)
            _ = try Self.take(.attemptStarting(leg: 0, attempt: 1), into: &state)
            let asked = try Self.take(
                .attemptStarted(leg: 0, attempt: 1, since: since), into: &state, at: heard)
            #expect(state.legs[0].startedAt == start)
            let due = start + .seconds(5)
            #expect(asked == [.wake(at: due, .attemptTimedOut(leg: 0, attempt: 1))])
        }
        let event = RunEvent.attemptStarted(leg: 0, attempt: 1, since: heard)
        #expect(try RunEvent(json: event.json) == event)
    }

    @Test("an attempt that was lost is errored, and tried again, however long that is ago")
    func lostLongAgo() throws {
        let heard = Timeline.start + .seconds(300)
        for (state, code, expected) in [
            (JobState.errored, nil, JobState.errored), (.failed, 137, .timedOut),
        ] as [(JobState, Int32?, JobState)] {
            var run = RunState(plan: try Self.plan(Self.job(", timeout: 5s")))
            _ = try Self.take(.created(Self.creation), into: &run)
            _ = try Self.take(.attemptStarting(leg: 0, attempt: 1), into: &run)
            // Its process was killed in that moment; whoever comes back finds its time over.
            _ = try Self.take(
                .attemptStarted(leg: 0, attempt: 1, since: Timeline.start), into: &run, at: heard)
            _ = try Self.take(.attemptTimedOut(leg: 0, attempt: 1), into: &run, at: heard)
            let report = AttemptReport(state: state, reason: "lost", exitCode: code, endedAt: heard)
            _ = try Self.take(.attemptEnded(leg: 0, attempt: 1, report), into: &run, at: heard)
            #expect(run.legs[0].state == expected)
        }
    }

    @Test("a job's timeout is 1 h, and it may have 512 processes, where nothing else is said")
    func defaultTimes() throws {
        let job = try Self.plan(Self.job("")).jobs[0].definition
        #expect(job.timeout == .seconds(3600))
        #expect(Resources.processLimit == 512)
    }

    // MARK: Pause

    @Test("one approval is enough where nothing else is said")
    func oneApproval() throws {
        var run = try Timeline(
            Self.file(
                """
                  - {name: gate, type: pause}
                  - {name: two, jobs: [{name: z, component: b}]}
                """))
        run.acts = [(.seconds(9), Self.word("ada", true, stage: 0))]
        try run.run()
        #expect(run.state.phase == .succeeded)
        #expect(run.state.stages[0].reason == "approved by ada")
    }

    // MARK: End stages

    struct Before: Sendable, CustomTestStringConvertible {
        let testDescription: String
        var attempt = Timeline.Attempt()
        var cancels = false
        var approves = true
        let phase: RunPhase
    }

    @Test(
        "end stages run after failure, cancel, reject and timeout, with the verdict so far",
        arguments: [
            Before(testDescription: "success", phase: .succeeded),
            Before(testDescription: "failure", attempt: .fails, phase: .failed),
            Before(
                testDescription: "error", attempt: Timeline.Attempt(state: .errored),
                phase: .errored),
            Before(testDescription: "timeout", attempt: .hangs, phase: .failed),
            Before(testDescription: "cancel", attempt: .hangs, cancels: true, phase: .cancelled),
            Before(testDescription: "reject", approves: false, phase: .failed),
        ])
    func endStages(before: Before) throws {
        var run = try Timeline(
            Self.file(
                """
                  - {name: one, timeout: 10s, jobs: [{name: a, component: b}]}
                  - {name: gate, type: pause}
                  - {name: last, type: end, jobs: [{name: e, component: b}]}
                """))
        run.attempts["one.a"] = [before.attempt]
        run.acts = [(.seconds(100), Self.word("ada", before.approves, stage: 1))]
        if before.cancels {
            run.acts.append((.seconds(5), .cancelRequested(actor: "me", reason: "")))
        }
        try run.run()
        #expect(run.jobs().last == "last.e succeeded")
        #expect(run.state.phase == before.phase)
        var state = RunState(plan: run.state.plan)
        for event in run.events {
            if event.name == "job-ready", event.job == 1 { break }
            _ = try state.apply(event, at: Timeline.start)
        }
        #expect(state.phase == .running)
        #expect(state.verdict.phase == before.phase)
    }

    @Test("end stages end within 10 minutes of their own, and leave the verdict alone")
    func tenMinutes() throws {
        var run = try Timeline(
            Self.file(
                """
                  - {name: one, jobs: [{name: a, component: b}]}
                  - {name: last, type: end, jobs: [{name: e, component: b, timeout: 5h}]}
                  - {name: very-last, type: end, jobs: [{name: f, component: b}]}
                """, head: "timeout: 1m\n"))
        run.attempts["last.e"] = [.hangs]
        try run.run()
        #expect(run.elapsed == .seconds(601))
        #expect(run.jobs() == ["one.a succeeded", "last.e cancelled", "very-last.f skipped"])
        #expect(run.state.phase == .succeeded)
    }

    @Test("a second cancel ends the end stages too")
    func secondCancel() throws {
        var run = try Timeline(Self.job(""))
        run.attempts["one.a"] = [.hangs]
        run.attempts["last.e"] = [.hangs]
        run.acts = [
            (.seconds(2), .cancelRequested(actor: "me", reason: "too slow")),
            (.seconds(7), .cancelRequested(actor: "me", reason: "")),
        ]
        try run.run()
        #expect(run.jobs() == ["one.a cancelled", "two.z skipped", "last.e cancelled"])
        #expect(run.elapsed == .seconds(7))
        #expect(run.state.phase == .cancelled)
        // Who asked first, and why, is what stays.
        #expect(run.state.reason == "by me: too slow")
    }
}
