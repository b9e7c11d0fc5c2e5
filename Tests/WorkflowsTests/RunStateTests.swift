import Domain
import OCI
import Testing
import Workflows

/// Runs whole workflows through the pure machine with answers that the test gives.
struct RunStateTests {
    /// Performs effects at once; `verdicts` says how a job's attempts end, success if silent.
    struct Simulation {
        var state: RunState
        var events: [RunEvent] = []
        let verdicts: [String: JobState]
        var conditions: [String: HookOutcome] = [:]
        /// Legs that run until they are told to stop.
        var holdsBack: Set<String> = []
        /// Legs whose report comes after their deadline, though they ended before it.
        var lateReports: Set<String> = []
        /// What happens when nothing else does.
        var afterwards: [RunEvent] = []
        private let now = Timestamp(microseconds: 1_000_000)

        init(_ text: String, verdicts: [String: JobState] = [:]) throws {
            let outcome = WorkflowFile.parse(Array(text.utf8))
            #expect(outcome.diagnostics.map { $0.rendered(file: "f") } == [])
            state = RunState(plan: RunPlan(try #require(outcome.definition)))
            self.verdicts = verdicts
        }

        mutating func run() throws {
            let creation = RunCreation(
                id: RunID(at: now, random: (0, 0)), number: 1, workflow: "demo",
                definition: Digest(of: []), file: "f", actor: "me", inputs: [:], images: [:],
                source: nil, commit: nil, isDirty: false)
            var queue: [RunEvent] = [.created(creation)]
            while !queue.isEmpty {
                let event = queue.removeFirst()
                guard state.awaits(event) else { continue }
                events.append(event)
                let effects = try state.apply(event, at: now)
                queue.insert(contentsOf: effects.flatMap(answer), at: 0)
                if queue.isEmpty, !afterwards.isEmpty { queue.append(afterwards.removeFirst()) }
            }
        }

        private func answer(_ effect: RunEffect) -> [RunEvent] {
            switch effect {
            case .record(let event): return [event]
            case .schedule(let leg):
                return [.attemptStarting(leg: leg, attempt: state.legs[leg].attempt + 1)]
            case .start(let leg, let attempt): return start(leg, attempt)
            case .cancel(let leg, let attempt):
                guard holdsBack.contains(state.plan.label(leg: leg)) else { return [] }
                return [
                    .attemptEnded(leg: leg, attempt: attempt, AttemptReport(state: .failed))
                ]
            case .evaluateCondition(let job):
                let outcome = conditions[state.plan.jobs[job].key]
                return [.conditionEvaluated(job: job, outcome ?? .passed(true, log: []))]
            case .evaluateStageHook(let stage):
                return [.stageHookEvaluated(stage: stage, .failed("too low", log: []))]
            default: return []
            }
        }

        private func start(_ leg: Int, _ attempt: Int) -> [RunEvent] {
            let label = state.plan.label(leg: leg)
            let started = RunEvent.attemptStarted(leg: leg, attempt: attempt)
            if holdsBack.contains(label) { return [started] }
            let end = verdicts[label] ?? .succeeded
            guard lateReports.contains(label) else {
                return [
                    .attemptEnded(leg: leg, attempt: attempt, AttemptReport(state: end))
                ]
            }
            return [
                started, .attemptTimedOut(leg: leg, attempt: attempt),
                .attemptEnded(
                    leg: leg, attempt: attempt,
                    AttemptReport(state: end, endedAt: now + .seconds(1))),
            ]
        }

        func jobs() -> [String] {
            zip(state.plan.jobs, state.jobs).map { "\($0.key) \($1.state.rawValue)" }
        }
    }

    private static func workflow(_ stage: String, extra: String = "") -> String {
        """
        slipway: 1
        name: demo
        stages:
          - name: one
        \(stage)
            jobs:
              - {name: a, component: busybox\(extra)}
              - {name: b, component: busybox}
          - name: two
            jobs: [{name: c, component: busybox}]
          - name: last
            type: end
            jobs: [{name: d, component: busybox}]
        """
    }

    @Test("all succeed")
    func succeeds() throws {
        var run = try Simulation(Self.workflow("    run: sequence"))
        try run.run()
        #expect(run.state.phase == .succeeded)
        #expect(run.jobs().allSatisfy { $0.hasSuffix("succeeded") })
    }

    @Test("in a sequence a failure skips the rest, later stages too; end stages run")
    func sequence() throws {
        var run = try Simulation(
            Self.workflow("    run: sequence"), verdicts: ["one.a": .failed])
        try run.run()
        #expect(run.state.phase == .failed)
        #expect(
            run.jobs() == ["one.a failed", "one.b skipped", "two.c skipped", "last.d succeeded"])
    }

