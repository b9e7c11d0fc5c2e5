import OCI
import Storage

/// A registry of one image whose layer stops at 3 MiB until a file exists.
package final class TrickleRegistry: Sendable {
    private let server: WebServer

    package var host: String { server.host }

    package init(layer: [UInt8], flag: String) throws {
        let configuration = Array(
            (#"{"os":"linux","architecture":"\#(Platform.current.architecture)","config":{},"#
                + #""rootfs":{"type":"layers","diff_ids":["\#(Digest(of: layer))"]}}"#).utf8)
        let manifest = ImageManifest(
            configuration: Descriptor(
                mediaType: MediaType.configuration, digest: Digest(of: configuration),
                size: Int64(configuration.count)),
            layers: [
                Descriptor(
                    mediaType: MediaType.layer, digest: Digest(of: layer), size: Int64(layer.count))
            ])
        let layerPath = "/v2/a/b/blobs/\(Digest(of: layer))"
        let configurationPath = "/v2/a/b/blobs/\(Digest(of: configuration))"
        server = try WebServer { request in
            switch request.path {
            case "/v2/": return WebReply(body: "{}".utf8)
            case "/v2/a/b/manifests/1":
                return WebReply(headers: ["content-type": MediaType.manifest], body: manifest.bytes)
            case configurationPath: return WebReply(body: configuration)
            case layerPath:
                let first = Int((request.headers["range"] ?? "bytes=0-").filter(\.isNumber)) ?? 0
                let range = "bytes \(first)-\(layer.count - 1)/\(layer.count)"
                var reply = WebReply(
                    first > 0 ? 206 : 200, headers: first > 0 ? ["content-range": range] : [:],
                    body: layer[first...])
                if !Files.exists(flag) {
                    reply.cutAfter = max(0, (3 << 20) - first)
                    reply.staysOpen = true
                }
                return reply
            default: return WebReply(404)
            }
        }
    }
}
