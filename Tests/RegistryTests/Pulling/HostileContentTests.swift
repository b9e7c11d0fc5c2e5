import Domain
import OCI
import Registry
import Storage
import TestSupport
import Testing

/// Registries that give something else than what was asked for.
struct HostileContentTests {
    struct Lie: Sendable, CustomStringConvertible {
        let description: String
        let why: String
        let change: @Sendable (WebRequest, WebReply) -> WebReply

        init(
            _ fact: String, says why: String,
            _ change: @escaping @Sendable (WebRequest, WebReply) -> WebReply
        ) {
            description = fact
            self.why = why
            self.change = change
        }
    }

    private static let layer = FakeRegistry.layer(bytes: 100_000)

    /// Another manifest in the place of the honest one.
    private static func manifest(
        _ fact: String, says why: String, type: String = MediaType.manifest,
        _ make: @escaping @Sendable (_ configuration: [UInt8]) -> [UInt8]
    ) -> Lie {
        Lie(fact, says: why) { request, reply in
            guard request.path.contains("/manifests/") else { return reply }
            return WebReply(
                headers: ["content-type": type],
                body: make(FakeRegistry.configuration(of: layer)))
        }
    }

    private static func text(_ text: String) -> [UInt8] { Array(text.utf8) }

    static let lies: [Lie] = [
        Lie("other bytes of a layer", says: "gives content with the digest") { request, reply in
            var reply = reply
            if reply.body.count == layer.count { reply.body[5] ^= 1 }
            return reply
        },
        Lie("more bytes of a layer than it has", says: "more for sha256") { request, reply in
            var reply = reply
            if reply.body.count == layer.count { reply.body += [0] }
            return reply
        },
        Lie("fewer bytes of a layer, again and again", says: "at 99000 of 100000") {
            request, reply in
            var reply = reply
            if reply.status == 206 { return WebReply(200, body: layer.prefix(99_000)) }
            if reply.body.count == layer.count { reply.body = Array(layer.prefix(99_000)) }
            return reply
        },
        Lie("no layer", says: "lacks the blob") { request, reply in
            reply.body.count == layer.count ? WebReply(404) : reply
        },
        Lie("another configuration", says: "something else") { request, reply in
            var reply = reply
            if request.path.contains("/blobs/"), reply.body.count < 1000 { reply.body[9] ^= 1 }
            return reply
        },
        Lie("a digest that is not the manifest's", says: "calls its manifest") { request, reply in
            var reply = reply
            reply.headers["docker-content-digest"] =
                "sha256:" + String(repeating: "a", count: 64)
            return reply
        },
        manifest("a manifest above 4 MiB", says: "larger than 4 MiB") { _ in
            [UInt8](repeating: 0x20, count: 5 << 20)
        },
        manifest("no JSON", says: "expected") { _ in text("<html>") },
        manifest("a page of HTML", says: "expected", type: "text/html") { _ in text("<html>") },
        manifest("a manifest that is an index too", says: "at once") { _ in
            text(#"{"schemaVersion":2,"layers":[],"config":{},"manifests":[]}"#)
        },
        manifest("neither of the two", says: "neither") { _ in text(#"{"schemaVersion":2}"#) },
        manifest("Docker's first schema", says: "first schema") { _ in
            text(#"{"schemaVersion":1,"fsLayers":[]}"#)
        },
        manifest("a chart", says: "no container image") {
            FakeRegistry.manifest(
                configuration: $0, layer: layer,
                configurationType: "application/vnd.cncf.helm.config.v1+json")
        },
        manifest("a layer that may not be distributed", says: "may not be distributed") {
            FakeRegistry.manifest(
                configuration: $0, layer: layer,
                layerType: "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip")
        },
        manifest("a layer of another kind", says: "of the kind 'text/plain'") {
            FakeRegistry.manifest(configuration: $0, layer: layer, layerType: "text/plain")
        },
        manifest("an image above the limit", says: "larger than 1.0 TiB") {
            FakeRegistry.manifest(configuration: $0, layer: layer, layerSize: 1 << 41)
        },
        manifest("an image that the disk cannot hold", says: "are free") {
            FakeRegistry.manifest(configuration: $0, layer: layer, layerSize: 1 << 39)
        },
        manifest("two layers for one diff-id", says: "the manifest has 2") { configuration in
            let honest = FakeRegistry.manifest(configuration: configuration, layer: layer)
            let json = String(decoding: honest, as: UTF8.self)
            let start = json.firstRange(of: "\"layers\":[")?.upperBound ?? json.endIndex
            let one = json[start...].dropLast(2)
            return text(String(json[..<start]) + one + "," + one + "]}")
        },
        manifest("sha512", says: "sha512") { configuration in
            let digest = Digest(of: layer).description
            let honest = FakeRegistry.manifest(configuration: configuration, layer: layer)
            return text(
                String(decoding: honest, as: UTF8.self).replacing(
                    digest, with: "sha512:" + String(repeating: "a", count: 128)))
        },
        manifest("another machine's image", says: "it is for") { _ in
            text(
                #"{"schemaVersion":2,"mediaType":"\#(MediaType.index)","manifests":[{"mediaType":"#
                    + #""\#(MediaType.manifest)","digest":"\#(Digest(of: [1]))","size":1,"#
                    + #""platform":{"os":"linux","architecture":"s390x"}}]}"#)
        },
        manifest("an index that is in itself", says: "gave sha256") { _ in
            text(
                #"{"schemaVersion":2,"mediaType":"\#(MediaType.index)","manifests":[{"mediaType":"#
                    + #""\#(MediaType.index)","digest":"\#(Digest(of: [1]))","size":1}]}"#)
        },
    ]

    @Test("is found out by name, and nothing of it stays", arguments: lies)
    func lie(_ lie: Lie) async throws {
        let fake = try await FakeRegistry(layer: Self.layer, change: lie.change)
        try await ImageHome.with { home in
            let error = try await #require(throws: (any Error).self) {
                try await home.pull(fake.name)
            }
            #expect("\(error)".contains(lie.why), "\(error)")
            #expect(try await home.names() == [])
            let left = try await home.leftovers()
            // What came of a layer may be gone on with.
            #expect(left.allSatisfy { $0.hasSuffix(".part") }, "\(left)")
        }
    }

    @Test("indexes in indexes have an end")
    func nested() async throws {
        let indexes: [[UInt8]] = (0..<6).reduce(into: []) { list, _ in
            let inner = list.last ?? [1]
            let text =
                #"{"schemaVersion":2,"mediaType":"\#(MediaType.index)","manifests":[{"mediaType":"#
                + #""\#(MediaType.index)","digest":"\#(Digest(of: inner))","#
                + #""size":\#(inner.count)}]}"#
            list.append(Array(text.utf8))
        }
        let fake = try await FakeRegistry(layer: Self.layer) { request, reply in
            guard let name = request.path.split(separator: "/").last else { return reply }
            let found =
                name == "1"
                ? indexes.last : indexes.first { Digest(of: $0).description == name }
            guard let found else { return reply }
            return WebReply(headers: ["content-type": MediaType.index], body: found)
        }
        try await ImageHome.with { home in
            let error = try await #require(throws: RegistryError.self) {
                try await home.pull(fake.name)
            }
            #expect(error.description.contains("nested deeper than 4"))
        }
    }

    @Test("a component's manifest that is malformed is a warning")
    func label() async throws {
        let layer = FakeRegistry.layer(bytes: 1000)
        let configuration = FakeRegistry.configuration(
            of: layer, more: #","Labels":{"io.slipway.component":"{\"inputs\": [{}]}"}"#)
        let manifest = FakeRegistry.manifest(configuration: configuration, layer: layer)
        let fake = try await FakeRegistry(layer: layer) { request, reply in
            if request.path.hasSuffix("\(Digest(of: configuration))") {
                return WebReply(body: configuration)
            }
            guard request.path.contains("/manifests/") else { return reply }
            return WebReply(headers: ["content-type": MediaType.manifest], body: manifest)
        }
        try await ImageHome.with { home in
            let image = try await home.pull(fake.name)
            #expect(image.warnings.count == 1)
            #expect(image.warnings.first?.contains("/inputs/0: expected a name") == true)
        }
    }
}
