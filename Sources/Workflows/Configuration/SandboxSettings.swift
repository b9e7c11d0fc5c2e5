/// What a home says of its sandboxes (DESIGN §6).
package struct SandboxSettings: Hashable, Sendable {
    /// How gVisor's `runsc` is called.
    package struct GVisor: Hashable, Sendable {
        /// Names of `runsc --platform`.
        package enum Platform: String, Hashable, Sendable, CaseIterable {
            case ptrace, systrap, kvm
        }

        /// What a job with a network gets.
        package enum Network: String, Hashable, Sendable, CaseIterable {
            /// Nothing: such jobs are refused.
            case none
            /// gVisor's own network stack, on the attempt's network.
            case sandbox
        }

        /// Absolute; nil for `runsc` in the system's folders.
        package var path: String?
        /// Nil for what `runsc` takes by itself.
        package var platform: Platform?
        package var network = Network.sandbox
        /// Whether limits are set on control groups; nil where the machine has them.
        package var cgroups: Bool?
        /// More flags, before the command.
        package var arguments: [String] = []
    }

    package var gvisor = GVisor()
    /// Absolute: a program that is called as runc is and runs virtual machines; nil for
    /// `kata-runtime` in the system's folders.
    package var vmPath: String?
    /// No job runs in a weaker one; one that asks for less is raised to it.
    package var floor = Sandbox.standard

    package init() {}
}

/// `sandboxes`.
extension WorkflowDecoder {
    mutating func sandboxes(_ node: YAMLNode) -> SandboxSettings {
        var settings = SandboxSettings()
        guard let fields = fields(of: node, .sandboxes) else { return settings }
        if let node = fields.value("gvisor") { settings.gvisor = gvisor(node) }
        if let node = fields.value("vm"), let members = self.fields(of: node, .virtualMachine) {
            settings.vmPath = program(members)
        }
        if let node = fields.value("floor") {
            settings.floor = sandbox(node, "floor") ?? .standard
        }
        return settings
    }

    private mutating func gvisor(_ node: YAMLNode) -> SandboxSettings.GVisor {
        var settings = SandboxSettings.GVisor()
        guard let fields = fields(of: node, .gvisor) else { return settings }
        settings.path = program(fields)
        settings.platform = choice("platform", in: fields)
        settings.network = choice("network", in: fields) ?? .sandbox
        if fields.value("cgroups") != nil { settings.cgroups = flag("cgroups", in: fields) }
        if let node = fields.value("args") {
            settings.arguments = (items(of: node, "args") ?? []).compactMap { flagOfRuntime($0) }
        }
        return settings
    }

    private mutating func program(_ fields: Fields) -> String? {
        guard let node = fields.value("path"), let path = text(node, "path") else { return nil }
        guard path.hasPrefix("/") else {
            report(
                .invalidPath, node,
                "the program is '\(path.prefix(80))'; expected an absolute path")
            return nil
        }
        return path
    }

    /// Flags alone: a word that is none would be taken for the command. Those that say where
    /// containers are known, or that open the sandbox, are not for the file.
    private mutating func flagOfRuntime(_ node: YAMLNode) -> String? {
        guard let text = text(node, "a flag") else { return nil }
        guard text.hasPrefix("--"), text.utf8.count > 2 else {
            report(
                .invalidValue, node,
                "'\(text.prefix(60))' is no flag; expected one word such as --strace or "
                    + "--watchdog-action=panic")
            return nil
        }
        let name = text.dropFirst(2).prefix { $0 != "=" }
        if SandboxSettings.reservedFlags.contains(String(name)) || name.hasPrefix("TESTONLY") {
            report(
                .invalidValue, node,
                "the flag is --\(name.prefix(60)), which slipway sets itself or does without",
                hint: "keys of gvisor: \(FormatKeys.gvisor.known.joined(separator: ", "))")
            return nil
        }
        return text
    }

    private mutating func choice<Value: RawRepresentable & CaseIterable>(
        _ key: String, in fields: Fields
    ) -> Value? where Value.RawValue == String {
        guard let node = fields.value(key), let text = text(node, key) else { return nil }
        if let known = Value(rawValue: text) { return known }
        let names = Value.allCases.map(\.rawValue)
        report(
            .invalidValue, node,
            "\(key) is '\(text.prefix(60))'; expected one of \(names.joined(separator: ", "))",
            hint: findings.hint(for: text, among: names))
        return nil
    }
}

extension SandboxSettings {
    fileprivate static let reservedFlags: Set<String> = [
        "root", "network", "platform", "ignore-cgroups", "overlay", "overlay2", "file-access",
        "file-access-mounts", "host-uds", "host-fifo", "fsgofer-host-uds", "allow-flag-override",
        "rootless", "log", "log-format", "log-fd", "systemd-cgroup", "net-raw", "oci-seccomp",
    ]
}

extension FormatKeys {
    static let sandboxes = FormatKeys(
        place: "sandboxes", known: ["gvisor", "vm", "floor"], refused: [])

    static let gvisor = FormatKeys(
        place: "gvisor", known: ["path", "platform", "network", "cgroups", "args"], refused: [])

    static let virtualMachine = FormatKeys(place: "vm", known: ["path"], refused: [])
}
