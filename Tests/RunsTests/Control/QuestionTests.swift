import Domain
import OCI
import Storage
import TestSupport
import Testing
import Workflows

@testable import Runs

/// Whoever asks something of a run is told what became of it, when that is stored.
struct QuestionTests {
    private static let text = """
        slipway: 1
        name: demo
        stages:
          - name: ask
            type: pause
          - {name: s, jobs: [{name: j, component: b}]}
        """

    /// A run that waits in its pause.
    private static func paused() throws -> (state: RunState, RunID) {
        let definition = try #require(WorkflowFile.parse(Array(text.utf8)).definition)
        let id = try #require(RunID(parsing: "01arz3ndektsv4rrffq69g5fav"))
        var fold = RunFold(state: RunState(plan: RunPlan(definition)), sequence: 0, slots: 0)
        _ = try fold.take(
            [
                .created(
                    RunCreation(
                        id: id, number: 7, workflow: "demo", definition: Digest(of: []), file: "w",
                        actor: "me", inputs: [:], images: [:], source: nil, commit: nil,
                        isDirty: false))
            ], at: now)
        #expect(fold.state.phase == .paused)
        return (fold.state, id)
    }

    private static let now = Timestamp(microseconds: 1_000_000)

    private static func decided(_ actor: String, _ isApproval: Bool) -> RunEvent {
        .decided(
            stage: 0, Decision(actor: actor, isApproval: isApproval, comment: "", digests: [:]))
    }

    /// What one is told who asks after `events`, in the batch with them or behind it.
    private static func answer(
        to event: RunEvent, after events: [RunEvent], in state: RunState
    ) async throws -> ControlAnswer {
        let mailbox = Mailbox<RunEvent>()
        let questions = Questions(mailbox, limit: .seconds(120))
        events.forEach { mailbox.post($0) }
        async let answer = IOPool.shared.run { questions.ask(event) }
        var asked: [RunEvent] = []
        while !asked.contains(event) { asked += await mailbox.take() }
        var fold = RunFold(state: state, sequence: 2, slots: 0)
        questions.settle(try fold.take(asked, at: now).records, fold.state)
        return try await answer
    }

