import Domain
import OCI
import Storage
import Workflows

/// `$SLIPWAY_HOME/config.yaml`: who may approve (DESIGN §2, "Who"), and how registries are reached.
/// A home without one has no groups, and knows what the machine knows.
///
/// ```yaml
/// approvers:
///   acme/release-managers: [ada, grace]
/// registries:
///   registry.example.com: {ca: /etc/ssl/example.pem}
///   docker.io: {mirrors: [mirror.example.com/docker]}
/// ```
struct HomeConfiguration {
    private(set) var approvers: [String: [String]] = [:]
    private(set) var registries: [String: RegistryOptions] = [:]

    static func read(_ home: Home) throws -> HomeConfiguration {
        let path = "\(home.path)/config.yaml"
        guard try Files.status(path) != nil else { return HomeConfiguration() }
        let file = ConfigurationFile(parsing: try Files.readFile(path, limit: 1 << 20))
        guard file.diagnostics.isEmpty else {
            throw CommandFailure(
                message: file.diagnostics.map { $0.rendered(file: path) }.joined(separator: "\n"),
                status: ExitStatus.usage)
        }
        return HomeConfiguration(approvers: file.approvers, registries: file.registries)
    }
}
