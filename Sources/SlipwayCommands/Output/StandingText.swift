import Runs

/// What a person is told of a run that no process carries, and what to type next.
extension RunStanding {
    /// Behind a run's state, in tables.
    var suffix: String { self == .interrupted ? " (interrupted)" : "" }

    /// `root`: the number of the run that is resumed.
    func note(root: Int64) -> String? {
        switch self {
        case .settled: nil
        case .waits(let run):
            "waits for approval: slipway approve \(run) (or reject), then slipway resume \(root)"
        case .interrupted:
            "its process is gone: slipway resume \(root) goes on, slipway cancel \(root) closes it"
        }
    }
}
