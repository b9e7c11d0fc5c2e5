import Domain
import Storage

/// Where this user's credentials are looked for, in this order (containers-auth.json(5), then
/// Docker's file); the first that knows the repository wins.
package struct CredentialFiles: Sendable {
    /// The user's own, all of it: helpers need it.
    let environment: [String: String]
    let userID: UInt32

    package init(environment: [String: String], userID: UInt32) {
        self.environment = environment
        self.userID = userID
    }

    private func value(_ name: String) -> String? {
        environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// `$REGISTRY_AUTH_FILE` stands alone when it is set.
    package var paths: [String] {
        if let only = value("REGISTRY_AUTH_FILE") { return [only] }
        let runtime = value("XDG_RUNTIME_DIR") ?? "/run/user/\(userID)"
        var paths = ["\(runtime)/containers/auth.json"]
        if value("XDG_RUNTIME_DIR") == nil { paths.append("/run/containers/\(userID)/auth.json") }
        let home = value("HOME")
        if let folder = value("XDG_CONFIG_HOME") ?? home.map({ "\($0)/.config" }) {
            paths.append("\(folder)/containers/auth.json")
        }
        if let folder = value("DOCKER_CONFIG") ?? home.map({ "\($0)/.docker" }) {
            paths.append("\(folder)/config.json")
        }
        return paths
    }

    /// Nil when nobody knows any. Blocks; belongs on an I/O thread.
    func credentials(for repository: RemoteRepository) throws -> RegistryCredentials? {
        for path in paths {
            guard Files.exists(path) else { continue }
            let file: AuthFile
            do {
                file = try AuthFile(parsing: try Files.readFile(path, limit: AuthFile.sizeLimit))
            } catch let error as AuthFileError {
                throw RegistryError.credentialFile(path, why: error.description)
            }
            for entry in file.entries(for: repository) {
                switch entry {
                case .credentials(let found): return found
                case .helper(let name):
                    let helper = CredentialHelper(name: name, environment: environment)
                    if let found = try helper.credentials(for: repository.host.helperKey) {
                        return found
                    }
                }
            }
        }
        return nil
    }
}
