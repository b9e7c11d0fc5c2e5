import Domain
import Storage
import Synchronization
import TestSupport
import Testing
import Workflows

@testable import Runs

/// A run is given away only when nothing of it is half begun.
struct DepartureTests {
    private final class Answer: Sendable {
        let value = Mutex<Bool?>(nil)
    }

    @Test("a run rests when what began is under way, and nothing new begins meanwhile")
    func rests() async throws {
        let executor = HeldExecutor(mayStart: false)
        try await HeldExecutor.with(executor) { _, service, run in
            let departure = Departure()
            let answer = Answer()
            try await withThrowingTaskGroup(of: RunPhase?.self) { group in
                group.addTask {
                    try await service.advance(run, observer: nil, departure: departure).phase
                }
                try await executor.wait(forStarts: 2)
                group.addTask {
                    let given = await departure.request()
                    answer.value.withLock { $0 = given }
                    return nil
                }
                let isWanted: Bool? = try await eventually { departure.isWanted ? true : nil }
                #expect(isWanted == true)
                // Two attempts are with the executor and do not run yet.
                try await Task.sleep(for: .milliseconds(50))
                #expect(answer.value.withLock { $0 } == nil)
                executor.letStart()
                let given: Bool? = try await eventually { answer.value.withLock { $0 } }
                #expect(given == true)
                // What ends now is left for whoever comes.
                executor.end(leg: 0)
                try await Task.sleep(for: .milliseconds(50))
                #expect(executor.collected.isEmpty)
                #expect(executor.started.count == 2)
                let stored = try await service.load(run.id).state
                #expect(stored.legs.map(\.state) == [.running, .running, .ready, .ready])
                // Nobody came: the run goes on here, and ends.
                departure.revoke()
                executor.endAll()
                var phases: [RunPhase] = []
                for try await phase in group { if let phase { phases.append(phase) } }
                #expect(phases == [.succeeded])
            }
            #expect(Set(executor.collected.map(\.leg)) == [0, 1, 2, 3])
        }
    }

    @Test("another process finds what runs, and begins the rest")
    func givesAway() async throws {
        let executor = HeldExecutor(mayStart: true)
        try await HeldExecutor.with(executor) { _, service, run in
            let departure = Departure()
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    // It never ends by itself: its process would be gone now.
                    do {
                        _ = try await service.advance(run, observer: nil, departure: departure)
                        Issue.record("it went on")
                    } catch is CancellationError {
                        // The test took its process' place.
                    }
                }
                try await executor.wait(forStarts: 2)
                #expect(await departure.request())
                // A process that ends lets go of the lock.
                run.lock.release()
                let taken = try await service.open(run.id, secrets: [:], slots: 2)
                group.addTask {
                    let areFound: Bool? = try await eventually {
                        executor.adopted.count == 2 ? true : nil
                    }
                    #expect(areFound == true)
                    executor.endAll()
                }
                let state = try await service.advance(taken, observer: nil)
                #expect(state.phase == .succeeded)
                #expect(executor.started.count == 4)
                group.cancelAll()
                try await group.waitForAll()
            }
        }
    }

    @Test("a run that has ended, or none, is nothing to give away")
    func nothing() async throws {
        let executor = HeldExecutor(mayStart: true)
        executor.endAll()
        #expect(await Departure().request() == false)
        try await HeldExecutor.with(executor) { _, service, run in
            let departure = Departure()
            let state = try await service.advance(run, observer: nil, departure: departure)
            #expect(state.phase == .succeeded)
            #expect(await departure.request() == false)
        }
    }

    @Test("somebody who asks the run for something meanwhile is told to ask again")
    func refuses() async throws {
        let executor = HeldExecutor(mayStart: true)
        try await HeldExecutor.with(executor) { _, service, run in
            let departure = Departure()
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    _ = try await service.advance(run, observer: nil, departure: departure)
                }
                try await executor.wait(forStarts: 2)
                #expect(await departure.request())
                do {
                    _ = try await service.cancel(run.id, actor: "me", reason: "")
                    Issue.record("the message was taken, and would be lost")
                } catch RunsError.departing(let name) {
                    #expect(name == RunName(run.id, number: run.number))
                }
                departure.revoke()
                _ = try await service.cancel(run.id, actor: "me", reason: "")
                try await group.waitForAll()
            }
            #expect(try await service.load(run.id).state.phase == .cancelled)
        }
    }
}
