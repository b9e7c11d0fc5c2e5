import Domain
import OCI
import Storage
import Synchronization
import TestSupport
import Testing
import Workflows

@testable import Runs

/// A run whose process died after any commit is carried on by another one.
struct CrashTests {
    /// A machine that outlives the processes: what was started there is found again.
    private final class Machine: JobExecutor {
        private struct Content {
            var present: Set<AttemptID> = []
            var started: [AttemptID] = []
            var disposed: [AttemptID] = []
        }

        private let content = Mutex(Content())

        var started: [AttemptID] { content.withLock { $0.started } }
        var present: Set<AttemptID> { content.withLock { $0.present } }

        /// Forgets what was started, and holds these.
        func hold(_ ids: Set<AttemptID>) {
            content.withLock { $0 = Content(present: ids) }
        }

        func start(_ attempt: AttemptRequest) async throws(ExecutorError) -> AttemptHandle {
            content.withLock {
                $0.started.append(attempt.id)
                $0.present.insert(attempt.id)
            }
            return AttemptHandle(id: attempt.id, startedAt: nil)
        }

        func adopt(_ attempt: AttemptRequest) async throws(ExecutorError) -> AttemptHandle? {
            content.withLock { $0.present.contains(attempt.id) }
                ? AttemptHandle(id: attempt.id, startedAt: nil) : nil
        }

        func logs(_ handle: AttemptHandle) -> AttemptLogs { AttemptLogs(job: Silence()) }
        func cancel(_ handle: AttemptHandle, grace: Duration) async {}

        func collect(_ handle: AttemptHandle) async throws(ExecutorError) -> AttemptResult {
            // The first try of the last leg fails.
            NoOpExecutor.result(
                .exited(code: handle.id.leg == 3 && handle.id.number == 1 ? 1 : 0), file: "X=7\n")
        }

        func dispose(_ id: AttemptID) { content.withLock { _ = $0.present.remove(id) } }
        func discard(_ id: AttemptID) async { dispose(id) }
        func release(_ run: RunID) {}
    }

    private struct Silence: LogSource {
        func next() async -> [LogChunk] { [] }
    }

    /// Where each commit ended.
    private final class Commits: RunObserver {
        private let ends = Mutex<[Int64]>([1])
        var all: [Int64] { ends.withLock { $0 } }

        func didCommit(_ events: [RecordedEvent], state: borrowing RunState) {
            ends.withLock { ends in events.last.map { ends.append($0.sequence) } }
        }
    }

    private static let text = """
        slipway: 1
        name: demo
        stages:
          - name: one
            run: parallel
            jobs:
              - {name: a, component: b, outputs: [X], after: output.X = 8}
              - {name: b, component: b, shards: 2, when: "true", before: input.T_Y = 1}
              - {name: c, component: b, retry: {attempts: 2, backoff: 1ms, on: [failed]}}
          - name: two
            jobs:
              - {name: d, component: b, inputs: {T_X: "${one.a.X}"}}
        """

    private static func with(
        _ body: (RunLoopTests.Fixture, RunService, Machine) async throws -> Void
    ) async throws {
        let machine = Machine()
        try await RunLoopTests.with(machine) { fixture in
            try await body(fixture, fixture.service, machine)
        }
    }

    @Test(
        "after any commit: what runs is found again, what never began begins, nothing else does",
        arguments: [true, false])
    func resumes(isPresent: Bool) async throws {
        try await Self.with { fixture, service, machine in
            let commits = Commits()
            let run = try await service.create(fixture.request(Self.text, slots: 3))
            let id = run.id
            let whole = try await service.advance(run, observer: commits)
            #expect(whole.phase == .succeeded, "\(whole.reason ?? "")")
            #expect(Set(machine.started).count == 6)
            #expect(machine.present == [])
            for kept in commits.all.dropLast().reversed() {
                try await fixture.database.write {
                    try $0.execute(
                        "DELETE FROM run_events WHERE sequence > ?", [.integer(kept)])
                    try $0.execute("DELETE FROM run_artifacts")
                    try $0.execute("UPDATE runs SET state = 'running'")
                }
                let left = try await service.load(id).state
                let inFlight = left.attemptsInFlight.map {
                    AttemptID(run: id, leg: $0.leg, number: $0.attempt)
                }
                // One that was seen running is there for certain.
                let held = Set(
                    inFlight.filter { isPresent || left.legs[$0.leg].state == .running })
                // Of those that have ended some may be left.
                let ended = AttemptID(run: id, leg: 0, number: 1)
                let isEnded = left.legs[0].attempt == 1 && !inFlight.contains(ended)
                machine.hold(isEnded ? held.union([ended]) : held)
                let taken = try await service.open(id, secrets: [:], slots: 3)
                let state = try await service.advance(taken, observer: nil)
                #expect(state.phase == .succeeded, "after \(kept) events: \(state.reason ?? "")")
                let started = machine.started
                #expect(Set(started).count == started.count, "after \(kept) events")
                #expect(held.isDisjoint(with: started), "after \(kept) events: \(started)")
                #expect(machine.present == [], "after \(kept) events")
                #expect(state.legs.map(\.attempt) == [1, 1, 1, 2, 1])
            }
        }
    }
}