    @Test("in parallel all run, whatever fails; errored is stronger than failed")
    func parallel() throws {
        var run = try Simulation(
            Self.workflow("    run: parallel"), verdicts: ["one.a": .failed, "one.b": .errored])
        try run.run()
        #expect(run.state.phase == .errored)
        #expect(run.jobs().prefix(2) == ["one.a failed", "one.b errored"])
    }

    @Test("an allowed failure counts as success, an error never does")
    func allowed() throws {
        let text = Self.workflow("    run: sequence", extra: ", allow-failure: true")
        var run = try Simulation(text, verdicts: ["one.a": .failed])
        try run.run()
        #expect(run.state.phase == .succeeded)
        var errored = try Simulation(text, verdicts: ["one.a": .errored])
        try errored.run()
        #expect(errored.state.phase == .errored)
    }

    @Test("an end stage cannot change the verdict")
    func endStage() throws {
        var run = try Simulation(
            Self.workflow("    run: sequence"), verdicts: ["last.d": .failed])
        try run.run()
        #expect(run.state.phase == .succeeded)
    }

    @Test("the hook of a stage has the last word on it")
    func hook() throws {
        var run = try Simulation(Self.workflow("    after: fail('too low')"))
        try run.run()
        #expect(run.state.phase == .failed)
        #expect(run.state.reason?.contains("too low") == true)
    }

    @Test("fail-fast also follows a job whose condition fails")
    func failFastOfConditions() throws {
        let text = Self.workflow(
            "    run: parallel\n    fail-fast: true", extra: ", when: error()")
        var run = try Simulation(text)
        run.conditions["one.a"] = .failed("no", log: [])
        run.holdsBack = ["one.b"]
        try run.run()
        #expect(run.jobs().prefix(2) == ["one.a failed", "one.b cancelled"])
        #expect(run.state.phase == .failed)
    }

    @Test("a cancel in an end stage ends it and leaves the verdict alone")
    func cancelInEndStage() throws {
        var run = try Simulation(Self.workflow("    run: sequence"))
        run.holdsBack = ["last.d"]
        run.afterwards = [.cancelRequested(actor: "me", reason: "")]
        try run.run()
        #expect(run.jobs().last == "last.d cancelled")
        #expect(run.state.phase == .succeeded)
    }

    @Test("what a hook's lost sandbox ends is errored, not failed")
    func lostHook() throws {
        var run = try Simulation(Self.workflow("    run: sequence", extra: ", when: 1 == 1"))
        run.conditions["one.a"] = .errored("lost", log: [])
        try run.run()
        #expect(run.jobs().first == "one.a errored")
        #expect(run.state.phase == .errored)
    }

    @Test("an attempt that ended in time is not timed out by a slow collection")
    func lateReport() throws {
        var run = try Simulation(Self.workflow("    run: sequence"))
        run.lateReports = ["one.a"]
        try run.run()
        #expect(run.jobs().first == "one.a succeeded")
    }

    @Test("every event reads back from its canonical bytes, and the fold of them is the same")
    func events() throws {
        var run = try Simulation(
            Self.workflow("    run: parallel\n    after: fail('x')"), verdicts: ["one.a": .failed])
        try run.run()
        var copy = RunState(plan: run.state.plan)
        for event in run.events {
            let stored = try JSONParser.parse(event.json.canonicalBytes)
            let read = try RunEvent(json: stored)
            #expect(read == event)
            _ = try copy.apply(read, at: Timestamp(microseconds: 1_000_000))
        }
        #expect(copy.phase == run.state.phase)
        #expect(copy.jobs.map(\.state) == run.state.jobs.map(\.state))
    }

    @Test("an event of a newer version is refused")
    func newer() {
        #expect(throws: EventError.newerVersion(99)) {
            try RunEvent(json: ["v": 99, "type": "started"])
        }
    }
}
