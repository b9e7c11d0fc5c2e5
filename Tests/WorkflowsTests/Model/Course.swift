import Workflows

/// What a job does when nothing stops it. Times are microseconds of the run.
struct Course {
    struct Leg {
        let label: String
        /// Of each attempt.
        let begins: [Int64]
        let end: Int64
        let state: JobState
    }

    /// Of a job that ends without a leg: its condition or its list said so.
    private let own: JobState?
    let legs: [Leg]
    let end: Int64

    init(_ state: JobState, at end: Int64) {
        own = state
        legs = []
        self.end = end
    }

    init(legs: [Leg]) {
        own = nil
        self.legs = legs
        end = legs.map(\.end).max() ?? 0
    }

    var state: JobState { own ?? Self.strongest(legs.map(\.state)) }

    /// How the job ends when what still runs of it is cut off.
    func state(cutAt time: Int64, _ stop: SmallModel.Stop) -> JobState {
        let hasBegun = legs.contains { leg in leg.begins.contains { $0 <= time } }
        // A cancel speaks for all of a job; what fail-fast or a limit stopped does not.
        guard hasBegun, stop != .told else { return .cancelled }
        return Self.strongest(legs.map { $0.end <= time ? $0.state : .cancelled })
    }

    /// When the first of its legs ends in a way that counts as a failure.
    func firstFailure(of job: ModelFlow.Job) -> Int64? {
        if let own { return job.isHindering(own) ? end : nil }
        return legs.filter { job.isHindering($0.state) }.map(\.end).min()
    }

    private static func strongest(_ states: [JobState]) -> JobState {
        let order: [JobState] = [
            .errored, .failed, .timedOut, .cancelled, .succeeded, .skipped,
        ]
        return order.first(where: states.contains) ?? .skipped
    }
}
