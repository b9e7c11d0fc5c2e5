import Domain
import NIOHTTP1

/// Docker's token flow (distribution's "Token Authentication Specification" and "OAuth2 Token
/// Authentication").
extension RegistryConnection {
    /// What answers a challenge. `rejected`: what the registry did not take just now.
    func authorize(
        _ challenge: AuthenticationChallenge, rejected: Authorization?, note: String
    ) async throws -> Authorization {
        let credentials = try await credentials()
        if challenge.scheme == "basic" {
            // The same password again would be no better.
            guard rejected == nil, let header = credentials?.basic else {
                throw try await unauthorized(note)
            }
            return Authorization(header: header, ends: nil)
        }
        let began = ContinuousClock.now
        let reply = try await token(challenge, credentials)
        return Authorization(
            header: Secret("Bearer \(reply.token.reveal())"),
            // A little early: the request is still to be made.
            ends: began + reply.lifetime - .seconds(10))
    }

    private func token(
        _ challenge: AuthenticationChallenge, _ credentials: RegistryCredentials?
    ) async throws -> TokenReply {
        let base = try await base()
        guard let realm = WebAddress(challenge.parameters["realm"] ?? "") else {
            throw RegistryError.misbehaves(
                base.origin, why: "it names no valid address to get a token from")
        }
        // Where the registry itself is spoken to plainly, its token server may be too.
        guard realm.scheme == .https || base.scheme == .http || realm.isLoopback else {
            throw RegistryError.misbehaves(
                base.origin,
                why: "it wants a token from \(realm.shown), which is not encrypted")
        }
        var fields: [(String, String)] = []
        if let service = challenge.parameters["service"] { fields.append(("service", service)) }
        let scope = PullScope(repository: repository.name)
        fields.append(("scope", scope.asked(for: challenge.parameters["scope"])))
        let answer: HTTPAnswer
        if case .identityToken(let token)? = credentials {
            fields += [
                ("grant_type", "refresh_token"), ("client_id", "slipway"),
                ("refresh_token", token.reveal()),
            ]
            answer = try await send(
                realm, method: .POST,
                headers: ["content-type": "application/x-www-form-urlencoded"],
                body: Array(Self.form(fields).utf8))
        } else {
            answer = try await ask(realm, fields, credentials?.basic)
        }
        return try await reply(answer, realm)
    }

    /// Redirects are followed within the token server alone: the password is for nobody else.
    private func ask(
        _ realm: WebAddress, _ fields: [(String, String)], _ basic: Secret?
    ) async throws -> HTTPAnswer {
        var headers = HTTPHeaders()
        if let basic { headers.add(name: "authorization", value: basic.reveal()) }
        let separator = realm.path.contains("?") ? "&" : "?"
        guard var target = realm.at("\(realm.path)\(separator)\(Self.form(fields))") else {
            throw RegistryError.misbehaves(realm.origin, why: "its address is too long")
        }
        for _ in 0...Self.redirectLimit {
            let answer = try await send(target, headers: headers)
            guard [301, 302, 303, 307, 308].contains(answer.status),
                let next = answer.headers.first(name: "location").flatMap(target.following)
            else { return answer }
            guard next.hasSameOrigin(as: realm) else {
                throw RegistryError.misbehaves(
                    realm.origin, why: "it redirects the request for a token to \(next.origin)")
            }
            target = next
        }
        throw RegistryError.misbehaves(realm.origin, why: "it redirects too often")
    }

    private func reply(_ answer: HTTPAnswer, _ realm: WebAddress) async throws -> TokenReply {
        switch answer.status {
        case 200..<300:
            guard let bytes = try await answer.bytes(limit: TokenReply.sizeLimit),
                let reply = TokenReply(parsing: bytes)
            else {
                throw RegistryError.misbehaves(
                    realm.origin, why: "its answer holds no token; expected {\"token\": …}")
            }
            return reply
        case 400, 401, 403: throw try await unauthorized(try await note(of: answer))
        case 408, 429, 500...599:
            let note = try await note(of: answer)
            throw Transient(
                cause: .unreachable(
                    realm.origin, why: "asked for a token it answers \(answer.status): \(note)"),
                retryAfter: RetryPolicy.asked(answer.headers.first(name: "retry-after")))
        default:
            throw RegistryError.misbehaves(
                realm.origin, why: "asked for a token it answers \(answer.status)")
        }
    }

    /// `application/x-www-form-urlencoded` (WHATWG URL, §5), with `%20` for blanks.
    static func form(_ fields: [(String, String)]) -> String {
        fields.map { "\($0)=\(escaped($1))" }.joined(separator: "&")
    }

    private static func escaped(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x2d, 0x2e, 0x5f, 0x7e: bytes.append(byte)
            default: bytes += [0x25, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
