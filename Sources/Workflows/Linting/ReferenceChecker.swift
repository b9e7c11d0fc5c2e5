import Domain

/// One reference of a file: where it stands and what it must lead to.
struct ReferenceUse: Sendable {
    /// A job, by its stage's and its own index; nil stands for `env`.
    struct Site: Sendable {
        let stage: Int
        let job: Int
    }

    enum Need {
        case anyValue, artifact
    }

    let reference: Reference
    /// The name of the input that holds it.
    let owner: String
    let node: YAMLNode
    let site: Site?
    let needs: Need
}

/// Checks that every reference leads to something declared that ends before it is needed.
struct ReferenceChecker {
    private let definition: WorkflowDefinition
    private let stageIndexes: [String: Int]
    private let inputs: Set<String>
    private let variables: Set<String>

    init(definition: WorkflowDefinition) {
        self.definition = definition
        stageIndexes = Dictionary(
            definition.stages.enumerated().map { ($1.name, $0) },
            uniquingKeysWith: { first, _ in first })
        inputs = Set(definition.inputs.map(\.name))
        variables = Set(definition.environment.map(\.name))
    }

    func check(_ uses: [ReferenceUse]) -> [Diagnostic] {
        uses.compactMap(finding) + cycles(uses)
    }

    private func report(
        _ rule: LintRule, _ use: ReferenceUse, _ message: String, hint: String? = nil
    ) -> Diagnostic {
        Diagnostic(
            .error, rule: rule.rawValue, at: use.node.start, end: use.node.end, message, hint: hint)
    }

    private func finding(_ use: ReferenceUse) -> Diagnostic? {
        switch use.reference {
        case .input(let name):
            if inputs.contains(name) { return nil }
            return report(
                .unknownReference, use, "there is no input '\(name)' of the run",
                hint: Suggestion.hint(for: name, among: inputs))
        case .environment(let name):
            if variables.contains(name) { return nil }
            return report(
                .unknownReference, use, "there is no '\(name)' in env",
                hint: Suggestion.hint(for: name, among: variables))
        case .secret(let name):
            if definition.secrets.contains(name) { return nil }
            return report(
                .undeclaredSecret, use, "the secret '\(name)' is not in the file's 'secrets'",
                hint: Suggestion.hint(for: name, among: definition.secrets)
                    ?? "add 'secrets: [\(name)]' to the file")
        case .run: return nil
        case .matrix(let name): return matrix(use, name)
        case .upstream(let stage, let job, let name, let leg):
            return upstream(use, stage: stage, job: job, name: name, leg: leg)
        }
    }

    private func matrix(_ use: ReferenceUse, _ name: String) -> Diagnostic? {
        guard let site = use.site, definition.stages.indices.contains(site.stage),
            definition.stages[site.stage].jobs.indices.contains(site.job)
        else {
            return report(.unknownReference, use, "env holds for every job, so it has no matrix")
        }
        let keys = definition.stages[site.stage].jobs[site.job].matrix.map(\.name)
        if keys.contains(name) { return nil }
        return report(
            .unknownReference, use,
            keys.isEmpty ? "the job has no matrix" : "the job's matrix has no key '\(name)'",
            hint: Suggestion.hint(for: name, among: keys))
    }

    private func upstream(
        _ use: ReferenceUse, stage: String, job: String, name: String, leg: Int?
    ) -> Diagnostic? {
        guard let site = use.site else {
            return report(
                .forwardReference, use, "env holds for every job, so it cannot refer to one",
                hint: "refer to \(stage).\(job) from the inputs of a job")
        }
        guard let stageIndex = stageIndexes[stage] else {
            return report(
                .unknownReference, use, "there is no stage '\(stage)'",
                hint: Suggestion.hint(for: stage, among: stageIndexes.keys))
        }
        let jobs = definition.stages[stageIndex].jobs
        guard let jobIndex = jobs.firstIndex(where: { $0.name == job }) else {
            return report(
                .unknownReference, use, "the stage '\(stage)' has no job '\(job)'",
                hint: Suggestion.hint(for: job, among: jobs.map(\.name)))
        }
        if stageIndex > site.stage || stageIndex == site.stage && jobIndex >= site.job {
            let isSibling =
                stageIndex == site.stage
                && (definition.stages[stageIndex].isParallel || jobIndex == site.job)
            return isSibling ? sibling(use, stage, job) : forward(use, stage, job)
        }
        if stageIndex == site.stage, definition.stages[stageIndex].isParallel {
            return sibling(use, stage, job)
        }
        return declared(use, jobs[jobIndex], key: "\(stage).\(job)", name: name, leg: leg)
    }

    private func sibling(_ use: ReferenceUse, _ stage: String, _ job: String) -> Diagnostic {
        report(
            .siblingReference, use, "\(stage).\(job) runs at the same time, so it cannot be seen",
            hint: "move it to an earlier stage")
    }

    private func forward(_ use: ReferenceUse, _ stage: String, _ job: String) -> Diagnostic {
        report(
            .forwardReference, use, "\(stage).\(job) runs later, so it cannot be seen",
            hint: "refer to a job that ends before this one")
    }

    private func declared(
        _ use: ReferenceUse, _ job: JobDefinition, key: String, name: String, leg: Int?
    ) -> Diagnostic? {
        if let leg {
            guard job.shards != nil || !job.matrix.isEmpty else {
                return report(.unknownReference, use, "\(key) has no shards and no matrix")
            }
            let literals = job.matrix.compactMap(\.literals)
            let count = RunPlan.count(job, values: literals)
            guard literals.count < job.matrix.count || leg < count else {
                return report(
                    .unknownReference, use, "\(key) has \(count) legs; there is no [\(leg)]")
            }
        }
        let artifacts = job.produces.map(\.name)
        let names = use.needs == .artifact ? artifacts : job.outputs + artifacts
        if names.contains(name) { return nil }
        let what = use.needs == .artifact ? "artifact" : "output"
        return report(
            .undeclaredOutput, use, "\(key) declares no \(what) '\(name)'",
            hint: Suggestion.hint(for: name, among: names)
                ?? "add it to the job's '\(use.needs == .artifact ? "produces" : "outputs")'")
    }

    /// Values of `env` that lead back to themselves.
    private func cycles(_ uses: [ReferenceUse]) -> [Diagnostic] {
        var targets: [String: [String]] = [:]
        for use in uses where use.site == nil {
            if case .environment(let name) = use.reference {
                targets[use.owner, default: []].append(name)
            }
        }
        return uses.compactMap { use in
            guard use.site == nil, case .environment(let first) = use.reference else { return nil }
            var reached: Set<String> = []
            var rest = [first]
            while let name = rest.popLast() {
                if name == use.owner {
                    return report(.referenceCycle, use, "env '\(name)' refers to itself")
                }
                if reached.insert(name).inserted { rest += targets[name] ?? [] }
            }
            return nil
        }
    }
}
