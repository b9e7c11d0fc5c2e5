import Domain
import OCI
import Testing
import Workflows

/// What a workflow means, on the pure machine: each test is named after its sentence of DESIGN §2,
/// "Meaning"; `Tests/RepositoryTests/MeaningTable.swift` has the whole list.
struct MeaningTests {
    static func file(_ stages: String, head: String = "") -> String {
        "slipway: 1\nname: demo\n\(head)stages:\n\(stages)\n"
    }

    /// A job in stage `one`, a job after it, a job at the end.
    static func job(_ extra: String, stage: String = "", end: String = "") -> String {
        file(
            """
              - name: one\(stage)
                jobs: [{name: a, component: b\(extra)}]
              - name: two
                jobs: [{name: z, component: b}]
              - name: last
                type: end
                jobs: [{name: e, component: b\(end)}]
            """)
    }

    static func findings(_ text: String) -> [String] {
        WorkflowFile.parse(Array(text.utf8)).diagnostics.map(\.rule)
    }

    static func plan(_ text: String) throws -> RunPlan {
        let outcome = WorkflowFile.parse(Array(text.utf8))
        #expect(outcome.diagnostics.map { $0.rendered(file: "f") } == [])
        return RunPlan(try #require(outcome.definition))
    }

    static let creation = RunCreation(
        id: RunID(at: Timeline.start, random: (0, 0)), number: 1, workflow: "demo",
        definition: Digest(of: []), file: "f", actor: "me", inputs: [:], images: [:], source: nil,
        commit: nil, isDirty: false)

    /// Applies an event with all that follows at once; gives what is asked for.
    static func take(
        _ event: RunEvent, into state: inout RunState, at now: Timestamp = Timeline.start
    ) throws -> [RunEffect] {
        var asked: [RunEffect] = []
        for effect in try state.apply(event, at: now) {
            if case .record(let next) = effect {
                asked += try take(next, into: &state, at: now)
            } else {
                asked.append(effect)
            }
        }
        return asked
    }

    static func word(_ actor: String, _ isApproval: Bool, stage: Int) -> RunEvent {
        .decided(
            stage: stage,
            Decision(actor: actor, isApproval: isApproval, comment: "", digests: [:]))
    }

    /// An attempt that ends so; in the job's timeout for `timed-out`.
    static func attempt(_ state: JobState) -> Timeline.Attempt {
        state == .timedOut ? .hangs : Timeline.Attempt(state: state)
    }
}
