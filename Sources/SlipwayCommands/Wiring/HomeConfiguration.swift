import Domain
import Storage
import Workflows

/// `$SLIPWAY_HOME/config.yaml`: who may approve (DESIGN §2, "Who"). A home without one has no
/// groups.
///
/// ```yaml
/// approvers:
///   acme/release-managers: [ada, grace]
/// ```
struct HomeConfiguration {
    private(set) var approvers: [String: [String]] = [:]

    static func read(_ home: Home) throws -> HomeConfiguration {
        let path = "\(home.path)/config.yaml"
        guard try Files.status(path) != nil else { return HomeConfiguration() }
        let (groups, findings) = ConfigurationFile.approvers(
            try Files.readFile(path, limit: 1 << 20))
        guard findings.isEmpty else {
            throw CommandFailure(
                message: findings.map { $0.rendered(file: path) }.joined(separator: "\n"),
                status: ExitStatus.usage)
        }
        return HomeConfiguration(approvers: groups)
    }
}
