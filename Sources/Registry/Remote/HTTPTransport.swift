import AsyncHTTPClient
import Domain
import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import OCI
import Storage
import Synchronization

/// An answer whose body is still to be read.
struct HTTPAnswer: Sendable {
    let status: Int
    let headers: HTTPHeaders
    let body: HTTPClientResponse.Body
    let address: WebAddress

    /// The whole body; nil when it is larger than `limit`.
    func bytes(limit: Int) async throws -> [UInt8]? {
        if let said = headers.first(name: "content-length").flatMap({ Int64($0) }), said > limit {
            return nil
        }
        return try await Wire.mapping(address) {
            var bytes: [UInt8] = []
            for try await piece in body {
                guard bytes.count + piece.readableBytes <= limit else { return nil }
                bytes += piece.readableBytesView
            }
            return bytes
        }
    }
}

/// The one HTTP client of this process. Every exchange is one request and one answer: redirects,
/// credentials and repetitions are the business of those above.
enum HTTPTransport {
    private struct Kind: Hashable {
        let proxy: ProxyRules.Proxy?
        let silence: Duration
    }

    private static let clients = Mutex<[Kind: HTTPClient]>([:])

    /// One for each proxy, which is one for nearly everybody; never shut down, as they live as
    /// long as the process.
    private static func client(_ kind: Kind) -> HTTPClient {
        clients.withLock { clients in
            if let known = clients[kind] { return known }
            var configuration = HTTPClient.Configuration()
            configuration.redirectConfiguration = .disallow
            configuration.timeout.connect = .seconds(10)
            configuration.timeout.read = .milliseconds(kind.silence.milliseconds)
            configuration.proxy = kind.proxy.map(proxy)
            configuration.httpVersion = .http1Only
            configuration.decompression = .disabled
            // Its own repetitions would hide for long what we want to tell.
            configuration.connectionPool.retryConnectionEstablishment = false
            let made = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
            clients[kind] = made
            return made
        }
    }

    private static func proxy(_ proxy: ProxyRules.Proxy) -> HTTPClient.Configuration.Proxy {
        let authorization = proxy.user.map {
            HTTPClient.Authorization.basic(username: $0, password: proxy.password ?? "")
        }
        return .server(host: proxy.host, port: proxy.port, authorization: authorization)
    }

    private static let userAgent = "slipway"

    static func send(
        _ address: WebAddress, method: HTTPMethod = .GET, headers: HTTPHeaders = [:],
        body: [UInt8]? = nil, tls: TLSConfiguration?,
        proxy: ProxyRules.Proxy?, silence: Duration
    ) async throws -> HTTPAnswer {
        var request = HTTPClientRequest(url: address.description)
        request.method = method
        request.headers = headers
        request.headers.replaceOrAdd(name: "user-agent", value: userAgent)
        if let body { request.body = .bytes(body) }
        request.tlsConfiguration = tls
        let response = try await Wire.mapping(address) {
            try await client(Kind(proxy: proxy, silence: silence)).execute(
                request, deadline: .now() + .milliseconds(2 * silence.milliseconds))
        }
        return HTTPAnswer(
            status: Int(response.status.code), headers: response.headers, body: response.body,
            address: address)
    }
}

/// What went wrong between two machines.
enum Wire {
    static func mapping<Value>(
        _ address: WebAddress, _ body: () async throws -> Value
    ) async throws -> Value {
        do { return try await body() } catch { throw problem(error, address) }
    }

    static func problem(_ error: any Error, _ address: WebAddress) -> any Error {
        switch error {
        case is CancellationError, is RegistryError, is Transient, is StorageError: return error
        case let error as HTTPClientError: return problem(error, address)
        case let error as NIOSSLError: return problem(error, address)
        case is NIOSSLExtraError:
            return RegistryError.untrusted(
                address.origin, why: "its certificate is not for this name")
        case let error as NIOConnectionError where error.connectionErrors.isEmpty:
            return unreachable(address, "there is no such host", isUnreached: true)
        case let error as NIOConnectionError:
            return unreachable(address, text(of: error), isUnreached: true)
        case let error as IOError:
            let absent = [ECONNREFUSED, EHOSTUNREACH, ENETUNREACH]
            return unreachable(
                address, Files.text(ofError: error.errnoCode).lowercased(),
                isUnreached: absent.contains(error.errnoCode))
        default: return unreachable(address, Quotation.line("\(error)".utf8))
        }
    }

    private static func unreachable(
        _ address: WebAddress, _ why: String, isUnreached: Bool = false
    ) -> Transient {
        Transient(
            cause: .unreachable(address.origin, why: why), retryAfter: nil,
            isUnreached: isUnreached)
    }

    private static func problem(_ error: HTTPClientError, _ address: WebAddress) -> any Error {
        switch error {
        case .cancelled: CancellationError()
        case .connectTimeout, .tlsHandshakeTimeout:
            unreachable(address, "no connection within 10 s", isUnreached: true)
        case .readTimeout, .deadlineExceeded: unreachable(address, "it said nothing for too long")
        case .remoteConnectionClosed:
            unreachable(address, "it closed the connection in the middle of an answer")
        case .proxyAuthenticationRequired:
            unreachable(address, "the proxy wants other credentials", isUnreached: true)
        case .invalidProxyResponse, .httpProxyHandshakeTimeout:
            unreachable(address, "the proxy does not lead there", isUnreached: true)
        default: unreachable(address, Quotation.line("\(error)".utf8))
        }
    }

    private static func problem(_ error: NIOSSLError, _ address: WebAddress) -> any Error {
        switch error {
        case .uncleanShutdown:
            return unreachable(address, "it closed the connection in the middle of an answer")
        case .handshakeFailed(let inner):
            let text = "\(inner)"
            if text.contains("CERTIFICATE_VERIFY_FAILED") {
                return RegistryError.untrusted(
                    address.origin, why: "no authority that is known here signed its certificate")
            }
            if text.contains("EOF during handshake") {
                return unreachable(address, "it ended the TLS handshake", isUnreached: true)
            }
            return NotTLS(address: address, why: text)
        default: return unreachable(address, Quotation.line("\(error)".utf8))
        }
    }

    private static func text(of error: NIOConnectionError) -> String {
        guard let inner = error.connectionErrors.first?.error as? IOError else {
            return "\(error.connectionErrors.first.map { "\($0.error)" } ?? "no connection")"
        }
        return Files.text(ofError: inner.errnoCode).lowercased()
    }
}

/// Something answered, but not in TLS.
struct NotTLS: Error {
    let address: WebAddress
    let why: String
}
