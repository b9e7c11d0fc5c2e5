import Storage

/// A certificate authority of the test's own, and a certificate for this machine that it signed;
/// made by openssl.
package struct TestAuthority: Sendable {
    /// PEM files.
    package let authority: String
    package let certificate: String
    package let key: String

    package init(in folder: String) async throws {
        try Files.makeFolders(folder)
        authority = "\(folder)/ca.pem"
        certificate = "\(folder)/server.pem"
        key = "\(folder)/server.key"
        let script = """
            set -e
            new() { openssl ecparam -name prime256v1 -genkey -noout -out "$1"; }
            new ca.key; new server.key
            openssl req -x509 -new -key ca.key -subj "/CN=slipway test authority" -days 30 \
                -out ca.pem
            openssl req -new -key server.key -subj "/CN=localhost" -out server.csr
            printf 'subjectAltName=DNS:localhost,IP:127.0.0.1\\n' >server.ext
            openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 \
                -extfile server.ext -out server.pem
            """
        try await TestTool.shell(script, in: folder)
    }
}

/// Programs of the machine that tests need; `scripts/setup test` installs them.
package enum TestTool {
    @discardableResult
    package static func shell(
        _ script: String, in folder: String, environment: [String: String] = [:]
    ) async throws -> String {
        let result = try await Program.run(
            "/bin/bash", ["-c", script], environment: environment.merging(["HOME": folder]) { $1 },
            folder: folder)
        guard result.code == 0 else {
            throw StorageError.archive(path: script, why: result.error)
        }
        return result.output
    }
}
