import NIOSSL
import OCI
import Storage

/// The certificates that count for one host.
enum TLSSettings {
    /// Reads files; belongs on an I/O thread.
    static func configuration(
        for host: RegistryHost, _ access: RegistryAccess
    ) throws -> TLSConfiguration {
        let options = access.options(of: host)
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        if options.isInsecure { configuration.certificateVerification = .none }
        if let bundle = access.authorityBundle, Files.exists(bundle) {
            configuration.trustRoots = .file(bundle)
        }
        var files: [String] = []
        if let file = options.authorityFile { files.append(file) }
        for folder in access.certificateFolders.map({ "\($0)/\(host.name)" })
        where Files.exists(folder) {
            let names = try Files.list(folder)
            files += names.filter { $0.hasSuffix(".crt") }.map { "\(folder)/\($0)" }
            for name in names where name.hasSuffix(".cert") {
                let stem = "\(folder)/\(name.dropLast(5))"
                try identify(&configuration, certificate: "\(folder)/\(name)", key: "\(stem).key")
            }
        }
        for file in files {
            configuration.additionalTrustRoots.append(.certificates(try certificates(in: file)))
        }
        return configuration
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
