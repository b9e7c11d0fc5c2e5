package import Domain
package import Workflows

/// How one case of a test file came out.
package struct CaseResult: Sendable {
    /// Something that did not hold.
    package struct Difference: Hashable, Sendable {
        /// Such as `job test.unit`.
        package let what: String
        package let expected: String
        package let actual: String
        /// Of what was expected, in the test file.
        package let position: TextPosition
    }

    package let name: String
    /// Of the case, in the test file.
    package let position: TextPosition
    package let differences: [Difference]
    /// Why the case could not be played at all, such as a required input that is missing.
    package let problem: String?
    /// Let go of when nobody needs it any more: it is large.
    package var result: SimulationResult?

    package var isPassed: Bool { differences.isEmpty && problem == nil }
}

extension CaseResult {
    /// Plays a case with the engine's own rules and holds what it came to against what is expected.
    package static func of(
        _ test: TestCase, definition: WorkflowDefinition, hooks: any HookEvaluator,
        masking: ([String: Secret]) throws -> any Masking
    ) async -> CaseResult {
        var request = SimulationRequest(definition: definition)
        request.inputs = test.inputs
        request.secrets = test.secrets
        request.actor = test.actor ?? request.actor
        request.commit = test.commit
        do {
            let result = try await Simulation.run(
                request, world: SimulationWorld(test), hooks: hooks, masking: masking)
            return CaseResult(
                name: test.name, position: test.position,
                differences: ExpectationCheck(result).differences(from: test.expectation),
                problem: nil, result: result)
        } catch {
            return CaseResult(
                name: test.name, position: test.position, differences: [], problem: "\(error)",
                result: nil)
        }
    }
}

extension SimulationWorld {
    /// The world of a case: its faked components; the others succeed and give nothing.
    init(_ test: TestCase) {
        let (components, approvals) = (test.components, test.approvals)
        self.init(
            attempt: { call in
                // What is said of one leg wins over what is said of all.
                let given =
                    components[call.label] ?? components["\(call.job)[\(call.ordinal)]"]
                    ?? components[call.job] ?? []
                guard !given.isEmpty else { return SimulatedAttempt() }
                return SimulatedAttempt(given[min(call.attempt, given.count) - 1])
            },
            decision: { stage in
                switch approvals[stage] {
                case .reject?: .reject
                case .expire?: .expire
                case .approve?, nil: .approve
                }
            })
    }
}

extension SimulatedAttempt {
    init(_ faked: FakedAttempt) {
        self.init()
        ending =
            switch faked.state {
            case .succeeded, .failed: .exited(faked.exitCode)
            case .errored: .lost("the test says so")
            case .timedOut: .hangs
            }
        takes = faked.takes
        outputs = faked.outputs
        artifacts = faked.artifacts.map { Set($0) }
    }
}
