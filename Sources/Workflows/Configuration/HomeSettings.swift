package import Domain
package import OCI

/// What a home's `config.yaml` says (DESIGN §2, "Who").
package struct HomeSettings: Sendable {
    /// Group → its users.
    package internal(set) var approvers: [String: [String]] = [:]
    /// By name.
    package internal(set) var environments: [String: ProtectedEnvironment] = [:]
    /// Host → what the user says of the registry.
    package internal(set) var registries: [String: RegistryOptions] = [:]
    /// By name: the programs that are told what workflows say.
    package internal(set) var notifiers: [String: NotifyCommand] = [:]
    /// What `slipway gc` removes of its own accord.
    package internal(set) var retention = RetentionPolicy()
    /// Of attempts and services that say nothing themselves.
    package internal(set) var limits = Resources(cpu: nil, memory: nil)
    package internal(set) var sandboxes = SandboxSettings()
    /// What no job reaches, whatever its workflow says.
    package internal(set) var denied: [IPv4Network] = []

    /// Of a home that says nothing.
    package init() {}

    /// Whether somebody is among approvers, who are users or groups; nobody named means anyone.
    package func allows(_ actor: String, by approvers: [String]) -> Bool {
        approvers.isEmpty || Self.includes(actor, approvers, groups: self.approvers)
    }

    /// Whether somebody is one of the users, or in one of the groups, that a list names.
    package static func includes(
        _ actor: String, _ approvers: [String], groups: [String: [String]]
    ) -> Bool {
        approvers.contains { $0 == actor || groups[$0, default: []].contains(actor) }
    }
}

/// A program that is told of runs; it is started without a shell.
package struct NotifyCommand: Hashable, Sendable {
    /// Absolute.
    package let path: String
    package let arguments: [String]
}

/// A target such as `production`: who may run jobs on it, and what they then know.
package struct ProtectedEnvironment: Sendable {
    /// Where the value of a secret is; it is read when a run starts.
    package enum Source: Hashable, Sendable {
        /// An absolute path.
        case file(String)
        /// A variable of the process that starts the run.
        case variable(String)
    }

    /// Users and groups; empty for anyone.
    package let approvers: [String]
    package let secrets: [String: Source]

    /// What a run calls a secret of an environment; no secret of a file has such a name.
    package static func key(_ environment: String, _ secret: String) -> String {
        "\(environment)/\(secret)"
    }
}

/// A job that has a protected target.
package struct EnvironmentUse: Sendable {
    /// `stage.job`.
    package let job: String
    package let environment: String
    /// Secrets of the environment that the job uses: those that its file does not list.
    package let secrets: [String]

    /// As a run calls them.
    package var secretKeys: [String] {
        secrets.map { ProtectedEnvironment.key(environment, $0) }
    }
}

extension WorkflowDefinition {
    /// The jobs of it, and of the workflows that it calls, that have a protected target.
    package var environmentUses: [EnvironmentUse] {
        stages.flatMap { stage in
            stage.jobs.flatMap { job -> [EnvironmentUse] in
                let inner = job.call?.definition.environmentUses ?? []
                let own = environmentUse(of: job, key: "\(stage.name).\(job.name)")
                return inner + [own].compactMap(\.self)
            }
        }
    }

    /// Of one job, whose key is `stage.job`; nil without a protected target.
    package func environmentUse(of job: JobDefinition, key: String) -> EnvironmentUse? {
        job.protectedEnvironment.map { target in
            EnvironmentUse(
                job: key, environment: target.value,
                secrets: job.usedSecrets.subtracting(secrets).sorted())
        }
    }
}
