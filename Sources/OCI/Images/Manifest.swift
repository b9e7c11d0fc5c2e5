package import Domain

/// What is wrong with a manifest, an index or an image configuration.
package enum ImageError: Error, Hashable, Sendable, CustomStringConvertible {
    case malformed(what: String, why: String)
    case wrongPlatform(wanted: String, found: [String])

    package var description: String {
        switch self {
        case .malformed(let what, let why): "the \(what) is not valid: \(why)"
        case .wrongPlatform(let wanted, let found):
            "the image is for \(found.joined(separator: ", ")); this machine needs \(wanted)"
        }
    }
}

/// A pointer to content (OCI image spec 1.1, "Descriptor").
package struct Descriptor: Hashable, Sendable {
    package let mediaType: String
    package let digest: Digest
    package let size: Int64
    package let platform: Platform?
    package let annotations: [String: String]

    package init(
        mediaType: String, digest: Digest, size: Int64, platform: Platform? = nil,
        annotations: [String: String] = [:]
    ) {
        self.mediaType = mediaType
        self.digest = digest
        self.size = size
        self.platform = platform
        self.annotations = annotations
    }

    init(_ json: JSONValue, what: String) throws(ImageError) {
        func problem(_ why: String) -> ImageError { .malformed(what: what, why: why) }
        guard let type = json["mediaType"]?.stringValue else {
            throw problem("a descriptor without mediaType")
        }
        guard let text = json["digest"]?.stringValue else {
            throw problem("a descriptor without digest")
        }
        do { digest = try Digest(parsing: text) } catch { throw problem(error.description) }
        guard let size = json["size"]?.integerValue, size >= 0, size <= 1 << 50 else {
            throw problem("descriptor \(digest) has no valid size")
        }
        mediaType = type
        self.size = size
        platform = json["platform"].flatMap(Platform.init)
        annotations = (json["annotations"]?.objectValue ?? [:]).compactMapValues(\.stringValue)
    }

    package var json: JSONValue {
        .object([
            "mediaType": .string(mediaType), "digest": .string(digest.description),
            "size": .integer(size),
        ])
    }
}

/// An image's manifest: its configuration and its layers, lowest first. The raw bytes are kept,
/// since its digest is over them (OCI image spec 1.1, "Image Manifest").
package struct ImageManifest: Sendable {
    package let bytes: [UInt8]
    package let mediaType: String
    package let configuration: Descriptor
    package let layers: [Descriptor]

    package static let sizeLimit = 4 << 20
    package static let layerLimit = 512

    package init(parsing bytes: [UInt8]) throws(ImageError) {
        let json = try Self.json(bytes, "manifest")
        guard json["schemaVersion"]?.integerValue == 2 else {
            throw .malformed(what: "manifest", why: "schemaVersion is not 2")
        }
        guard let configuration = json["config"], let layers = json["layers"]?.arrayValue else {
            throw .malformed(what: "manifest", why: "it has no config or no layers")
        }
        guard layers.count <= Self.layerLimit else {
            throw .malformed(
                what: "manifest", why: "it has \(layers.count) layers; expected at most 512")
        }
        self.bytes = bytes
        mediaType = json["mediaType"]?.stringValue ?? MediaType.manifest
        self.configuration = try Descriptor(configuration, what: "manifest")
        var descriptors: [Descriptor] = []
        for layer in layers { descriptors.append(try Descriptor(layer, what: "manifest")) }
        self.layers = descriptors
    }

    package init(configuration: Descriptor, layers: [Descriptor]) {
        mediaType = MediaType.manifest
        self.configuration = configuration
        self.layers = layers
        bytes =
            JSONValue.object([
                "schemaVersion": 2, "mediaType": .string(MediaType.manifest),
                "config": configuration.json, "layers": .array(layers.map(\.json)),
            ]).canonicalBytes
    }

    package var digest: Digest { Digest(of: bytes) }

    static func json(_ bytes: [UInt8], _ what: String) throws(ImageError) -> JSONValue {
        guard bytes.count <= sizeLimit else {
            throw .malformed(what: what, why: "it is larger than 4 MiB")
        }
        do {
            return try JSONParser.parse(bytes)
        } catch {
            throw .malformed(what: what, why: error.description)
        }
    }
}

/// A list of manifests for several platforms (OCI image spec 1.1, "Image Index").
package struct ImageIndex: Sendable {
    package let manifests: [Descriptor]

    package init(parsing bytes: [UInt8]) throws(ImageError) {
        let json = try ImageManifest.json(bytes, "index")
        guard let list = json["manifests"]?.arrayValue, list.count <= 1000 else {
            throw .malformed(what: "index", why: "it has no list of manifests, or more than 1,000")
        }
        var descriptors: [Descriptor] = []
        for item in list { descriptors.append(try Descriptor(item, what: "index")) }
        manifests = descriptors
    }

    /// The manifest for a platform; one without a platform fits any.
    package func manifest(for platform: Platform) throws(ImageError) -> Descriptor {
        for fitting in platform.substitutes {
            if let exact = manifests.first(where: { $0.platform == fitting }) { return exact }
        }
        if let any = manifests.first(where: { $0.platform == nil }) { return any }
        throw .wrongPlatform(
            wanted: platform.description,
            found: manifests.compactMap { $0.platform?.description })
    }
}
