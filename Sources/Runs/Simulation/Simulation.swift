package import Domain
package import Workflows

/// A run that is only played: the engine's own fold, references, hooks and judge in virtual time,
/// with a world that says how attempts end and who approves. Nothing is run and nothing stored.
package enum Simulation {
    /// Carries a run to its end, or to where nothing more happens by itself.
    ///
    /// Throws `RunRefusal.invalid` when the inputs or secrets do not fit the workflow.
    package static func run(
        _ request: SimulationRequest, world: SimulationWorld, hooks: any HookEvaluator,
        masking: ([String: Secret]) throws -> any Masking
    ) async throws -> SimulationResult {
        var driver = try SimulationDriver(request, world: world, hooks: hooks, masking: masking)
        try await driver.run()
        return driver.result
    }
}

/// The run that is played.
package struct SimulationRequest: Sendable {
    package let definition: WorkflowDefinition
    /// Texts of the run's inputs, as typed.
    package var inputs: [String: String] = [:]
    /// Those that are declared and not given get a value that stands for them.
    package var secrets: [String: Secret] = [:]
    package var actor = "somebody"
    package var commit: String?
    package var number: Int64 = 1
    /// True: an output that the world does not give has a value that nobody knows; what depends on
    /// it is told, and taken to go well. False: it is absent.
    package var leavesOutputsUnknown = false

    package init(definition: WorkflowDefinition) {
        self.definition = definition
    }
}

/// What is not the engine's: how attempts end, and what people say.
package struct SimulationWorld: Sendable {
    package var attempt: @Sendable (SimulatedCall) -> SimulatedAttempt
    /// By the name of the pause stage.
    package var decision: @Sendable (String) -> SimulatedDecision

    package init(
        attempt: @escaping @Sendable (SimulatedCall) -> SimulatedAttempt,
        decision: @escaping @Sendable (String) -> SimulatedDecision
    ) {
        self.attempt = attempt
        self.decision = decision
    }
}

/// One attempt that begins.
package struct SimulatedCall: Sendable {
    /// `stage.job`.
    package let job: String
    /// The leg's own name, such as `test.unit[2]`; the job's key for the only one.
    package let label: String
    /// The leg's place among those of its job, from 0.
    package let ordinal: Int
    /// Counts from 1.
    package let attempt: Int
}

/// What one attempt does.
package struct SimulatedAttempt: Hashable, Sendable {
    package enum Ending: Hashable, Sendable {
        case exited(Int32)
        /// The machine's fault.
        case lost(String)
        /// It never ends by itself: its timeout ends it.
        case hangs
    }

    package var ending = Ending.exited(0)
    package var takes = Duration.seconds(1)
    package var outputs: [String: String] = [:]
    /// What it leaves of the artifacts that the job declares; nil for all.
    package var artifacts: Set<String>?

    package init() {}
}

/// What people say to a pause.
package enum SimulatedDecision: String, Hashable, Sendable, CaseIterable {
    /// As many as are asked for agree.
    case approve
    case reject
    /// Nobody says anything until the pause's timeout.
    case expire
}

/// What a played run came to.
package struct SimulationResult: Sendable {
    package let state: RunState
    package let events: [RecordedEvent]
    /// Every hook, in the order of their answers.
    package let hooks: [SimulatedHook]
    /// Leg → what its newest attempt was given; secrets are hidden.
    package let inputs: [Int: [String: String]]
    /// Jobs whose matrix holds what is not known → that; one leg stands for all.
    package let unknownMatrices: [Int: [String]]
}

/// One hook of a played run.
package struct SimulatedHook: Sendable {
    package enum Place: Hashable, Sendable {
        case condition(job: Int)
        case before(leg: Int, attempt: Int)
        case after(leg: Int, attempt: Int)
        case stageCondition(stage: Int)
        case stageHook(stage: Int)
    }

    package let place: Place
    package let source: String
    package let outcome: HookOutcome
    /// What the text reads, as it is written, with its value; nil for what is absent. At most 20.
    package let values: [(name: String, value: JSONValue?)]
    /// What the answer depends on and nobody knows; the hook is then taken to pass.
    package let unknown: [String]
}
