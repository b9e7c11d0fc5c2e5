import Glibc
import OCI
import Storage

/// Debian's docker-registry on a port of the kernel's choice, over a folder that several may serve
/// one after the other.
package final class TestRegistry: Sendable {
    package enum Authorization: Sendable {
        case none
        /// `ada` with `secret` (a file that htpasswd would write).
        case password
        case token(TokenServer)
    }

    package let port: Int
    private let program: Program

    package var host: String { "127.0.0.1:\(port)" }

    /// Serves until the body ends.
    package static func serving<Value>(
        _ folder: String, _ authorization: Authorization = .none, tls: TestAuthority? = nil,
        _ body: (TestRegistry) async throws -> Value
    ) async throws -> Value {
        let registry = try await TestRegistry(folder, authorization, tls)
        do {
            let value = try await body(registry)
            try await registry.stop()
            return value
        } catch {
            try await registry.stop()
            throw error
        }
    }

    private init(
        _ folder: String, _ authorization: Authorization, _ tls: TestAuthority?
    ) async throws {
        try Files.makeFolders("\(folder)/content")
        var text = """
            version: 0.1
            log: {level: info}
            storage: {filesystem: {rootdirectory: "\(folder)/content"}, delete: {enabled: true}}
            http:
              addr: 127.0.0.1:0

            """
        if let tls {
            text += "  tls: {certificate: \"\(tls.certificate)\", key: \"\(tls.key)\"}\n"
        }
        switch authorization {
        case .none: break
        case .password:
            // bcrypt of `secret`.
            try Files.writeFile(
                "\(folder)/htpasswd",
                "ada:$2y$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a\n".utf8)
            text += "auth: {htpasswd: {realm: test, path: \"\(folder)/htpasswd\"}}\n"
        case .token(let server):
            text += """
                auth:
                  token:
                    realm: \(server.realm)
                    service: \(TokenServer.service)
                    issuer: \(TokenServer.issuer)
                    rootcertbundle: \(server.certificate)

                """
        }
        try Files.writeFile("\(folder)/config.yml", text.utf8)
        program = try Program(
            "/usr/bin/docker-registry", ["serve", "\(folder)/config.yml"],
            environment: ["OTEL_TRACES_EXPORTER": "none"])
        let program = program
        let found = try await eventually { () -> Int? in
            let mark = "listening on 127.0.0.1:"
            guard let range = try program.complained().firstRange(of: mark) else { return nil }
            return Int(try program.complained()[range.upperBound...].prefix { $0.isNumber })
        }
        guard let found else {
            program.signal(SIGKILL)
            let result = try await program.wait()
            throw StorageError.archive(path: "docker-registry", why: result.error)
        }
        port = found
    }

    private func stop() async throws {
        program.signal(SIGKILL)
        _ = try await program.wait()
    }

    /// Copies an image in, as skopeo names its source; all platforms of an index.
    package func fill(_ source: String, _ name: String, in folder: String) async throws {
        try await TestTool.shell(
            "skopeo copy -q --all --dest-tls-verify=false \(source) docker://\(host)/\(name)",
            in: folder)
    }
}
