import Domain

/// Checks that every reference leads to something declared that ends before it is needed.
struct ReferenceChecker {
    /// What others can refer to in a job.
    private struct JobNames {
        let matrix: Set<String>
        let outputs: Set<String>
        let artifacts: Set<String>
        /// Nil when it is known only at run time, or the job is a single one.
        let legs: Int?

        init(_ job: JobDefinition) {
            matrix = Set(job.matrix.map(\.name))
            outputs = Set(job.outputs)
            artifacts = Set(job.produces.map(\.name))
            let literals = job.matrix.compactMap(\.literals)
            let isKnown = literals.count == job.matrix.count
            legs = isKnown ? RunPlan.count(job, values: literals) : nil
        }
    }

    private let definition: WorkflowDefinition
    private let stageIndexes: [String: Int]
    private let jobIndexes: [[String: Int]]
    private let inputs: Set<String>
    private let variables: Set<String>
    private let secrets: Set<String>
    private let environment: EnvironmentGraph
    private var jobNames: [ReferenceUse.Site: JobNames] = [:]
    private(set) var findings: Findings

    init(definition: WorkflowDefinition, findings: Findings) {
        func indexes(_ names: [String]) -> [String: Int] {
            Dictionary(
                names.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        }
        self.definition = definition
        self.findings = findings
        stageIndexes = indexes(definition.stages.map(\.name))
        jobIndexes = definition.stages.map { indexes($0.jobs.map(\.name)) }
        inputs = Set(definition.inputs.map(\.name))
        variables = Set(definition.environment.map(\.name))
        secrets = Set(definition.secrets)
        environment = EnvironmentGraph(definition.environment)
    }

    mutating func check(_ uses: [ReferenceUse]) {
        for use in uses { check(use) }
    }

    private mutating func report(
        _ rule: LintRule, _ use: ReferenceUse, _ message: String, hint: String? = nil
    ) {
        findings.add(
            Diagnostic(
                .error, rule: rule.rawValue, at: use.node.start, end: use.node.end, message,
                hint: hint))
    }

    private mutating func check(_ use: ReferenceUse) {
        switch use.reference {
        case .input(let name):
            if inputs.contains(name) { return }
            report(
                .unknownReference, use, "there is no input '\(name)' of the run",
                hint: findings.hint(for: name, among: definition.inputs.lazy.map(\.name)))
        case .environment(let name): variable(use, name)
        case .secret(let name):
            if use.needs == .output {
                return report(
                    .secretNotWhole, use, "the secret \(name) is an output; outputs are recorded")
            }
            if use.needs == .notification {
                return report(
                    .secretNotWhole, use,
                    "the secret \(name) is in a message; programs outside are told no secrets")
            }
            if secrets.contains(name) || hasEnvironment(use) { return }
            report(
                .undeclaredSecret, use, "the secret '\(name)' is not in the file's 'secrets'",
                hint: findings.hint(for: name, among: definition.secrets)
                    ?? "add 'secrets: [\(name)]' to the file")
        case .run: return
        case .matrix(let name): matrix(use, name)
        case .upstream(let stage, let job, let name, let leg):
            upstream(use, stage: stage, job: job, name: name, leg: leg)
        }
    }

    /// Whether the reference is one of a job with an environment, whose secrets are its own.
    private func hasEnvironment(_ use: ReferenceUse) -> Bool {
        guard use.needs == .anyValue, let site = use.site,
            definition.stages.indices.contains(site.stage)
        else { return false }
        let jobs = definition.stages[site.stage].jobs
        return jobs.indices.contains(site.job) && jobs[site.job].protectedEnvironment != nil
    }

    private mutating func variable(_ use: ReferenceUse, _ name: String) {
        guard variables.contains(name) else {
            return report(
                .unknownReference, use, "there is no '\(name)' in env",
                hint: findings.hint(for: name, among: definition.environment.lazy.map(\.name)))
        }
        if use.site == nil, use.needs == .anyValue {
            if environment.isInCircle(from: use.owner, to: name) {
                return report(.referenceCycle, use, "env '\(use.owner)' refers to itself")
            }
            if environment.isFirstTooDeep(use.owner) {
                report(
                    .limit, use,
                    "env '\(use.owner)' leads through more than "
                        + "\(EnvironmentGraph.depthLimit) values of env")
            }
        }
        guard let secret = environment.secret(of: name) else { return }
        switch use.needs {
        case .matrixValue:
            report(
                .badReference, use,
                "'\(name)' in env is the secret \(secret); it cannot be a value of a matrix")
        case .group:
            report(
                .badReference, use,
                "'\(name)' in env is the secret \(secret); it cannot be a part of a group's name")
        case .output:
            report(
                .badReference, use,
                "'\(name)' in env is the secret \(secret); it cannot be an output")
        case .cacheKey:
            report(
                .badReference, use,
                "'\(name)' in env is the secret \(secret); it cannot be a part of a cache's key")
        case .notification:
            report(
                .badReference, use,
                "'\(name)' in env is the secret \(secret); programs outside are told no secrets")
        case .anyValue where !use.isWhole:
            report(
                .secretNotWhole, use,
                "'\(name)' in env is the secret \(secret), here a part of a text; "
                    + "expected it as the whole value")
        case .anyValue, .artifact: return
        }
    }

    private mutating func names(_ site: ReferenceUse.Site) -> JobNames {
        if let known = jobNames[site] { return known }
        let names = JobNames(definition.stages[site.stage].jobs[site.job])
        jobNames[site] = names
        return names
    }

    private mutating func matrix(_ use: ReferenceUse, _ name: String) {
        guard use.needs != .notification, let site = use.site,
            definition.stages.indices.contains(site.stage),
            definition.stages[site.stage].jobs.indices.contains(site.job)
        else {
            return report(.unknownReference, use, "only a job has a matrix")
        }
        if names(site).matrix.contains(name) { return }
        let keys = definition.stages[site.stage].jobs[site.job].matrix
        report(
            .unknownReference, use,
            keys.isEmpty ? "the job has no matrix" : "the job's matrix has no key '\(name)'",
            hint: findings.hint(for: name, among: keys.lazy.map(\.name)))
    }

    private mutating func upstream(
        _ use: ReferenceUse, stage: String, job: String, name: String, leg: Int?
    ) {
        guard let site = use.site else {
            return report(
                .forwardReference, use, "env holds for every job, so it cannot refer to one",
                hint: "refer to \(stage).\(job) from the inputs of a job")
        }
        guard let stageIndex = stageIndexes[stage] else {
            return report(
                .unknownReference, use, "there is no stage '\(stage)'",
                hint: findings.hint(for: stage, among: definition.stages.lazy.map(\.name)))
        }
        let isParallel = definition.stages[stageIndex].isParallel
        guard let jobIndex = jobIndexes[stageIndex][job] else {
            let jobs = definition.stages[stageIndex].jobs
            return report(
                .unknownReference, use, "the stage '\(stage)' has no job '\(job)'",
                hint: findings.hint(for: job, among: jobs.lazy.map(\.name)))
        }
        if stageIndex == site.stage, isParallel || jobIndex == site.job {
            return report(
                .siblingReference, use,
                "\(stage).\(job) runs at the same time, so it cannot be seen",
                hint: "move it to an earlier stage")
        }
        if (stageIndex, jobIndex) > (site.stage, site.job) {
            return report(
                .forwardReference, use, "\(stage).\(job) runs later, so it cannot be seen",
                hint: "refer to a job that ends before this one")
        }
        declared(use, .init(stage: stageIndex, job: jobIndex), "\(stage).\(job)", name, leg: leg)
    }

    private mutating func declared(
        _ use: ReferenceUse, _ site: ReferenceUse.Site, _ key: String, _ name: String, leg: Int?
    ) {
        let job = definition.stages[site.stage].jobs[site.job]
        let names = names(site)
        if let leg {
            guard job.shards != nil || !job.matrix.isEmpty else {
                return report(.unknownReference, use, "\(key) has no shards and no matrix")
            }
            if let count = names.legs, leg >= count {
                return report(
                    .unknownReference, use, "\(key) has \(count) legs; there is no [\(leg)]")
            }
        }
        let isArtifact = use.needs == .artifact
        if names.artifacts.contains(name) || !isArtifact && names.outputs.contains(name) { return }
        report(
            .undeclaredOutput, use,
            "\(key) declares no \(isArtifact ? "artifact" : "output") '\(name)'",
            hint: findings.hint(
                for: name,
                among: (isArtifact ? [] : job.outputs) + job.produces.map(\.name))
                ?? "add it to the job's '\(isArtifact ? "produces" : "outputs")'")
    }
}
