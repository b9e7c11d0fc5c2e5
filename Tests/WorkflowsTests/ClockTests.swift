import Domain
import OCI
import Testing
import Workflows

/// What a process that takes a run over makes of recorded times, when the machine's clock was moved
/// meanwhile (docs/decisions/0024).
struct ClockTests {
    private static let start = Timestamp(microseconds: 1_795_000_000_000_000)
    private static let year = Duration.seconds(365 * 86_400)

    private static let text = """
        slipway: 1
        name: demo
        timeout: 100s
        stages:
          - name: one
            run: parallel
            timeout: 50s
            jobs:
              - {name: runs, component: b, timeout: 10s}
              - {name: waits, component: b, retry: {attempts: 3, backoff: 20s, on: [failed]}}
        """

    /// One attempt runs since `start`, and one job waits for its second.
    private static func state() throws -> RunState {
        let outcome = WorkflowFile.parse(Array(text.utf8))
        var state = RunState(plan: RunPlan(try #require(outcome.definition)))
        let creation = RunCreation(
            id: RunID(at: start, random: (0, 0)), number: 1, workflow: "demo",
            definition: Digest(of: []), file: "f", actor: "me", inputs: [:], images: [:],
            source: nil, commit: nil, isDirty: false)
        var queue: [RunEvent] = [
            .created(creation), .attemptStarting(leg: 0, attempt: 1),
            .attemptStarted(leg: 0, attempt: 1), .attemptStarting(leg: 1, attempt: 1),
            .attemptStarted(leg: 1, attempt: 1),
            .attemptEnded(leg: 1, attempt: 1, AttemptReport(state: .failed)),
        ]
        while !queue.isEmpty {
            let effects = try state.apply(queue.removeFirst(), at: start)
            let records = effects.compactMap { effect -> RunEvent? in
                if case .record(let event) = effect { event } else { nil }
            }
            queue.insert(contentsOf: records, at: 0)
        }
        return state
    }

    /// How long each limit still has at a time, by the name of what comes when it is over.
    private static func waits(at now: Timestamp) throws -> [String: Duration] {
        var waits: [String: Duration] = [:]
        for case .wake(let time, let event) in try state().outstandingEffects(at: now) {
            waits[event.name] = time.since(now)
        }
        return waits
    }

    private static let whole: [String: Duration] = [
        "attempt-timed-out": .seconds(10), "stage-timed-out": .seconds(50),
        "run-timed-out": .seconds(100),
    ]

    @Test("what is left of each limit is told by the time it began")
    func goesOn() throws {
        let waits = try Self.waits(at: Self.start + .seconds(4))
        for (name, limit) in Self.whole { #expect(waits[name] == limit - .seconds(4)) }
        let retry = try #require(waits["retry-due"])
        #expect(retry > .seconds(10) && retry < .seconds(25))
    }

    @Test("a clock that was put back makes nothing wait longer than its whole limit")
    func back() throws {
        let waits = try Self.waits(at: Self.start + (.zero - Self.year))
        for (name, limit) in Self.whole { #expect(waits[name] == limit) }
        let retry = try #require(waits["retry-due"])
        #expect(retry > .seconds(10) && retry <= .seconds(25))
    }

    @Test("a clock that was put forward makes everything due, and nothing more")
    func forward() throws {
        let waits = try Self.waits(at: Self.start + Self.year)
        #expect(waits.count == 4)
        for wait in waits.values { #expect(wait <= .zero) }
    }

    @Test("a pause costs the run's clock nothing, whichever way the machine's clock went")
    func pause() throws {
        for jump in [.seconds(-7200), .zero, .seconds(7200)] as [Duration] {
            var state = RunState(
                plan: RunPlan(
                    try #require(
                        WorkflowFile.parse(
                            Array(
                                """
                                slipway: 1
                                name: demo
                                timeout: 100s
                                stages:
                                  - {name: wait, type: pause}
                                  - name: one
                                    jobs: [{name: a, component: b}]
                                """.utf8)
                        ).definition)))
            let creation = RunCreation(
                id: RunID(at: Self.start, random: (0, 0)), number: 1, workflow: "demo",
                definition: Digest(of: []), file: "f", actor: "me", inputs: [:], images: [:],
                source: nil, commit: nil, isDirty: false)
            func take(_ event: RunEvent, at time: Timestamp) throws -> [RunEffect] {
                var all: [RunEffect] = []
                var queue = [event]
                while !queue.isEmpty {
                    for effect in try state.apply(queue.removeFirst(), at: time) {
                        if case .record(let next) = effect { queue.append(next) }
                        all.append(effect)
                    }
                }
                return all
            }
            _ = try take(.created(creation), at: Self.start)
            #expect(state.phase == .paused)
            let later = Self.start + .seconds(30) + jump
            let decision = Decision(actor: "me", isApproval: true, comment: "", digests: [:])
            let effects = try take(.decided(stage: 0, decision), at: later)
            let wait = effects.compactMap { effect -> Duration? in
                if case .wake(let time, .runTimedOut) = effect { time.since(later) } else { nil }
            }.last
            #expect(wait == .seconds(100))
        }
    }
}
