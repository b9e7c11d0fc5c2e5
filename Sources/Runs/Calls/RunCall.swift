import Workflows

/// What a run is given by the attempt that calls it (docs/decisions/0008).
struct RunCall: Sendable {
    let by: AttemptID
    /// The run that calls: its components' digests and its source are those of this run, too.
    let caller: RunCreation
}

/// An attempt's call, with all references resolved.
struct CallRequest: Sendable {
    let id: AttemptID
    let called: CalledWorkflow
    /// Texts of the called run's inputs.
    let inputs: [String: String]
    let caller: RunCreation
}
