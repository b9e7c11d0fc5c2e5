import Crypto
import Domain
import Foundation
import Storage

/// A token server as registries use them (distribution's "Token Authentication Specification"):
/// it knows one user, and its tokens are real: docker-registry verifies them.
package final class TokenServer: Sendable {
    package static let user = "ada"
    package static let password = "pass:word"
    package static let refreshToken = "refresh-me"
    package static let issuer = "slipway test"
    package static let service = "registry.test"

    package let server: WebServer
    /// The certificate that the registry must trust.
    package let certificate: String

    /// `allowsAnyone`: tokens without a password too.
    package init(in folder: String, allowsAnyone: Bool = false) async throws {
        try Files.makeFolders(folder)
        certificate = "\(folder)/token.pem"
        try await TestTool.shell(
            """
            openssl ecparam -name prime256v1 -genkey -noout -out token.key
            openssl req -x509 -new -key token.key -subj "/CN=tokens" -days 30 -out token.pem
            openssl x509 -in token.pem -outform der | base64 -w0 >token.b64
            """, in: folder)
        let key = try P256.Signing.PrivateKey(
            pemRepresentation: String(
                decoding: try Files.readFile("\(folder)/token.key", limit: 1 << 16),
                as: UTF8.self))
        let chain = String(
            decoding: try Files.readFile("\(folder)/token.b64", limit: 1 << 16), as: UTF8.self)
        server = try WebServer { request in
            guard Self.mayHave(request, allowsAnyone) else {
                return WebReply(401, body: #"{"details":"who are you?"}"#.utf8)
            }
            do {
                let scope = Self.scope(of: request)
                let token = try Self.token(key, chain, scope: scope)
                return WebReply(body: #"{"token":"\#(token)","expires_in":300}"#.utf8)
            } catch { return WebReply(500) }
        }
    }

    package var realm: String { "http://\(server.host)/token" }

    private static func form(_ request: WebRequest) -> WebRequest {
        WebRequest(
            method: "GET", path: "?" + String(decoding: request.body, as: UTF8.self), headers: [:],
            body: [])
    }

    private static func scope(of request: WebRequest) -> String {
        (request.method == "POST" ? form(request) : request).query("scope") ?? ""
    }

    private static func mayHave(_ request: WebRequest, _ allowsAnyone: Bool) -> Bool {
        if request.method == "POST" {
            return form(request).query("refresh_token") == refreshToken
                && form(request).query("grant_type") == "refresh_token"
        }
        guard let header = request.headers["authorization"] else { return allowsAnyone }
        let expected = Data("\(user):\(password)".utf8).base64EncodedString()
        return header == "Basic \(expected)"
    }

    /// A JWT, ES256 (RFC 7515, RFC 7518 §3.4).
    private static func token(
        _ key: P256.Signing.PrivateKey, _ chain: String, scope: String
    ) throws -> String {
        let parts = scope.split(separator: ":")
        let now = Int64(Date().timeIntervalSince1970)
        let access: JSONValue =
            parts.count == 3
            ? [
                [
                    "type": .string(String(parts[0])), "name": .string(String(parts[1])),
                    "actions": .array(parts[2].split(separator: ",").map { .string(String($0)) }),
                ]
            ] : []
        let header: JSONValue = ["typ": "JWT", "alg": "ES256", "x5c": [.string(chain)]]
        let claims: JSONValue = [
            "iss": .string(issuer), "sub": .string(user), "aud": .string(service),
            "exp": .integer(now + 300), "nbf": .integer(now - 10), "iat": .integer(now),
            "jti": .string("\(now)"), "access": access,
        ]
        let text = encoded(header.canonicalBytes) + "." + encoded(claims.canonicalBytes)
        let signature = try key.signature(for: Array(text.utf8))
        return text + "." + encoded(Array(signature.rawRepresentation))
    }

    private static func encoded(_ bytes: [UInt8]) -> String {
        Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")
            .replacing("=", with: "")
    }
}
