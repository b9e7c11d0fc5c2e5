import Domain
import OCI
import Testing
import Workflows

@testable import Runs

/// What becomes of the files of attempts whose run another process takes over.
struct HeldFilesTests {
    private static let now = Timestamp(microseconds: 1_000_000)

    /// A run of one job that is tried twice, after some events of its attempts.
    private static func state(_ events: [RunEvent], hook: Bool = false) throws -> RunState {
        let text = """
            slipway: 1
            name: demo
            stages:
              - name: s
                jobs:
                  - name: j
                    component: b
                    retry: {attempts: 2, backoff: 1s, on: [failed]}
            \(hook ? "        after: fail(\"no\")" : "")
              - {name: ask, type: pause}
            """
        let definition = try #require(WorkflowFile.parse(Array(text.utf8)).definition)
        let id = try #require(RunID(parsing: "01arz3ndektsv4rrffq69g5fav"))
        var fold = RunFold(state: RunState(plan: RunPlan(definition)), sequence: 0, slots: 1)
        let creation = RunCreation(
            id: id, number: 7, workflow: "demo", definition: Digest(of: []), file: "w",
            actor: "me", inputs: [:], images: [:], source: nil, commit: nil, isDirty: false)
        // The start of the run follows from that.
        for event in [.created(creation)] + events {
            _ = try fold.take([event], at: now)
        }
        return fold.state
    }

    private static func ended(_ attempt: Int, _ state: JobState, _ reason: String?) -> [RunEvent] {
        [
            .attemptStarted(leg: 0, attempt: attempt),
            .attemptEnded(leg: 0, attempt: attempt, AttemptReport(state: state, reason: reason)),
        ]
    }

    /// What is to be done about each attempt, in words.
    private static func orders(_ state: RunState, keepsFailed: Bool = true) -> [String] {
        HeldFiles(state).orders(ofLeg: 0, in: state, keepsFailed: keepsFailed, at: now).map {
            switch $0 {
            case .discard(let id): "discard \(id.number)"
            case .keep(let kept):
                "keep \(kept.id.number) \(kept.state.rawValue): \(kept.reason ?? "")"
            }
        }
    }

    @Test("the newest attempt that failed is kept, the others go; what runs is left alone")
    func orders() throws {
        let first = Self.ended(1, .failed, "exit code 3")
        let waiting = try Self.state(first)
        #expect(waiting.legs[0].retryDue != nil)
        #expect(Self.orders(waiting) == ["keep 1 failed: exit code 3"])
        let due = first + [.retryDue(leg: 0, attempt: 1)]
        #expect(Self.orders(try Self.state(due)) == ["discard 1"])
        let failed = try Self.state(due + Self.ended(2, .failed, "exit code 4"))
        #expect(Self.orders(failed) == ["discard 1", "keep 2 failed: exit code 4"])
        #expect(Self.orders(failed, keepsFailed: false) == ["discard 1", "discard 2"])
        let good = try Self.state(due + Self.ended(2, .succeeded, nil))
        #expect(Self.orders(good) == ["discard 1", "discard 2"])
    }

    @Test("one whose after hook speaks is held; where that fails, the label says what succeeded")
    func hooks() throws {
        let spoken = Self.ended(1, .succeeded, nil)
        let speaking = try Self.state(spoken, hook: true)
        #expect(speaking.legs[0].isHookPending)
        #expect(Self.orders(speaking) == [])
        #expect(Self.orders(speaking, keepsFailed: false) == ["discard 1"])
        let failed = try Self.state(
            spoken + [.afterEvaluated(leg: 0, attempt: 1, .failed("no", log: []))], hook: true)
        #expect(Self.orders(failed) == ["keep 1 failed: it succeeded itself; after: no"])
    }
}
