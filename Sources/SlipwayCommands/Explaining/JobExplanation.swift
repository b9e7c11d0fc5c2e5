import Domain
import OCI
import Runs
import Workflows

/// Why a job, or one leg of it, stands where it stands: from what its run recorded, nothing else.
struct JobExplanation {
    let history: RunHistory
    let job: Int
    /// Nil for a job of several legs, or of none yet, as a whole.
    let leg: Int?
    let now: Timestamp
    /// Leg → the run that it called last.
    let calls: [Int: Int64]
    /// The run that a reused job is from.
    let origin: Int64?

    var state: RunState { history.state }
    var plan: RunPlan { history.state.plan }
    var planned: RunPlan.Job { plan.jobs[job] }
    var stage: RunPlan.Stage { plan.stages[planned.stage] }
    var number: Int64 { state.creation?.number ?? 0 }

    /// `test.unit` or `test.unit[2]`.
    var label: String { leg.map { plan.label(leg: $0) } ?? planned.key }

    var jobState: JobState { leg.map { state.legs[$0].state } ?? state.jobs[job].state }

    var reason: String? {
        leg.flatMap { state.legs[$0].reason } ?? state.jobs[job].reason
    }

    init(
        _ history: RunHistory, job: Int, leg: Int?, now: Timestamp, calls: [Int: Int64] = [:],
        origin: Int64? = nil
    ) {
        self.history = history
        self.job = job
        let legs = history.state.plan.jobs[job].legs
        self.leg = leg ?? (legs.count == 1 ? legs.lowerBound : nil)
        self.now = now
        self.calls = calls
        self.origin = origin
    }

    /// The job or the leg that a name means; nil when there is none.
    static func find(_ name: String, in plan: RunPlan) -> (job: Int, leg: Int?)? {
        if let job = plan.jobIndex(key: name) { return (job, nil) }
        guard let bracket = name.firstIndex(of: "["),
            let job = plan.jobIndex(key: String(name[..<bracket])),
            let leg = plan.jobs[job].legs.first(where: { plan.label(leg: $0) == name })
        else { return nil }
        return (job, leg)
    }
}
