import Domain

extension RunState {
    /// A job's turn has come, and an earlier run did it: its legs are as they were then.
    mutating func take(_ reused: ReusedJob, _ job: Int, at now: Timestamp) -> [RunEffect] {
        if let matrix = reused.matrix, plan.jobs[job].legs.isEmpty {
            plan.expand(job: job, values: matrix)
            legs += plan.jobs[job].legs.map { _ in LegProgress() }
        }
        for (leg, report) in zip(plan.jobs[job].legs, reused.legs) {
            legs[leg].state = report.state
            legs[leg].exitCode = report.exitCode
            legs[leg].outputs = report.outputs
            legs[leg].artifacts = report.artifacts
            legs[leg].reports = report.reports
        }
        jobs[job].remainingLegs = 0
        let reason = "reused from run \(reused.number.map { String($0) } ?? reused.run.text)"
        return [.record(.jobEnded(job: job, .succeeded, reason: reason))]
    }

    /// What a new run may take over of this one's jobs: those that succeeded, in stages before
    /// `stage`, or in any when it is nil. End stages always run again.
    package func reusableJobs(beforeStage stage: Int?) -> [(key: String, job: ReusedJob)] {
        guard let creation else { return [] }
        return plan.jobs.indices.compactMap { index in
            let planned = plan.jobs[index]
            guard jobs[index].state == .succeeded, !plan.stages[planned.stage].isEnd,
                planned.stage < stage ?? Int.max
            else { return nil }
            let reports = planned.legs.map { leg in
                AttemptReport(
                    state: legs[leg].state, exitCode: legs[leg].exitCode,
                    outputs: legs[leg].outputs, artifacts: legs[leg].artifacts,
                    reports: legs[leg].reports)
            }
            let lists = planned.definition.hasDynamicMatrix ? matrixLists(of: planned) : nil
            let older = jobs[index].reused
            return (
                planned.key,
                ReusedJob(
                    run: older?.run ?? creation.id,
                    number: older.map(\.number) ?? creation.number, matrix: lists, legs: reports)
            )
        }
    }

    private func matrixLists(of job: RunPlan.Job) -> [[String]] {
        job.definition.matrix.indices.map { key in
            var values: [String] = []
            for leg in job.legs where !values.contains(plan.legs[leg].matrix[key].value) {
                values.append(plan.legs[leg].matrix[key].value)
            }
            return values
        }
    }
}
