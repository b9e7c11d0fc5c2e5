/// A definition laid out by index: stages, their jobs, and the legs that matrix and shards make
/// of them.
///
/// A plan follows from its definition alone, so it is never stored: events name stages, jobs and
/// legs by their index here. A job whose matrix holds references has no legs until they are
/// resolved; then it gets the next free indexes.
package struct RunPlan: Sendable {
    package struct Stage: Sendable {
        package let definition: StageDefinition
        package let jobs: Range<Int>

        package var isEnd: Bool { definition.kind == .end }
    }

    package struct Job: Sendable {
        package let stage: Int
        package let definition: JobDefinition
        package internal(set) var legs: Range<Int>
        /// `stage.job`.
        package let key: String

        /// Whether its outputs are lists, one element a leg.
        package var isMultiple: Bool {
            definition.shards != nil || !definition.matrix.isEmpty
        }
    }

    package struct Leg: Hashable, Sendable {
        package let job: Int
        /// In the order of the job's matrix; empty without one.
        package let matrix: [MatrixValue]
        /// Counts from 0; nil for a job without shards.
        package let shard: Int?
    }

    package let definition: WorkflowDefinition
    package let stages: [Stage]
    package private(set) var jobs: [Job]
    package private(set) var legs: [Leg]
    /// Jobs that declare an output or an artifact, in order.
    package let jobsWithOutputs: [Int]
    private let jobIndexes: [String: Int]

    /// Of a run, however its matrices turn out.
    package static let legLimit = 20_000

    package init(_ definition: WorkflowDefinition) {
        var stages: [Stage] = []
        var jobs: [Job] = []
        var legs: [Leg] = []
        var indexes: [String: Int] = [:]
        for stage in definition.stages {
            let firstJob = jobs.count
            for job in stage.jobs {
                let firstLeg = legs.count
                let literals = job.matrix.compactMap(\.literals)
                if literals.count == job.matrix.count {
                    legs += Self.legs(of: jobs.count, job, values: literals)
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

    /// All combinations: keys as written, the last varies fastest, shards innermost.
    private static func legs(
        of job: Int, _ definition: JobDefinition, values: [[String]]
    ) -> [Leg] {
        var combinations: [[MatrixValue]] = [[]]
        for (key, list) in zip(definition.matrix, values) {
            combinations = combinations.flatMap { combination in
                list.map { combination + [MatrixValue(name: key.name, value: $0)] }
            }
        }
        guard let shards = definition.shards else {
            return combinations.map { Leg(job: job, matrix: $0, shard: nil) }
        }
        return combinations.flatMap { combination in
            (0..<shards).map { Leg(job: job, matrix: combination, shard: $0) }
        }
    }

    /// How many legs a matrix with these values makes.
    static func count(_ definition: JobDefinition, values: [[String]]) -> Int {
        values.reduce(definition.shards ?? 1) { product, list in
            let (next, overflow) = product.multipliedReportingOverflow(by: list.count)
            return overflow ? Int.max : next
        }
    }

    /// Gives a job its legs, when the references in its matrix are resolved.
    mutating func expand(job: Int, values: [[String]]) {
        let first = legs.count
        legs += Self.legs(of: job, jobs[job].definition, values: values)
        jobs[job].legs = first..<legs.count
    }

    package func jobIndex(stage: String, job: String) -> Int? {
        jobIndexes["\(stage).\(job)"]
    }

    package func jobIndex(key: String) -> Int? { jobIndexes[key] }

    /// `stage.job`, `stage.job[T_X=a,T_Y=b]` for one of a matrix, `stage.job[2]` for a shard.
    package func label(leg: Int) -> String {
        jobs[legs[leg].job].key + suffix(leg: leg)
    }

    /// What tells a leg from the others of its job; empty for the only one.
    package func suffix(leg: Int) -> String {
        let planned = legs[leg]
        var text = planned.shard.map { "[\($0)]" } ?? ""
        if !planned.matrix.isEmpty {
            let values = planned.matrix.map { "\($0.name)=\($0.value)" }
            text = "[\(values.joined(separator: ","))]" + text
        }
        return text
    }

    /// The place of a leg among those of its job, from 0.
    package func ordinal(leg: Int) -> Int { leg - jobs[legs[leg].job].legs.lowerBound }
}

extension JobDefinition {
    /// Whether its legs are known only when its turn has come.
    package var hasDynamicMatrix: Bool { matrix.contains { $0.literals == nil } }
}
