import Domain
import Storage
import Workflows

extension HomeSettings {
    /// The secrets of a run: those that were given, and those that its jobs use of their
    /// environments. Refused where an environment is not there, lacks a secret, or does not let the
    /// actor in. Values live in this process alone; nothing records them.
    func secrets(
        _ given: [String: Secret], for definition: WorkflowDefinition, actor: String
    ) throws -> [String: Secret] {
        try secrets(given, for: definition.environmentUses, actor: actor)
    }

    /// The same for some jobs alone.
    func secrets(
        _ given: [String: Secret], for uses: [EnvironmentUse], actor: String
    ) throws -> [String: Secret] {
        var secrets = given
        for use in uses {
            let environment = try environment(of: use)
            try allow(
                actor, use, environment,
                hint: "one of them must start the run (approvals by others need a hub)")
            for (name, key) in zip(use.secrets, use.secretKeys) where secrets[key] == nil {
                guard let source = environment.secrets[name] else {
                    throw CommandFailure(
                        message: "the environment '\(use.environment)' of \(use.job) has no secret "
                            + "'\(name)'; add it to config.yaml, such as "
                            + "secrets: {\(name): {file: /path}}", status: ExitStatus.usage)
                }
                secrets[key] = try Self.value(of: source, named: key)
            }
        }
        return secrets
    }

    /// Whether somebody may look into a job: one of a protected environment only who may start it.
    func allow(_ actor: String, _ job: RunPlan.Job, in definition: WorkflowDefinition) throws {
        guard let use = definition.environmentUse(of: job.definition, key: job.key) else { return }
        try allow(
            actor, use, try environment(of: use), hint: "only they may look into the job")
    }

    private func allow(
        _ actor: String, _ use: EnvironmentUse, _ environment: ProtectedEnvironment, hint: String
    ) throws {
        guard !allows(actor, by: environment.approvers) else { return }
        throw CommandFailure(
            message: "\(use.job) has the environment '\(use.environment)', and \(actor) is "
                + "not among its approvers: " + environment.approvers.joined(separator: ", ")
                + "; \(hint)", status: ExitStatus.notAllowed)
    }

    private func environment(of use: EnvironmentUse) throws -> ProtectedEnvironment {
        if let environment = environments[use.environment] { return environment }
        let hint =
            Suggestion.hint(for: use.environment, among: environments.keys.sorted())
            ?? "add 'environments: {\(use.environment): {}}'"
        throw CommandFailure(
            message: "\(use.job): there is no environment '\(use.environment)' in the home's "
                + "config.yaml; \(hint)", status: ExitStatus.usage)
    }

    private static func value(
        of source: ProtectedEnvironment.Source, named key: String
    ) throws -> Secret {
        switch source {
        case .file(let path): return try RunArguments.secret(inFile: path, "the secret \(key)")
        case .variable(let name):
            guard let value = Console.environment(name) else {
                throw CommandFailure(
                    message: "the secret \(key): there is no variable '\(name)'",
                    status: ExitStatus.usage)
            }
            return Secret(value)
        }
    }
}
