import Domain
import OCI
import Testing
import Workflows

/// Matrix, retry, timeouts and pauses (DESIGN §2, "Meaning"); each test is named after its sentence.
struct LanguageTests {
    private static func file(_ stages: String, head: String = "") -> String {
        "slipway: 1\nname: demo\n\(head)stages:\n\(stages)"
    }

    private static func job(_ extra: String, stage: String = "") -> String {
        file(
            """
              - name: one
            \(stage)
                jobs: [{name: a, component: b\(extra)}]
              - name: two
                jobs: [{name: z, component: b}]
              - name: last
                type: end
                jobs: [{name: e, component: b}]
            """)
    }

    // MARK: Matrix

    @Test("matrix keys as written, last fastest, shards innermost")
    func order() throws {
        let run = try Timeline(Self.job(", matrix: {T_X: [a, b], T_Y: [1, 2]}, shards: 2"))
        #expect(
            run.labels().prefix(5) == [
                "one.a[T_X=a,T_Y=1][0]", "one.a[T_X=a,T_Y=1][1]", "one.a[T_X=a,T_Y=2][0]",
                "one.a[T_X=a,T_Y=2][1]", "one.a[T_X=b,T_Y=1][0]",
            ])
        #expect(run.state.plan.jobs[0].legs.count == 8)
    }

    @Test("a matrix may be an upstream output, known when its turn comes")
    func dynamic() throws {
        let text = Self.file(
            """
              - name: make
                jobs: [{name: list, component: b, outputs: [L]}]
              - name: fan
                jobs: [{name: a, component: b, outputs: [R], matrix: {T_X: "${make.list.L}"}}]
              - name: two
                jobs: [{name: z, component: b}]
            """)
        var run = try Timeline(text)
        run.matrices["fan.a"] = .values([["p", "q"]])
        run.attempts["fan.a[T_X=q]"] = [.init(outputs: ["R": "1"])]
        try run.run()
        #expect(run.state.phase == .succeeded)
        #expect(run.labels() == ["make.list", "two.z", "fan.a[T_X=p]", "fan.a[T_X=q]"])
        #expect(run.state.output(job: 1, name: "R") == [.null, "1"])
        #expect(run.state.output(job: 1, name: "R", leg: 1) == "1")
        var copy = RunState(plan: RunPlan(run.state.plan.definition))
        for event in run.events {
            _ = try copy.apply(try RunEvent(json: event.json), at: Timeline.start)
        }
        #expect(copy.plan.legs == run.state.plan.legs)
    }

    @Test(
        "a matrix that is empty skips its job; one without a list, or without bounds, fails it",
        arguments: [
            (MatrixOutcome.values([[]]), JobState.skipped, RunPhase.succeeded),
            (.failed("nothing"), .failed, .failed),
            (.values([(0..<20_001).map(String.init)]), .failed, .failed),
        ])
    func bounds(outcome: MatrixOutcome, job: JobState, phase: RunPhase) throws {
        var run = try Timeline(Self.job(#", matrix: {T_X: ["${run.actor}"]}"#))
        run.matrices["one.a"] = outcome
        try run.run()
        #expect(run.state.jobs[0].state == job)
        #expect(run.state.phase == phase)
    }

    // MARK: Retry

    @Test(
        "attempts in total; on error alone, unless it says more",
        arguments: [
            ("attempts: 3", JobState.failed, 1), ("attempts: 3", .errored, 3),
            ("attempts: 3, on: [failed]", .failed, 3), ("attempts: 1, on: [failed]", .failed, 1),
            ("attempts: 3, on: [timeout]", .errored, 1),
        ])
    func causes(policy: String, end: JobState, expected: Int) throws {
        var run = try Timeline(Self.job(", retry: {\(policy)}"))
        run.attempts["one.a"] = [.init(state: end)]
        try run.run()
        #expect(run.state.legs[0].attempt == expected)
        #expect(run.state.jobs[0].state == end)
    }

    @Test("a later attempt that succeeds is a success, and only its outputs count")
    func recovers() throws {
        var run = try Timeline(
            Self.job(", outputs: [X], retry: {attempts: 3, backoff: 10s, on: [failed]}"))
        run.attempts["one.a"] = [
            .init(state: .failed, outputs: ["X": "old"]), .init(state: .failed), .init(),
        ]
        try run.run()
        #expect(run.state.phase == .succeeded)
        #expect(run.state.legs[0].outputs.isEmpty)
        // Three seconds of work, 10 s and 20 s of waiting, each a quarter more or less.
        #expect(run.elapsed > .seconds(25) && run.elapsed < .seconds(43))
    }

    @Test("a timeout is per attempt")
    func timeouts() throws {
        var run = try Timeline(
            Self.job(", timeout: 5s, retry: {attempts: 2, backoff: 1s, on: [timeout]}"))
        run.attempts["one.a"] = [.hangs, .init(takes: .seconds(4))]
        try run.run()
        #expect(run.state.phase == .succeeded)
        #expect(run.state.legs[0].attempt == 2)
    }

    @Test("retries are over before fail-fast")
    func beforeFailFast() throws {
        let text = Self.file(
            """
              - name: one
                run: parallel
                fail-fast: true
                jobs:
                  - {name: a, component: b, retry: {attempts: 2, backoff: 1s, on: [failed]}}
                  - {name: c, component: b, timeout: 30s}
            """)
        var run = try Timeline(text)
        run.attempts["one.a"] = [.fails, .init()]
        run.attempts["one.c"] = [.init(takes: .seconds(20))]
        try run.run()
        #expect(run.jobs() == ["one.a succeeded", "one.c succeeded"])
        run = try Timeline(text)
        run.attempts["one.a"] = [.fails]
        run.attempts["one.c"] = [.hangs]
        try run.run()
        #expect(run.jobs() == ["one.a failed", "one.c cancelled"])
        #expect(run.state.phase == .failed)
    }

    @Test("a cancel ends the wait for another attempt")
    func cancelWhileWaiting() throws {
        var run = try Timeline(
            Self.job(", retry: {attempts: 9, backoff: 10m, on: [failed]}"))
        run.attempts["one.a"] = [.fails]
        run.acts = [(.seconds(30), .cancelRequested(actor: "me", reason: ""))]
        try run.run()
        #expect(run.jobs() == ["one.a cancelled", "two.z skipped", "last.e succeeded"])
        #expect(run.state.phase == .cancelled)
        #expect(run.elapsed < .seconds(60))
    }

    // MARK: Limits

    @Test("a stage past its limit is failed with reason timed-out; end stages run")
    func stageTimeout() throws {
        var run = try Timeline(Self.job("", stage: "    timeout: 10s"))
        run.attempts["one.a"] = [.hangs]
        try run.run()
        #expect(run.jobs() == ["one.a cancelled", "two.z skipped", "last.e succeeded"])
        #expect(run.state.phase == .failed)
        #expect(run.state.reason?.hasPrefix("timed-out") == true)
    }

    @Test("a run past its limit is failed with reason timed-out; end stages run")
    func runTimeout() throws {
        var run = try Timeline(
            Self.job("").replacing("name: demo", with: "name: demo\ntimeout: 10s"))
        run.attempts["one.a"] = [.hangs]
        try run.run()
        #expect(run.jobs() == ["one.a cancelled", "two.z skipped", "last.e succeeded"])
        #expect(run.state.phase == .failed)
        #expect(run.state.reason?.hasPrefix("timed-out") == true)
    }

    @Test("a stage whose condition is false is skipped, and hinders nothing")
    func stageCondition() throws {
        var run = try Timeline(Self.job("", stage: "    when: 1 == 2"))
        run.conditions["one"] = .passed(false, log: [])
        try run.run()
        #expect(run.jobs() == ["one.a skipped", "two.z succeeded", "last.e succeeded"])
        #expect(run.state.phase == .succeeded)
    }

    // MARK: Pause

    private static func paused(_ rule: String = "") -> String {
        file(
            """
              - {name: gate, type: pause\(rule)}
              - name: two
                jobs: [{name: z, component: b}]
              - name: last
                type: end
                jobs: [{name: e, component: b}]
            """, head: "timeout: 1m\n")
    }

    private static func decision(_ actor: String, _ isApproval: Bool = true) -> RunEvent {
        .decided(
            stage: 0,
            Decision(actor: actor, isApproval: isApproval, comment: "", digests: [:]))
    }

    @Test("the run's clock stands still in a pause")
    func clock() throws {
        var run = try Timeline(Self.paused())
        run.acts = [(.seconds(3600), Self.decision("ada"))]
        run.attempts["two.z"] = [.init(takes: .seconds(50))]
        try run.run()
        #expect(run.state.phase == .succeeded)
        run = try Timeline(Self.paused())
        run.acts = [(.seconds(3600), Self.decision("ada"))]
        run.attempts["two.z"] = [.init(takes: .seconds(70))]
        try run.run()
        #expect(run.state.phase == .failed)
    }

    @Test("as many must approve as it says, and nobody counts twice")
    func approvals() throws {
        var run = try Timeline(Self.paused(", approvals: 2"))
        run.acts = [
            (.seconds(1), Self.decision("ada")), (.seconds(2), Self.decision("ada")),
            (.seconds(3), Self.decision("bob")),
        ]
        try run.run()
        #expect(run.state.phase == .succeeded)
        #expect(run.state.stages[0].decisions.map(\.actor) == ["ada", "bob"])
        run = try Timeline(Self.paused(", approvals: 2"))
        run.acts = [(.seconds(1), Self.decision("ada"))]
        try run.run()
        #expect(run.state.phase == .paused)
    }

    @Test(
        "reject or expiry is failed, cancel is cancelled; end stages run",
        arguments: [
            (RunEvent?.some(decision("ada", false)), RunPhase.failed),
            (nil, .failed), (.cancelRequested(actor: "me", reason: ""), .cancelled),
        ])
    func ends(act: RunEvent?, phase: RunPhase) throws {
        var run = try Timeline(Self.paused(", timeout: 24h"))
        run.acts = act.map { [(.seconds(9), $0)] } ?? []
        try run.run()
        #expect(run.state.phase == phase)
        #expect(run.jobs() == ["two.z skipped", "last.e succeeded"])
    }

    // MARK: Rerun

    @Test("a rerun takes over what succeeded, and runs the rest")
    func reuses() throws {
        let text = Self.job(", outputs: [X], matrix: {T_X: [a, b]}")
        var first = try Timeline(text)
        first.attempts["one.a[T_X=b]"] = [.init(outputs: ["X": "7"])]
        first.attempts["two.z"] = [.fails]
        try first.run()
        let reusable = first.state.reusableJobs(beforeStage: nil)
        #expect(reusable.map(\.key) == ["one.a"])
        var second = try Timeline(text)
        second.acts = []
        let reused = try #require(reusable.first?.job)
        try second.run(reusing: [.jobReused(job: 0, reused)])
        #expect(second.state.phase == .succeeded)
        #expect(second.state.output(job: 0, name: "X") == [.null, "7"])
        #expect(!second.events.contains { $0.attempt?.leg == 0 })
    }
}
