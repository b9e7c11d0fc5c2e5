import Domain
import OCI
import Storage
import Workflows

/// `$SLIPWAY_HOME/config.yaml`: groups of approvers and protected environments (DESIGN §2, "Who"),
/// and how registries are reached.
///
/// ```yaml
/// approvers:
///   acme/release-managers: [ada, grace]
/// environments:
///   production: {approvers: [acme/release-managers], secrets: {KEY: {file: /etc/key}}}
/// registries:
///   registry.example.com: {ca: /etc/ssl/example.pem}
///   docker.io: {mirrors: [mirror.example.com/docker]}
/// ```
enum HomeConfiguration {
    /// A home without the file says nothing.
    static func read(_ home: String) throws -> HomeSettings {
        try readIfThere(home) ?? HomeSettings()
    }

    /// Nil without the file.
    static func readIfThere(_ home: String) throws -> HomeSettings? {
        let path = "\(home)/config.yaml"
        guard try Files.status(path) != nil else { return nil }
        let (settings, findings) = ConfigurationFile.read(
            try Files.readFile(path, limit: 1 << 20))
        guard findings.isEmpty else {
            throw CommandFailure(
                message: findings.map { TerminalText.line($0.rendered(file: path)) }
                    .joined(separator: "\n"), status: ExitStatus.usage)
        }
        return settings
    }
}
