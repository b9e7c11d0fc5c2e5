package import Domain
package import OCI

/// A home's `config.yaml`, read with the same care as a workflow file: positions, duplicate and
/// unknown keys, limits.
package struct ConfigurationFile: Sendable {
    /// Group → users.
    package private(set) var approvers: [String: [String]] = [:]
    /// Host → what the user says of the registry.
    package private(set) var registries: [String: RegistryOptions] = [:]
    /// Everything that is wrong with the file.
    package private(set) var diagnostics: [Diagnostic] = []

    package init(parsing bytes: [UInt8]) {
        let (node, problems) = YAMLReader.read(bytes)
        var decoder = WorkflowDecoder(checks: .none)
        decoder.findings = problems
        if let node, let fields = decoder.fields(of: node, .configuration) {
            if let list = fields.value("approvers") { approvers = decoder.approvers(list) }
            if let list = fields.value("registries") { registries = decoder.registries(list) }
        }
        diagnostics = decoder.findings.sorted
    }
}

extension WorkflowDecoder {
    fileprivate mutating func approvers(_ node: YAMLNode) -> [String: [String]] {
        var groups: [String: [String]] = [:]
        for entry in entries(of: node, "approvers") ?? [] {
            groups[entry.key.scalar ?? ""] = texts(entry.value, "the group")
        }
        return groups
    }

    fileprivate mutating func registries(_ node: YAMLNode) -> [String: RegistryOptions] {
        var registries: [String: RegistryOptions] = [:]
        for entry in entries(of: node, "registries") ?? [] {
            let host = entry.key.scalar ?? ""
            guard ImageReference.isRegistry(host) else {
                report(
                    .invalidValue, entry.key,
                    "'\(host.prefix(60))' is not a registry; expected a host such as "
                        + "registry.example.com or localhost:5000")
                continue
            }
            guard let fields = fields(of: entry.value, .registry) else { continue }
            var options = RegistryOptions()
            options.isInsecure = flag("insecure", in: fields)
            if let node = fields.value("ca"), let path = text(node, "ca") {
                options.authorityFile = path
                if !path.hasPrefix("/") {
                    report(
                        .invalidPath, node,
                        "ca is '\(path.prefix(100))'; expected an absolute path")
                }
            }
            if let node = fields.value("mirrors") { options.mirrors = mirrors(node) }
            registries[host] = options
        }
        return registries
    }

    /// `host`, or `host/folder` below which the mirror keeps the repositories.
    private mutating func mirrors(_ node: YAMLNode) -> [String] {
        var mirrors: [String] = []
        for item in (items(of: node, "mirrors") ?? []).prefix(16) {
            guard let text = text(item, "a mirror") else { continue }
            // A name below it must be a whole reference.
            let isMirror: Bool
            do { isMirror = try ImageReference(parsing: "\(text)/x").host != nil } catch {
                isMirror = false
            }
            if isMirror {
                mirrors.append(text)
            } else {
                report(
                    .invalidValue, item,
                    "'\(text.prefix(60))' is not a mirror; expected host or host/folder")
            }
        }
        return mirrors
    }
}

extension FormatKeys {
    static let configuration = FormatKeys(
        place: "config.yaml", known: ["approvers", "registries"],
        refused: ["environments", "notify"])

    static let registry = FormatKeys(
        place: "a registry", known: ["insecure", "ca", "mirrors"], refused: [])
}
