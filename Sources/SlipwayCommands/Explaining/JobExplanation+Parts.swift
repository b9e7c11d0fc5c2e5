import Domain
import OCI
import Runs
import Workflows

extension JobExplanation {
    /// Something that a job takes from another.
    struct Consumed: Hashable {
        let name: String
        /// `build.compile.binary`.
        let from: String
        /// One a leg of the maker; empty when nothing was made.
        let records: [ArtifactRecord]
        /// What it was taken over from, where an earlier run made it.
        let reused: ReusedJob?
    }

    var consumed: [Consumed] {
        planned.definition.consumes.map { artifact in
            let records: [ArtifactRecord] =
                switch state.content(of: artifact) {
                case .single(let record)?: [record]
                case .legs(let legs)?: legs.compactMap { $0 }
                case nil: []
                }
            let maker = plan.jobIndex(stage: artifact.stage, job: artifact.job)
            return Consumed(
                name: artifact.name,
                from: "\(artifact.stage).\(artifact.job).\(artifact.artifact)", records: records,
                reused: maker.flatMap { state.jobs[$0].reused })
        }
    }

    /// The image that it runs in, and those of its services: name and digest.
    var images: [(name: String, digest: Digest?)] {
        let references =
            [planned.definition.component?.value].compactMap { $0 }
            + planned.definition.services.map(\.component.value)
        return references.map { reference in
            let name = reference.description
            return (name, state.creation?.images[name])
        }
    }

    var attempts: [AttemptHistory] { leg.map { history.attempts(ofLeg: $0) } ?? [] }

    var inputs: [EffectiveInput] { leg.map { history.inputs(ofLeg: $0) } ?? [] }

    var outputs: [(name: String, value: String)] {
        (leg.map { state.legs[$0].outputs } ?? [:]).sorted { $0.key < $1.key }.map {
            (name: $0.key, value: $0.value)
        }
    }

    var artifacts: [(name: String, record: ArtifactRecord)] {
        (leg.map { state.legs[$0].artifacts } ?? [:]).sorted { $0.key < $1.key }.map {
            (name: $0.key, record: $0.value)
        }
    }

    var caches: [CacheUse] { leg.map { state.legs[$0].caches } ?? [] }

    /// `reused from run 11`, where the job was not run again.
    var reuse: String? {
        guard let run = state.jobs[job].reused?.run else { return nil }
        return "reused from run " + (origin.map { String($0) } ?? run.text)
    }

    /// `true`, `false`, or how it ended otherwise.
    static func word(_ condition: EvaluatedCondition) -> String {
        switch condition.outcome {
        case .passed: condition.isTrue == true ? "true" : "false"
        case .failed(let why, _): "failed: \(why)"
        case .errored(let why, _): "errored: \(why)"
        case .skipped(let why, _): "skip: \(why)"
        }
    }

    /// How an attempt ended, as far as it is known.
    func ending(_ attempt: AttemptHistory) -> String {
        if let retry = attempt.retry { return retry.reason }
        guard let leg, attempt.number == state.legs[leg].attempt else { return "-" }
        let progress = state.legs[leg]
        let reason = progress.reason ?? progress.exitCode.map { "exit code \($0)" }
        return progress.state.rawValue + (reason.map { ": \($0)" } ?? "")
    }
}
