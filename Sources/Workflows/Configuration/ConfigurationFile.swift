package import Domain

/// Reads a home's `config.yaml` with the same care as a workflow file: positions, duplicate and
/// unknown keys, limits.
package enum ConfigurationFile {
    /// What the file says, and everything that is wrong with it.
    package static func read(
        _ bytes: [UInt8]
    ) -> (configuration: HomeSettings, diagnostics: [Diagnostic]) {
        let (node, problems) = YAMLReader.read(bytes)
        var decoder = WorkflowDecoder(checks: .none)
        decoder.findings = problems
        var configuration = HomeSettings()
        if let node { decoder.readConfiguration(node, into: &configuration) }
        return (configuration, decoder.findings.sorted)
    }
}

extension WorkflowDecoder {
    fileprivate mutating func readConfiguration(
        _ node: YAMLNode, into configuration: inout HomeSettings
    ) {
        guard let fields = fields(of: node, .configuration) else { return }
        for entry in fields.value("approvers").flatMap({ entries(of: $0, "approvers") }) ?? [] {
            configuration.approvers[entry.key.scalar ?? ""] = texts(entry.value, "the group")
        }
        let list = fields.value("environments").flatMap { entries(of: $0, "environments") }
        for entry in list ?? [] {
            guard let name = configuredName(entry.key, "an environment's name") else { continue }
            configuration.environments[name] = target(entry.value)
        }
        for entry in fields.value("notify").flatMap({ entries(of: $0, "notify") }) ?? [] {
            guard let name = configuredName(entry.key, "a name of notify") else { continue }
            configuration.notifiers[name] = notifier(entry)
        }
        if let list = fields.value("registries") { configuration.registries = registries(list) }
        if let node = fields.value("retention") { configuration.retention = retention(node) }
        if let node = fields.value("limits") {
            configuration.limits = resources(node, over: configuration.limits, .limits)
        }
        if let node = fields.value("sandboxes") { configuration.sandboxes = sandboxes(node) }
        if let node = fields.value("network") { configuration.denied = deniedNetworks(node) }
    }

    private mutating func notifier(_ entry: YAMLNode.Entry) -> NotifyCommand? {
        guard let fields = fields(of: entry.value, .notifier) else { return nil }
        guard let node = fields.value("command") else {
            report(
                .missingKey, entry.key, "'command' is missing",
                hint: "such as 'command: [/usr/local/bin/tell, --room, releases]'")
            return nil
        }
        guard let items = items(of: node, "command") else { return nil }
        let words = items.compactMap { text($0, "a word") }
        guard let path = words.first, let first = items.first else {
            if items.isEmpty { report(.empty, node, "the command has no words") }
            return nil
        }
        guard path.hasPrefix("/") else {
            report(
                .invalidPath, first,
                "the program is '\(path.prefix(80))'; expected an absolute path")
            return nil
        }
        return NotifyCommand(path: path, arguments: Array(words.dropFirst()))
    }

    private mutating func configuredName(_ node: YAMLNode, _ what: String) -> String? {
        guard let name = text(node, what) else { return nil }
        guard Names.isPlace(name) else {
            reportName(node, name, what)
            return nil
        }
        return name
    }

    private mutating func target(_ node: YAMLNode) -> ProtectedEnvironment? {
        guard let fields = fields(of: node, .protectedEnvironment) else { return nil }
        let approvers = fields.value("approvers").map { texts($0, "approvers") } ?? []
        if let list = fields.value("approvers"), approvers.isEmpty, case .sequence = list.content {
            // Whoever empties the list would open the environment to everybody.
            report(.empty, list, "approvers names nobody", hint: "leave it out to let anyone in")
        }
        var secrets: [String: ProtectedEnvironment.Source] = [:]
        for entry in fields.value("secrets").flatMap({ entries(of: $0, "secrets") }) ?? [] {
            guard let name = valueName(entry.key, "a secret's name") else { continue }
            secrets[name] = source(of: entry)
        }
        return ProtectedEnvironment(approvers: approvers, secrets: secrets)
    }

    private mutating func source(of entry: YAMLNode.Entry) -> ProtectedEnvironment.Source? {
        guard let fields = fields(of: entry.value, .secretSource) else { return nil }
        switch (fields.value("file"), fields.value("env")) {
        case (let node?, nil):
            guard let path = text(node, "file") else { return nil }
            guard path.hasPrefix("/") else {
                report(
                    .invalidPath, node,
                    "the file is '\(path.prefix(80))'; expected an absolute path")
                return nil
            }
            return .file(path)
        case (nil, let node?):
            guard let name = text(node, "env") else { return nil }
            guard Names.isVariable(name) else {
                report(
                    .invalidName, node,
                    "the variable is '\(name.prefix(80))'; expected letters, digits and '_'")
                return nil
            }
            return .variable(name)
        case (nil, nil):
            report(
                .missingKey, entry.key, "the secret says nowhere where its value is",
                hint: "such as {file: /path} or {env: VARIABLE}")
        case (_?, let node?):
            report(.conflictingKeys, node, "a secret has 'file' or 'env', not both")
        }
        return nil
    }
}

extension Names {
    /// Variables of a process: `[A-Za-z_][A-Za-z0-9_]*`, at most 128.
    static func isVariable(_ text: String) -> Bool {
        isValue(text) && !text.utf8.contains(UInt8(ascii: "."))
            && !text.utf8.contains(UInt8(ascii: "-"))
    }
}

extension FormatKeys {
    static let configuration = FormatKeys(
        place: "config.yaml",
        known: [
            "approvers", "environments", "registries", "notify", "retention", "limits",
            "sandboxes", "network",
        ], refused: [])

    static let notifier = FormatKeys(
        place: "an entry of notify", known: ["description", "command"], refused: [])

    static let protectedEnvironment = FormatKeys(
        place: "an environment", known: ["description", "approvers", "secrets"], refused: [])

    static let secretSource = FormatKeys(
        place: "a secret of an environment", known: ["file", "env"], refused: [])
}
