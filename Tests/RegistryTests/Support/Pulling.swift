import Domain
import OCI
import Registry
import Storage
import Synchronization
import TestSupport

/// What a pull told, for the test to ask about.
final class PullLog: Sendable {
    private let content = Mutex<[PullEvent]>([])

    var events: [PullEvent] { content.withLock { $0 } }

    @Sendable func take(_ event: PullEvent) { content.withLock { $0.append(event) } }

    /// Layers of which something came over the network, and where each began.
    var began: [Int64] {
        events.compactMap { if case .layerBegan(_, let received) = $0 { received } else { nil } }
    }

    var present: Int {
        events.count { if case .layerIsHere = $0 { true } else { false } }
    }

    var waits: Int {
        events.count { if case .waits = $0 { true } else { false } }
    }
}

extension ImageHome {
    /// Without any credentials or settings of this machine, and without long waits.
    static func access(environment: [String: String] = [:]) -> RegistryAccess {
        var access = RegistryAccess(
            credentials: CredentialFiles(
                environment: environment.merging(["REGISTRY_AUTH_FILE": "/none"]) { given, _ in
                    given
                }, userID: 0))
        access.retry.first = .milliseconds(5)
        access.retry.longestAsked = .seconds(2)
        return access
    }

    @discardableResult
    func pull(
        _ name: String, as second: String? = nil, platform: String? = nil,
        _ access: RegistryAccess = access(), log: PullLog = PullLog()
    ) async throws -> PulledImage {
        try await images.pull(
            PullRequest(
                try ImageReference(parsing: name),
                as: try second.map { try ImageReference(parsing: $0) },
                platform: try platform.map { try Platform(parsing: $0) } ?? .current),
            access, at: Self.now, tell: log.take)
    }

    /// A file of credentials.
    func authFile(_ text: String) throws -> [String: String] {
        try Files.writeFile("\(path)/auth.json", text.utf8)
        return ["REGISTRY_AUTH_FILE": "\(path)/auth.json"]
    }
}

/// A registry of one image, kept in the test's hands.
final class FakeRegistry: Sendable {
    let server: WebServer
    /// The manifest, the configuration and the layer.
    let manifest: [UInt8]
    let layer: [UInt8]

    var name: String { "\(server.host)/a/b:1" }
    var layerPath: String { "/v2/a/b/blobs/\(Digest(of: layer))" }
    var manifestPath: String { "/v2/a/b/manifests/1" }

    /// `change` may give another answer than the honest one.
    init(
        layer: [UInt8] = FakeRegistry.layer(),
        change: @escaping @Sendable (WebRequest, WebReply) -> WebReply = { $1 }
    ) async throws {
        let configuration = Self.configuration(of: layer)
        let manifest = Self.manifest(configuration: configuration, layer: layer)
        self.manifest = manifest
        self.layer = layer
        let content = [
            "/v2/": [UInt8]("{}".utf8), "/v2/a/b/manifests/1": manifest,
            "/v2/a/b/manifests/\(Digest(of: manifest))": manifest,
            "/v2/a/b/blobs/\(Digest(of: configuration))": configuration,
            "/v2/a/b/blobs/\(Digest(of: layer))": layer,
        ]
        server = try WebServer { request in
            change(request, Self.honest(request, content))
        }
    }

    private static func honest(
        _ request: WebRequest, _ content: [String: [UInt8]]
    ) -> WebReply {
        guard let bytes = content[request.path] else {
            return WebReply(404, body: #"{"errors":[{"code":"MANIFEST_UNKNOWN"}]}"#.utf8)
        }
        if request.path.contains("/manifests/") {
            return WebReply(headers: ["content-type": MediaType.manifest], body: bytes)
        }
        guard let range = request.headers["range"],
            let first = Int(range.drop { !$0.isNumber }.prefix { $0.isNumber })
        else { return WebReply(body: bytes) }
        guard first < bytes.count else { return WebReply(416) }
        return WebReply(
            206, headers: ["content-range": "bytes \(first)-\(bytes.count - 1)/\(bytes.count)"],
            body: bytes[first...])
    }

    /// Some megabytes, so that they arrive in many pieces.
    static func layer(bytes count: Int = 5 << 20, seed: UInt64 = 1) -> [UInt8] {
        var random = SeededGenerator(seed: seed)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        while bytes.count < count {
            let word = random.next()
            for shift in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: word >> (8 * shift))) }
        }
        return bytes
    }

    static func configuration(of layer: [UInt8], more: String = "") -> [UInt8] {
        Array(
            (#"{"os":"linux","architecture":"\#(Platform.current.architecture)","#
                + #""config":{"Cmd":["x"]\#(more)},"#
                + #""rootfs":{"type":"layers","diff_ids":["\#(Digest(of: layer))"]}}"#).utf8)
    }

    static func manifest(
        configuration: [UInt8], layer: [UInt8], layerType: String = MediaType.layer,
        configurationType: String = MediaType.configuration, layerSize: Int? = nil
    ) -> [UInt8] {
        Array(
            (#"{"schemaVersion":2,"mediaType":"\#(MediaType.manifest)","config":{"mediaType":"#
                + #""\#(configurationType)","digest":"\#(Digest(of: configuration))","#
                + #""size":\#(configuration.count)},"layers":[{"mediaType":"\#(layerType)","#
                + #""digest":"\#(Digest(of: layer))","size":\#(layerSize ?? layer.count)}]}"#)
                .utf8)
    }
}