    @Test("what is stored is taken; what comes too late is told by whom it was decided, and how")
    func answers() async throws {
        let (state, _) = try Self.paused()
        func answer(_ event: RunEvent, after events: [RunEvent]) async throws -> ControlAnswer {
            try await Self.answer(to: event, after: events, in: state)
        }
        #expect(try await answer(Self.decided("ann", true), after: []) == .taken)
        #expect(
            try await answer(Self.decided("bob", true), after: [Self.decided("ann", false)])
                == .refused(
                    "run 7 was already rejected by ann; it has already ended: failed"))
        #expect(
            try await answer(Self.decided("bob", false), after: [Self.decided("ann", true)])
                == .refused("run 7 was already approved by ann; it is running"))
        let cancel = RunEvent.cancelRequested(actor: "eve", reason: "no")
        #expect(try await answer(cancel, after: []) == .taken)
        #expect(
            try await answer(Self.decided("bob", true), after: [cancel])
                == .refused(
                    "run 7 waits in 'ask' no more: by eve: no; it has already ended: cancelled"))
        #expect(
            try await answer(cancel, after: [Self.decided("ann", false)])
                == .refused("run 7 has already ended: failed"))
        let entrance = RunEvent.attemptEntered(
            leg: 0, attempt: 1, Entrance(actor: "ann", command: ["sh"]))
        let refused = try await answer(entrance, after: [])
        guard case .refused(let why) = refused else { throw Unexpected(answer: refused) }
        #expect(why.contains("s.j has not started"))
    }

    private struct Unexpected: Error { let answer: ControlAnswer }

    @Test(
        "what cannot be stored, or was not looked at, is told as that; who is slow is not trusted")
    func failures() async throws {
        let (state, _) = try Self.paused()
        let event = Self.decided("ann", true)
        let mailbox = Mailbox<RunEvent>()
        let questions = Questions(mailbox, limit: .seconds(120))
        async let unstored = IOPool.shared.run { questions.ask(event) }
        #expect(await mailbox.take() == [event])
        async let later = IOPool.shared.run { questions.ask(Self.decided("bob", true)) }
        while mailbox.isEmpty { await Task.yield() }
        questions.fail(StorageError.readOnly(path: "/x"))
        guard case .unstored(let why) = try await unstored else {
            throw Unexpected(answer: try await unstored)
        }
        #expect(why.contains("'/x'"))
        // The second was not taken, so nobody has looked at it.
        questions.settle([], state)
        questions.close()
        #expect(try await later == .departing)
        #expect(questions.ask(event) == .departing)
        #expect(mailbox.takeNow().count == 1)
        let hasty = Questions(Mailbox<RunEvent>(), limit: .zero)
        #expect(hasty.ask(event) == .busy)
    }

    /// Carries a run that waits in its pause while others ask for something.
    private static func carried(
        prepare: (RunLoopTests.Fixture) async throws -> Void = { _ in },
        _ body: (RunLoopTests.Fixture, RunID) async throws -> Void
    ) async throws -> Result<RunState, any Error> {
        try await RunLoopTests.with { fixture in
            let run = try await fixture.service.create(fixture.request(text))
            let service = fixture.service
            let carrying = Task { () -> Result<RunState, any Error> in
                do {
                    return .success(
                        try await service.advance(run, observer: nil, stopsAtPause: false))
                } catch { return .failure(error) }
            }
            let isPaused: Bool? = try await eventually {
                try await service.load(run.id).state.phase == .paused ? true : nil
            }
            #expect(isPaused == true)
            try await prepare(fixture)
            try await body(fixture, run.id)
            return await carrying.value
        }
    }

    @Test("of two who decide at once one wins, and the other is told who")
    func race() async throws {
        for _ in 1...10 {
            let end = try await Self.carried { fixture, id in
                let service = fixture.service
                let words = try await withThrowingTaskGroup(of: (String, String?).self) { group in
                    for (actor, isApproval) in [("ann", true), ("bob", false)] {
                        group.addTask {
                            do {
                                _ = try await service.decide(
                                    id, actor: actor, isApproval: isApproval, comment: "",
                                    groups: [:])
                                return (actor, nil)
                            } catch RunsError.refused(_, let why) { return (actor, why) }
                        }
                    }
                    return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 ?? "" }
                }
                let hasAnnWon = words["ann"] == ""
                #expect(words.values.count { $0.isEmpty } == 1)
                let why = hasAnnWon ? words["bob"] : words["ann"]
                let expected =
                    hasAnnWon ? "was already approved by ann" : "was already rejected by bob"
                #expect(why?.hasPrefix("run 1 \(expected)") == true, "\(why ?? "")")
                let decisions = try await service.load(id).state.stages[0].decisions
                #expect(decisions.map(\.actor) == [hasAnnWon ? "ann" : "bob"])
            }
            #expect(try end.get().phase.isFinal)
        }
    }

    @Test("what cannot be stored is an error for who asked, and the run stays where it was")
    func unstorable() async throws {
        let end = try await Self.carried(prepare: { fixture in
            try await fixture.database.write {
                try $0.execute(
                    "CREATE TRIGGER full BEFORE INSERT ON run_events "
                        + "BEGIN SELECT RAISE(ABORT, 'no room here'); END")
            }
        }) { fixture, id in
            do {
                _ = try await fixture.service.decide(
                    id, actor: "ann", isApproval: true, comment: "", groups: [:])
                Issue.record("nothing of it is stored")
            } catch {
                #expect("\(error)".contains("no room here"), "\(error)")
            }
            let state = try await fixture.service.load(id).state
            #expect(state.phase == .paused)
            #expect(state.stages[0].decisions == [])
        }
        #expect(throws: (any Error).self) { try end.get() }
    }
}
