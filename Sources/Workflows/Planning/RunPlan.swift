/// A definition laid out by index: stages, their jobs, and the legs that shards make of them.
///
/// A plan follows from its definition alone, so it is never stored: events name stages, jobs and
/// legs by their index here.
package struct RunPlan: Sendable {
    package struct Stage: Sendable {
        package let definition: StageDefinition
        package let jobs: Range<Int>

        package var isEnd: Bool { definition.kind == .end }
    }

    package struct Job: Sendable {
        package let stage: Int
        package let definition: JobDefinition
        package let legs: Range<Int>
        /// `stage.job`.
        package let key: String

        package var isSharded: Bool { definition.shards != nil }
    }

    package struct Leg: Hashable, Sendable {
        package let job: Int
        /// Counts from 0; nil for a job without shards.
        package let shard: Int?
    }

    package let definition: WorkflowDefinition
    package let stages: [Stage]
    package let jobs: [Job]
    package let legs: [Leg]
    /// Jobs that declare an output or an artifact, in order.
    package let jobsWithOutputs: [Int]
    private let jobIndexes: [String: Int]

    package init(_ definition: WorkflowDefinition) {
        var stages: [Stage] = []
        var jobs: [Job] = []
        var legs: [Leg] = []
        var indexes: [String: Int] = [:]
        for stage in definition.stages {
            let firstJob = jobs.count
            for job in stage.jobs {
                let firstLeg = legs.count
                if let count = job.shards {
                    legs += (0..<count).map { Leg(job: jobs.count, shard: $0) }
                } else {
                    legs.append(Leg(job: jobs.count, shard: nil))
                }
                let key = "\(stage.name).\(job.name)"
                indexes[key] = jobs.count
                jobs.append(
                    Job(
                        stage: stages.count, definition: job, legs: firstLeg..<legs.count, key: key
                    ))
            }
            stages.append(Stage(definition: stage, jobs: firstJob..<jobs.count))
        }
        self.definition = definition
        self.stages = stages
        self.jobs = jobs
        self.legs = legs
        jobsWithOutputs = jobs.indices.filter {
            !jobs[$0].definition.outputs.isEmpty || !jobs[$0].definition.produces.isEmpty
        }
        jobIndexes = indexes
    }

    package func jobIndex(stage: String, job: String) -> Int? {
        jobIndexes["\(stage).\(job)"]
    }

    package func jobIndex(key: String) -> Int? { jobIndexes[key] }

    /// `stage.job`, or `stage.job[2]` for a shard.
    package func label(leg: Int) -> String {
        jobs[legs[leg].job].key + (legs[leg].shard.map { "[\($0)]" } ?? "")
    }
}
