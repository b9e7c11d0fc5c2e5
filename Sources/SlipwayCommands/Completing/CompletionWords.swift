import Domain
import OCI
import Registry
import Runs
import Workflows

/// The words themselves, of a home or of a workflow; in the order in which they are offered.
enum CompletionWords {
    static func runs() async throws -> [Candidate] {
        guard let home = try CompletionHome.open() else { return [] }
        let runs = try await home.listedRuns()
        guard let newest = runs.first else { return [] }
        return words(runs) + [last(newest)]
    }

    /// Runs that have not ended; of these, those in a phase alone. `last` where it is one of them.
    static func unfinishedRuns(in phase: RunPhase? = nil) async throws -> [Candidate] {
        guard let home = try CompletionHome.open() else { return [] }
        let runs = try await home.unfinishedRuns().filter { phase == nil || $0.phase == phase }
        let newest = try await home.listedRuns().first
        return words(runs) + runs.prefix(1).filter { $0.id == newest?.id }.map(last)
    }

    private static func words(_ runs: [ListedRun]) -> [Candidate] {
        runs.map { Candidate(String($0.number), "\($0.workflow), \($0.phase.rawValue)") }
    }

    private static func last(_ run: ListedRun) -> Candidate {
        Candidate("last", "run \(run.number) of \(run.workflow)")
    }

    static func images() async throws -> [Candidate] {
        guard let home = try CompletionHome.open() else { return [] }
        return try await home.images.list().map { image in
            let name = image.reference.description
            // `NAME` means `library/NAME`.
            let word = name.hasPrefix("library/") ? String(name.dropFirst(8)) : name
            return Candidate(word, "image, \(Shown.size(image.size))")
        }
    }

    static func makers(ofRun text: String) async throws -> [Candidate] {
        guard let home = try CompletionHome.open() else { return [] }
        var names: [String: [String]] = [:]
        var order: [String] = []
        for artifact in try await home.artifacts(ofRun: text) {
            if names[artifact.job] == nil { order.append(artifact.job) }
            names[artifact.job, default: []].append(artifact.name)
        }
        return order.map { Candidate($0, (names[$0] ?? []).joined(separator: ", ")) }
    }

    static func artifacts(ofRun text: String, job: String) async throws -> [Candidate] {
        guard let home = try CompletionHome.open() else { return [] }
        return try await home.artifacts(ofRun: text).filter { $0.job == job }.map {
            Candidate($0.name, "\($0.record.kind.rawValue), \(Shown.size($0.record.size))")
        }
    }
}

extension CompletionWords {
    /// Jobs first, then the legs of those that have several.
    static func jobs(of plan: RunPlan?) -> [Candidate] {
        guard let plan else { return [] }
        let jobs = plan.jobs.map { Candidate($0.key, GraphJob($0).work) }
        let legs = plan.jobs.lazy.filter(\.isMultiple).flatMap { job in
            job.legs.map { Candidate(plan.label(leg: $0), "one leg of \(job.key)") }
        }
        return jobs + legs.prefix(Candidate.limit * 4)
    }

    /// Legs of jobs with `cache`.
    static func cachedLegs(of plan: RunPlan?) -> [Candidate] {
        guard let plan else { return [] }
        return plan.legs.indices.lazy.filter { plan.jobs[plan.legs[$0].job].definition.memo != nil }
            .prefix(Candidate.limit).map { Candidate(plan.label(leg: $0)) }
    }

    /// Legs that run in a container now.
    static func runningLegs(of state: RunState?) -> [Candidate] {
        legs(of: state) { $0.state == .running }
    }

    /// Legs that have run, those first that did not succeed.
    static func endedLegs(of state: RunState?) -> [Candidate] {
        legs(of: state) { $0.state.isFinal && $0.state != .succeeded && $0.attempt > 0 }
            + legs(of: state) { $0.state == .succeeded && $0.attempt > 0 }
    }

    private static func legs(
        of state: RunState?, _ isWanted: (LegProgress) -> Bool
    ) -> [Candidate] {
        guard let state else { return [] }
        return state.legs.indices.filter { leg in
            isWanted(state.legs[leg])
                && state.plan.jobs[state.plan.legs[leg].job].definition.component != nil
        }.prefix(Candidate.limit).map { leg in
            Candidate(state.plan.label(leg: leg), state.legs[leg].state.rawValue)
        }
    }

    static func services(of plan: RunPlan?, job name: String) -> [Candidate] {
        guard let plan, let (job, _) = JobExplanation.find(name, in: plan) else { return [] }
        return plan.jobs[job].definition.services.map {
            Candidate($0.name, "service of \(plan.jobs[job].key)")
        }
    }

    static func stages(of plan: RunPlan?) -> [Candidate] {
        (plan?.stages ?? []).map { stage in
            Candidate(stage.definition.name, "\(stage.jobs.count) jobs")
        }
    }

    static func pauses(of plan: RunPlan?) -> [Candidate] {
        (plan?.stages ?? []).filter { $0.definition.kind == .pause }.map {
            Candidate($0.definition.name, "pause")
        }
    }

    /// `NAME=`, with the default or each choice behind it.
    static func inputs(of plan: RunPlan?) -> [Candidate] {
        (plan?.definition.inputs ?? []).flatMap { input -> [Candidate] in
            let note = input.description ?? input.kind.rawValue
            let values = input.choices.isEmpty ? [input.defaultText ?? ""] : input.choices
            return values.map { Candidate("\(input.name)=\($0)", note) }
        }
    }

    /// `STAGE.JOB.NAME=`.
    static func outputs(of plan: RunPlan?) -> [Candidate] {
        (plan?.jobs ?? []).flatMap { job in
            job.definition.outputs.map { Candidate("\(job.key).\($0)=", "output") }
        }
    }

    /// `NAME=env:NAME`.
    static func secrets(of plan: RunPlan?) -> [Candidate] {
        (plan?.definition.secrets ?? []).map { Candidate("\($0)=env:\($0)", "secret") }
    }
}
