import OCI
import Storage
import TestSupport

/// Builds an OCI layout piece by piece, also such as no honest tool would write.
struct Layout {
    let path: String

    init(at path: String) throws {
        self.path = path
        try Files.makeFolders("\(path)/blobs/sha256")
        try Files.makeFolders("\(path)/blobs/sha512")
        try Files.writeFile("\(path)/oci-layout", #"{"imageLayoutVersion":"1.0.0"}"#.utf8)
    }

    func blobPath(_ digest: Digest) -> String {
        "\(path)/blobs/\(digest.algorithm.rawValue)/\(digest.hex)"
    }

    func blobPath(of bytes: [UInt8]) -> String { blobPath(Digest(of: bytes)) }

    /// Stores bytes; gives a descriptor of them, which may tell another size.
    func blob(
        _ bytes: [UInt8], type: String, size: Int? = nil, more: String = ""
    ) throws -> String {
        let digest = Digest(of: bytes)
        try Files.writeFile(blobPath(digest), bytes)
        return #"{"mediaType":"\#(type)","digest":"\#(digest)","#
            + #""size":\#(size ?? bytes.count)\#(more)}"#
    }

    func configuration(
        _ diffIDs: [Digest], architecture: String = Platform.current.architecture
    ) -> [UInt8] {
        let list = diffIDs.map { #""\#($0)""# }.joined(separator: ",")
        return Array(
            (#"{"os":"linux","architecture":"\#(architecture)","config":{"Cmd":["/bin/sh"]},"#
                + #""rootfs":{"type":"layers","diff_ids":[\#(list)]}}"#).utf8)
    }

    func manifest(_ configuration: String, _ layers: [String]) -> [UInt8] {
        Array(
            (#"{"schemaVersion":2,"mediaType":"\#(MediaType.manifest)","config":\#(configuration),"#
                + #""layers":[\#(layers.joined(separator: ","))]}"#).utf8)
    }

    func index(_ manifests: [String]) -> [UInt8] {
        Array(#"{"schemaVersion":2,"manifests":[\#(manifests.joined(separator: ","))]}"#.utf8)
    }

    func write(index manifests: [String]) throws {
        try Files.writeFile("\(path)/index.json", index(manifests))
    }

    /// A small layer.
    static func layer(_ content: String) -> [UInt8] {
        var tar = RawTar()
        tar.file("content", content)
        return tar.finished
    }

    /// An honest image of one uncompressed layer; gives its manifest's descriptor.
    func image(
        _ content: String = "content", name: String? = nil,
        architecture: String = Platform.current.architecture, platform: String? = nil
    ) throws -> String {
        let layer = Self.layer(content)
        let configuration = configuration([Digest(of: layer)], architecture: architecture)
        let manifest = manifest(
            try blob(configuration, type: MediaType.configuration),
            [try blob(layer, type: MediaType.layer)])
        var more = ""
        if let platform {
            more += #","platform":{"os":"linux","architecture":"\#(platform)"}"#
        }
        if let name {
            more += #","annotations":{"org.opencontainers.image.ref.name":"\#(name)"}"#
        }
        return try blob(manifest, type: MediaType.manifest, more: more)
    }
}
