import Domain
import OCI

/// `registries`: how registries are reached.
extension WorkflowDecoder {
    mutating func registries(_ node: YAMLNode) -> [String: RegistryOptions] {
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
    static let registry = FormatKeys(
        place: "a registry", known: ["insecure", "ca", "mirrors"], refused: [])
}
