import Domain
import Storage
import TestSupport
import Testing
import Workflows

@testable import Runs

/// Jobs that call other workflows (docs/decisions/0008).
extension RunLoopTests {
    static func callRequest(
        _ fixture: Fixture, _ main: String, _ files: [String: String], slots: Int = 8
    ) throws -> RunRequest {
        let file = "\(fixture.folder)/w.yaml"
        try Files.writeFile(file, main.utf8)
        var others: [ProjectPath: [UInt8]] = [:]
        for (path, text) in files { others[try ProjectPath(parsing: path)] = Array(text.utf8) }
        let outcome = WorkflowFile.parse(
            Array(main.utf8), at: try ProjectPath(parsing: "w.yaml"), files: WorkflowFiles(others))
        #expect(outcome.diagnostics.map { $0.rendered(file: "w") } == [])
        return RunRequest(
            text: Array(main.utf8), definition: try #require(outcome.definition), file: file,
            inputs: [:], secrets: [:], actor: "me", slots: slots,
            path: try ProjectPath(parsing: "w.yaml"), files: outcome.files)
    }

    static let caller = """
        slipway: 1
        name: outer
        stages:
          - name: ask
            jobs:
              - {name: it, workflow: inner.yaml, inputs: {T_N: "4"}}
          - name: use
            jobs:
              - {name: it, component: b, inputs: {V: "${ask.it.V}"}}
        """

    static func inner(_ more: String = "") -> String {
        """
        slipway: 1
        name: inner
        outputs: {V: {value: "${make.it.X}", type: integer}}
        stages:
          - {name: begin, type: start, inputs: {T_N: {type: integer}}}
          \(more)
          - name: make
            jobs:
              - {name: it, component: b, outputs: [X]}
        """
    }

    private static func answering(_ text: String, code: Int32 = 0) -> NoOpExecutor {
        NoOpExecutor { _ in NoOpExecutor.result(.exited(code: code), file: "X=\(text)\n") }
    }

    /// Carries the caller as far as it goes, and lets go of it.
    private static func advance(
        _ fixture: Fixture, _ files: [String: String]
    ) async throws -> (id: RunID, phase: RunPhase) {
        let run = try await fixture.service.create(callRequest(fixture, caller, files))
        return (run.id, try await fixture.service.advance(run, observer: nil).phase)
    }

    private static func resume(_ fixture: Fixture, _ id: RunID) async throws -> RunState {
        let run = try await fixture.service.open(id, secrets: [:], slots: 8)
        return try await fixture.service.advance(run, observer: nil)
    }

    @Test("a called workflow is a run of its own, and its outputs are the job's")
    func calls() async throws {
        try await Self.with(Self.answering("7")) { fixture in
            let service = fixture.service
            let run = try await service.create(
                Self.callRequest(fixture, Self.caller, ["inner.yaml": Self.inner()]))
            let state = try await service.advance(run, observer: nil)
            #expect(state.phase == .succeeded)
            #expect(state.legs[0].outputs == ["V": "7"])
            let called = try await service.store.called(by: run.id)
            #expect(called.map(\.run.number) == [2])
            let inner = try await service.load(try #require(called.first).run.id).state
            #expect(inner.phase == .succeeded)
            #expect(inner.creation?.calledBy?.run == run.id)
            #expect(inner.creation?.inputs == ["T_N": 4])
            // What is loaded again is what ran: the recorded files, not those of the disk.
            #expect(try await service.load(run.id).state.legs[0].outputs == ["V": "7"])
        }
    }

    @Test(
        "how a called run ends is how the attempt ends",
        arguments: [("x", 0, "run 2: the output V is 'x'"), ("7", 3, "run 2 failed: make.it")])
    func fails(output: String, code: Int32, reason: String) async throws {
        try await Self.with(Self.answering(output, code: code)) { fixture in
            let run = try await fixture.service.create(
                Self.callRequest(fixture, Self.caller, ["inner.yaml": Self.inner()]))
            let state = try await fixture.service.advance(run, observer: nil)
            #expect(state.phase == .failed)
            #expect(state.legs[0].state == .failed)
            #expect(state.legs[0].reason?.hasPrefix(reason) == true, "\(state.legs[0])")
        }
    }

    @Test("a called run that waits in a pause parks its caller, and both go on when resumed")
    func parks() async throws {
        try await Self.with(Self.answering("7")) { fixture in
            let service = fixture.service
            let (id, phase) = try await Self.advance(
                fixture, ["inner.yaml": Self.inner("- {name: wait, type: pause}")])
            #expect(phase == .running)
            let inner = try #require(try await service.store.called(by: id).first).run
            #expect(inner.phase == .paused)
            // Nothing was decided: it waits again.
            #expect(try await Self.resume(fixture, id).phase == .running)
            _ = try await service.decide(
                inner.id, actor: "you", isApproval: true, comment: "", groups: [:])
            #expect(try await Self.resume(fixture, id).phase == .succeeded)
            #expect(try await service.store.called(by: id).count == 1)
        }
    }

    @Test("a run that nobody owns is cancelled with the runs that it called")
    func cancelsAbandoned() async throws {
        try await Self.with(Self.answering("7")) { fixture in
            let service = fixture.service
            let (id, _) = try await Self.advance(
                fixture, ["inner.yaml": Self.inner("- {name: wait, type: pause}")])
            _ = try await service.cancel(id, actor: "me", reason: "")
            #expect(try await service.store.find("1").phase == .cancelled)
            #expect(try await service.store.find("2").phase == .cancelled)
        }
    }

    @Test(
        "a caller whose called run waits in a pause can be cancelled, while another waits its turn",
        .timeLimit(.minutes(5)))
    func cancelsParked() async throws {
        try await Self.with(Self.answering("7")) { fixture in
            let service = fixture.service
            let inner = Self.inner("- {name: wait, type: pause}")
                .replacing("name: inner", with: "name: inner\nconcurrency: {group: g}")
            let main = Self.caller.replacing("inner.yaml,", with: "inner.yaml, shards: 2,")
            let run = try await service.create(
                Self.callRequest(fixture, main, ["inner.yaml": inner]))
            async let ended = service.advance(run, observer: nil)
            let isPaused: Bool? = try await eventually {
                try await service.store.list(limit: 9).contains { $0.phase == .paused } ? true : nil
            }
            #expect(isPaused == true)
            run.cancel(actor: "me", reason: "enough")
            #expect(try await ended.phase == .cancelled)
            let called = try await service.store.called(by: run.id)
            #expect(called.map(\.run.phase) == [.cancelled, .cancelled])
        }
    }

    @Test("a caller whose process died finds the run that it called, wherever it died")
    func finds() async throws {
        try await Self.with(Self.answering("7")) { fixture in
            let service = fixture.service
            let (id, _) = try await Self.advance(fixture, ["inner.yaml": Self.inner()])
            let events = try await service.store.events(of: id)
            let begun = try #require(
                events.firstIndex { if case .attemptStarting = $0.event { true } else { false } })
            let ended = try #require(
                events.firstIndex { if case .attemptEnded = $0.event { true } else { false } })
            for last in events[begun..<ended].map(\.sequence).reversed() {
                try await fixture.database.write { transaction in
                    try transaction.execute(
                        "DELETE FROM run_events WHERE run_id = ? AND sequence > ?",
                        [.text(id.text), .integer(last)])
                }
                let state = try await Self.resume(fixture, id)
                #expect(state.phase == .succeeded)
                #expect(state.legs[0].outputs == ["V": "7"])
                #expect(try await service.store.called(by: id).map(\.run.number) == [2])
            }
        }
    }
}
