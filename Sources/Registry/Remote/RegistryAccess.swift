package import Domain
package import OCI

/// How registries are reached: what the user and the machine say of them.
package struct RegistryAccess: Sendable {
    package var options: [String: RegistryOptions]
    package var credentials: CredentialFiles
    package var retry = RetryPolicy()
    /// Folders with a folder a registry: `*.crt` are authorities, `*.cert` and `*.key` belong
    /// together and say who we are (containers-certs.d(5)).
    package var certificateFolders: [String]
    /// A bundle of authorities instead of the machine's; `$SSL_CERT_FILE`.
    package var authorityBundle: String?
    package var proxies = ProxyRules()
    /// Blobs of one image at once.
    package var parallelBlobs = 3
    /// All layers of an image together.
    package var imageSizeLimit = ByteSize(bytes: 1 << 40)
    /// How long a connection may say nothing.
    package var silence: Duration = .seconds(60)

    package init(
        options: [String: RegistryOptions] = [:], credentials: CredentialFiles,
        certificateFolders: [String] = [], authorityBundle: String? = nil
    ) {
        self.options = options
        self.credentials = credentials
        self.certificateFolders = certificateFolders
        self.authorityBundle = authorityBundle
    }

    /// As this machine and user have it.
    package init(
        environment: [String: String], userID: UInt32, options: [String: RegistryOptions]
    ) {
        var folders = ["/etc/containers/certs.d", "/etc/docker/certs.d"]
        if let home = environment["HOME"] {
            folders.insert("\(home)/.config/containers/certs.d", at: 0)
        }
        let bundle = environment["SSL_CERT_FILE"].flatMap { $0.isEmpty ? nil : $0 }
        self.init(
            options: options,
            credentials: CredentialFiles(environment: environment, userID: userID),
            certificateFolders: folders, authorityBundle: bundle)
        proxies = ProxyRules(environment: environment)
    }

    func options(of host: RegistryHost) -> RegistryOptions {
        options.first { host.names.contains($0.key.lowercased()) }?.value ?? RegistryOptions()
    }
}
