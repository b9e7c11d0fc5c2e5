import Domain

extension WorkflowDecoder {
    mutating func isolationOfJob(_ fields: Fields) -> Isolation {
        let network = network(fields) ?? defaults.network
        let isolation = Isolation(
            user: user(fields),
            hasReadOnlyRoot: flag(
                fields.value("read-only") == nil ? "hardened" : "read-only", in: fields),
            isHardened: flag("hardened", in: fields), network: network,
            sandbox: sandbox(fields) ?? defaults.sandbox, egress: egressOfJob(fields, network))
        checkServices(fields, isolation.sandbox)
        checkEgress(fields, isolation)
        return isolation
    }

    /// `sandbox` of the file's defaults or of a job; nil when it says nothing.
    mutating func sandbox(_ fields: Fields) -> Sandbox? {
        guard let node = fields.value("sandbox") else { return nil }
        return sandbox(node, "sandbox")
    }

    mutating func sandbox(_ node: YAMLNode, _ key: String) -> Sandbox? {
        guard let text = text(node, key) else { return nil }
        if let known = Sandbox(rawValue: text) { return known }
        report(
            .invalidValue, node,
            "\(key) is '\(text.prefix(60))'; expected standard, gvisor or vm",
            hint: findings.hint(for: text, among: Sandbox.allCases.map(\.rawValue)))
        return nil
    }

    /// Kernels of their own send past the rules that hold a job to its list.
    private mutating func checkEgress(_ fields: Fields, _ isolation: Isolation) {
        guard !isolation.egress.isEmpty, isolation.sandbox != .standard,
            let key = fields.key("egress") ?? fields.key("sandbox") ?? fields.key("network")
        else { return }
        report(
            .conflictingKeys, key,
            "'egress' does not hold a job in 'sandbox: \(isolation.sandbox.rawValue)', which has "
                + "a network of its own",
            hint: "leave 'sandbox' out, or say 'network: none'")
    }

    /// A job and its services share one loopback device, which kernels of their own do not.
    private mutating func checkServices(_ fields: Fields, _ asked: Sandbox) {
        guard let key = fields.key("services") else { return }
        guard asked.hasServices else {
            report(
                .conflictingKeys, key,
                "a job with 'sandbox: \(asked.rawValue)' has no services: the sandbox has a "
                    + "network of its own, in which nothing else listens",
                hint: "leave 'sandbox' out, or start what is needed in the job itself")
            return
        }
        guard let check = checks.configuration, !check.values.sandboxes.floor.hasServices
        else { return }
        report(
            .conflictingKeys, key,
            "config.yaml raises every job to 'sandbox: \(check.values.sandboxes.floor.rawValue)', "
                + "in which a job has no services",
            severity: check.severity)
    }
}
