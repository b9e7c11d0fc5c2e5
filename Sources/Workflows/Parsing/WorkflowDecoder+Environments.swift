import Domain

/// `environment` of a job.
extension WorkflowDecoder {
    mutating func protectedEnvironment(_ fields: Fields) -> Located<String>? {
        guard let node = fields.value("environment"), let name = text(node, "environment")
        else { return nil }
        warnOfReferences(node, "an environment's name")
        guard Names.isPlace(name) else {
            reportName(node, name, "an environment's name")
            return nil
        }
        if let check = checks.configuration, check.values.environments[name] == nil {
            let names = check.values.environments.keys.sorted()
            report(
                .unknownEnvironment, node,
                "there is no environment '\(name)' in the home's config.yaml",
                hint: findings.hint(for: name, among: names)
                    ?? (names.isEmpty
                        ? "it has none; add 'environments: {\(name): {}}'"
                        : "it has \(names.prefix(10).joined(separator: ", "))"),
                severity: check.severity)
        }
        return Located(name, at: node.start)
    }

    /// What the file does not list must be a secret of the job's environment, which only the
    /// configuration knows. `uses`: the references of one job.
    mutating func checkSecrets(_ uses: ArraySlice<ReferenceUse>, of target: Located<String>?) {
        guard let target, let check = checks.configuration,
            let environment = check.values.environments[target.value]
        else { return }
        let known = environment.secrets.keys.sorted() + secrets
        for use in uses {
            guard case .secret(let name) = use.reference, !secrets.contains(name),
                environment.secrets[name] == nil
            else { continue }
            report(
                .undeclaredSecret, use.node,
                "the environment '\(target.value)' has no secret '\(name)', nor has the file",
                hint: findings.hint(for: name, among: known),
                severity: check.severity)
        }
    }
}
