import Domain
import Synchronization
import Testing
import Workflows

@testable import Runs

/// What a workflow means where references, hooks and the store have a part in it: each test is
/// named after its sentence of DESIGN §2, "Meaning".
struct MeaningTests {
    /// Answers hooks by their source, and remembers what they were asked.
    final class Hooks: HookEvaluator {
        private let outcomes: [String: HookOutcome]
        /// Source → what the hook sets in the table that it may write.
        private let changes: [String: [String: JSONValue]]
        private let requests = Mutex<[HookRequest]>([])

        init(
            outcomes: [String: HookOutcome] = [:], changes: [String: [String: JSONValue]] = [:]
        ) {
            self.outcomes = outcomes
            self.changes = changes
        }

        var asked: [HookRequest] { requests.withLock { $0 } }

        func evaluate(_ request: HookRequest) async -> HookOutcome {
            requests.withLock { $0.append(request) }
            if let outcome = outcomes[request.source] { return outcome }
            if request.source == "skip_first()", request.readOnly["shard"] == .integer(0) {
                return .skipped("the first", log: [])
            }
            guard request.kind == .chunk else { return .passed(true, log: []) }
            let table = request.writable?.value ?? [:]
            let change = changes[request.source] ?? [:]
            return .passed(.object(table.merging(change) { $1 }), log: [])
        }
    }

    static func file(_ stages: String, head: String = "") -> String {
        "slipway: 1\nname: demo\n\(head)stages:\n\(stages)\n"
    }

    /// Plays a workflow with the engine's own references, hooks and judge; outputs by job.
    static func play(
        _ text: String, inputs: [String: String] = [:], hooks: Hooks = Hooks(),
        outputs: [String: [String: String]] = [:]
    ) async throws -> SimulationResult {
        let outcome = WorkflowFile.parse(Array(text.utf8))
        let errors = outcome.diagnostics.filter { $0.severity == .error }
        #expect(errors.map { $0.rendered(file: "f") } == [])
        var request = SimulationRequest(definition: try #require(outcome.definition))
        request.inputs = inputs
        return try await Simulation.run(
            request,
            world: SimulationWorld(
                attempt: { call in
                    var attempt = SimulatedAttempt()
                    attempt.outputs = outputs[call.label] ?? outputs[call.job] ?? [:]
                    return attempt
                }, decision: { _ in .approve }),
            hooks: hooks, masking: { _ in RunLoopTests.PlainMasking() })
    }
}
