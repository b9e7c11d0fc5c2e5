import Domain
import NIOHTTP1
import NIOSSL
import OCI
import Storage
import Synchronization

/// One repository of one registry: requests with the credentials that it asks for, through the
/// redirects that it gives. Nothing is repeated here, but for a request that wanted credentials.
final class RegistryConnection: Sendable {
    let repository: RemoteRepository
    /// As the user named it: for messages.
    let shown: ImageReference
    let access: RegistryAccess
    private let state = Mutex(State())

    private struct State {
        var base: WebAddress?
        var authorization: Authorization?
        var settings: [String: TLSConfiguration] = [:]
        /// Nil until somebody looked.
        var credentials: RegistryCredentials??
    }

    struct Authorization: Sendable {
        let header: Secret
        /// Nil for a password.
        let ends: ContinuousClock.Instant?
    }

    static let redirectLimit = 5
    static let noteLimit = 64 << 10

    init(_ repository: RemoteRepository, shown: ImageReference, access: RegistryAccess) {
        self.repository = repository
        self.shown = shown
        self.access = access
    }

    /// Asks for something below `/v2/NAME/`. The answer's status is 2xx, or 404 or 416.
    func get(
        _ path: String, accept: [String] = [], from offset: Int64 = 0
    ) async throws -> HTTPAnswer {
        var headers = HTTPHeaders()
        for type in accept { headers.add(name: "accept", value: type) }
        if offset > 0 { headers.add(name: "range", value: "bytes=\(offset)-") }
        let base = try await base()
        guard let address = base.at("\(base.path)\(repository.name)/\(path)") else {
            throw RegistryError.misbehaves(base.origin, why: "it names no valid address")
        }
        return try await get(address, headers)
    }

    /// The same for an address of the registry itself, such as the next page of a list.
    func get(_ address: WebAddress, _ headers: HTTPHeaders = [:]) async throws -> HTTPAnswer {
        let known = currentAuthorization()
        var answer = try await follow(address, headers, known)
        if answer.status == 401 {
            let note = try await note(of: answer)
            let challenges = AuthenticationChallenge.parse(answer.headers["www-authenticate"])
            guard let challenge = AuthenticationChallenge.best(of: challenges),
                answer.address.hasSameOrigin(as: address)
            else { throw try await unauthorized(note) }
            let fresh = try await authorize(challenge, rejected: known, note: note)
            state.withLock { $0.authorization = fresh }
            answer = try await follow(address, headers, fresh)
        }
        return try await checked(answer)
    }

    private func currentAuthorization() -> Authorization? {
        state.withLock { state in
            guard let known = state.authorization else { return nil }
            if let ends = known.ends, ends <= ContinuousClock.now { return nil }
            return known
        }
    }

    /// Follows redirects; credentials go to the origin that they are for and no further.
    private func follow(
        _ address: WebAddress, _ headers: HTTPHeaders, _ authorization: Authorization?
    ) async throws -> HTTPAnswer {
        var target = address
        for _ in 0...Self.redirectLimit {
            var sent = headers
            if let authorization, target.hasSameOrigin(as: address) {
                sent.add(name: "authorization", value: authorization.header.reveal())
            }
            let answer = try await send(target, headers: sent)
            guard [301, 302, 303, 307, 308].contains(answer.status) else { return answer }
            guard let location = answer.headers.first(name: "location"),
                let next = target.following(location)
            else {
                throw RegistryError.misbehaves(
                    address.origin, why: "it redirects to no valid address")
            }
            guard next.scheme == .https || target.scheme == .http else {
                throw RegistryError.misbehaves(
                    address.origin, why: "it redirects to \(next.shown), which is not encrypted")
            }
            target = next
        }
        throw RegistryError.misbehaves(
            address.origin, why: "it redirects more than \(Self.redirectLimit) times")
    }

    func send(
        _ address: WebAddress, method: HTTPMethod = .GET, headers: HTTPHeaders,
        body: [UInt8]? = nil
    ) async throws -> HTTPAnswer {
        do {
            return try await exchange(address, method, headers, body)
        } catch let problem as NotTLS {
            throw RegistryError.unreachable(
                address.origin,
                why: "it does not speak TLS; if it is to be trusted without: --plain-http, or in "
                    + "$SLIPWAY_HOME/config.yaml: registries: {\"\(repository.host)\": "
                    + "{insecure: true}} (\(Quotation.line(problem.why.utf8)))")
        }
    }

