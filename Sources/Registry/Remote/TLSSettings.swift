import NIOSSL
import OCI
import Storage

/// The certificates that count for one host.
enum TLSSettings {
    /// `registry`: who sent us there. Its authorities count for its token server and for where it
    /// redirects to as well, but nothing else that is said of it. Reads files; belongs on an I/O
    /// thread.
    static func configuration(
        for host: RegistryHost, of registry: RegistryHost, _ access: RegistryAccess
    ) throws -> TLSConfiguration {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        if access.options(of: host).isInsecure { configuration.certificateVerification = .none }
        if let bundle = access.authorityBundle, Files.exists(bundle) {
            configuration.trustRoots = .file(bundle)
        }
        for file in try Set([host, registry]).flatMap({ try authorities(of: $0, access) }) {
            configuration.additionalTrustRoots.append(.certificates(try certificates(in: file)))
        }
        for folder in folders(of: host, access) {
            for name in try Files.list(folder) where name.hasSuffix(".cert") {
                let stem = "\(folder)/\(name.dropLast(5))"
                try identify(&configuration, certificate: "\(folder)/\(name)", key: "\(stem).key")
            }
        }
        return configuration
    }

    private static func folders(of host: RegistryHost, _ access: RegistryAccess) -> [String] {
        access.certificateFolders.map { "\($0)/\(host.name)" }.filter(Files.exists)
    }

    private static func authorities(
        of host: RegistryHost, _ access: RegistryAccess
    ) throws -> [String] {
        let named = access.options(of: host).authorityFile.map { [$0] } ?? []
        return try named
            + folders(of: host, access).flatMap { folder in
                try Files.list(folder).filter { $0.hasSuffix(".crt") }.map { "\(folder)/\($0)" }
            }
    }

    private static func certificates(in file: String) throws -> [NIOSSLCertificate] {
        do {
            let bytes = try Files.readFile(file, limit: 4 << 20)
            let found = try NIOSSLCertificate.fromPEMBytes(bytes)
            guard !found.isEmpty else {
                throw RegistryError.certificateFile(file, why: "it holds no certificate")
            }
            return found
        } catch let error as StorageError {
            throw RegistryError.certificateFile(file, why: error.description)
        } catch is NIOSSLError {
            throw RegistryError.certificateFile(
                file, why: "it is no PEM file; expected -----BEGIN CERTIFICATE-----")
        }
    }

    private static func identify(
        _ configuration: inout TLSConfiguration, certificate: String, key: String
    ) throws {
        configuration.certificateChain = try certificates(in: certificate).map {
            .certificate($0)
        }
        do {
            configuration.privateKey = .privateKey(
                try NIOSSLPrivateKey(
                    bytes: try Files.readFile(key, limit: 1 << 20), format: .pem))
        } catch {
            throw RegistryError.certificateFile(
                key, why: "it is not the private key that belongs to '\(certificate)'")
        }
    }
}
