import OCI

/// The host part of image references, such as `ghcr.io` or `localhost:5000`.
package struct RegistryHost: Hashable, Sendable, CustomStringConvertible {
    package let name: String

    package init(_ name: String) {
        // One registry has three names.
        let lower = name.lowercased()
        self.name = Self.dockerNames.contains(lower) ? "docker.io" : lower
    }

    private static let dockerNames = ["docker.io", "index.docker.io", "registry-1.docker.io"]

    var isDocker: Bool { name == "docker.io" }

    /// By which files of credentials may know it.
    var names: [String] { isDocker ? Self.dockerNames : [name] }

    /// What credential helpers are asked for.
    var helperKey: String { isDocker ? "https://index.docker.io/v1/" : name }

    /// Where its API is.
    func address(_ scheme: WebAddress.Scheme) -> WebAddress? {
        WebAddress("\(scheme.rawValue)://\(isDocker ? "registry-1.docker.io" : name)/v2/")
    }

    var isLoopback: Bool {
        WebAddress.isLoopback(String(name.prefix { $0 != ":" }))
    }

    package var description: String { name }
}

/// A repository of a registry, such as `docker.io/library/busybox`.
struct RemoteRepository: Hashable, Sendable, CustomStringConvertible {
    let host: RegistryHost
    /// Without the host.
    let name: String

    init(host: RegistryHost, name: String) {
        self.host = host
        // `docker.io/busybox` means `docker.io/library/busybox`.
        self.name = host.isDocker && !name.contains("/") ? "library/\(name)" : name
    }

    var description: String { "\(host)/\(name)" }
}