    private func exchange(
        _ address: WebAddress, _ method: HTTPMethod, _ headers: HTTPHeaders, _ body: [UInt8]?
    ) async throws -> HTTPAnswer {
        let tls = address.scheme == .https ? try await settings(for: address) : nil
        return try await HTTPTransport.send(
            address, method: method, headers: headers, body: body, tls: tls,
            proxy: try access.proxies.proxy(for: address), silence: access.silence)
    }

    private func settings(for address: WebAddress) async throws -> TLSConfiguration {
        let name = address.host + (address.port == 443 ? "" : ":\(address.port)")
        if let known = state.withLock({ $0.settings[name] }) { return known }
        let (access, registry) = (access, repository.host)
        let isOwn = state.withLock { $0.base?.hasSameOrigin(as: address) } ?? true
        let host = isOwn ? registry : RegistryHost(name)
        let made = try await IOPool.shared.run {
            try TLSSettings.configuration(for: host, of: registry, access)
        }
        state.withLock { $0.settings[name] = made }
        return made
    }

    /// What an answer that is no success means.
    private func checked(_ answer: HTTPAnswer) async throws -> HTTPAnswer {
        switch answer.status {
        case 200..<300, 404, 416: return answer
        case 401: throw try await unauthorized(try await note(of: answer))
        case 403: throw RegistryError.denied(shown, why: try await note(of: answer))
        case 429:
            let asked = RetryPolicy.asked(answer.headers.first(name: "retry-after"))
            throw Transient(
                cause: .tooManyRequests(
                    answer.address.origin,
                    retryAfterSeconds: asked.map { $0.milliseconds / 1000 }),
                retryAfter: asked)
        case 408, 500, 502, 503, 504:
            let note = try await note(of: answer)
            throw Transient(
                cause: .unreachable(
                    answer.address.origin, why: "it answers \(answer.status): \(note)"),
                retryAfter: RetryPolicy.asked(answer.headers.first(name: "retry-after")))
        default:
            throw RegistryError.misbehaves(
                answer.address.origin,
                why: "it answers \(answer.status): \(try await note(of: answer))")
        }
    }

    /// What a registry says of a failure, in one line.
    func note(of answer: HTTPAnswer) async throws -> String {
        guard let bytes = try await answer.bytes(limit: Self.noteLimit) else {
            return "it says more than 64 KiB"
        }
        return RemoteNote(bytes).text
    }

    func unauthorized(_ note: String) async throws -> RegistryError {
        let known = try await credentials()
        return .unauthorized(
            shown, hadCredentials: known != nil, files: access.credentials.paths, why: note)
    }

    /// Looked up once, and only when somebody asks for them.
    func credentials() async throws -> RegistryCredentials? {
        if let known = state.withLock({ $0.credentials }) { return known }
        let (access, repository) = (access, repository)
        let found = try await IOPool.shared.run {
            try access.credentials.credentials(for: repository)
        }
        state.withLock { $0.credentials = .some(found) }
        return found
    }

    // MARK: Where it is

    /// `https://HOST/v2/`, or `http` where that is allowed and nothing else is spoken.
    func base() async throws -> WebAddress {
        if let known = state.withLock({ $0.base }) { return known }
        let options = access.options(of: repository.host)
        guard let secure = repository.host.address(.https),
            let plain = repository.host.address(.http)
        else { throw RegistryError.misbehaves(repository.host.name, why: "it is no host") }
        var found = options.isPlain ? plain : secure
        if !options.isPlain, options.isInsecure || repository.host.isLoopback {
            do { _ = try await exchange(secure, .GET, [:], nil) } catch is NotTLS { found = plain }
        }
        let chosen = found
        state.withLock { $0.base = chosen }
        return chosen
    }
}

/// The text of a registry's error (OCI distribution spec 1.1, "Error Codes").
struct RemoteNote {
    let text: String

    init(_ bytes: [UInt8]) {
        var parts: [String] = []
        do {
            let json = try JSONParser.parse(bytes)
            for error in (json["errors"]?.arrayValue ?? []).prefix(3) {
                let words = [error["code"]?.stringValue, error["message"]?.stringValue]
                parts.append(words.compactMap { $0 }.joined(separator: ": "))
            }
            if parts.isEmpty, let text = json["details"]?.stringValue ?? json["error"]?.stringValue
            {
                parts.append(text)
            }
        } catch {
            // Not JSON: a page of some proxy.
            parts = [String(decoding: bytes, as: UTF8.self)]
        }
        let line = parts.joined(separator: ", ").split { $0.isNewline }.first ?? ""
        text = line.isEmpty ? "no reason given" : Quotation.line(line.utf8, limit: 500)
    }
}
