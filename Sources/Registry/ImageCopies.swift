import Crypto
import Domain
import Glibc
import OCI
import Storage

struct CopiedImage: Sendable {
    var references: [ImageReference]
    let manifest: OCI.Digest
    let size: Int64
    /// The manifest, the configuration and the layers; the index that it was chosen from.
    let blobs: [OCI.Digest]
    /// What its name means where it comes from; nil when that is the manifest.
    var index: OCI.Digest?
    var platform: Platform?
    /// What is wrong with the component's manifest.
    var warnings: [String] = []
}

/// Images on their way into the store, and what is to be taken back if that fails.
struct ImageCopies: Sendable {
    private(set) var images: [CopiedImage] = []
    /// Blobs that the store lacked before.
    private(set) var added: [OCI.Digest] = []
    var failure: (any Error)?

    init(failure: (any Error)? = nil) {
        self.failure = failure
    }

    /// How deep an index may stand in an index.
    private static let nestingLimit = 4
    private static let imageLimit = 1000

    mutating func take(
        folder path: String, shown: String, name: ImageReference?, into blobs: BlobStore
    ) throws {
        let root = try Files.open(path, O_RDONLY | O_DIRECTORY)
        if try Files.status("\(path)/index.json") != nil {
            try takeLayout(root, shown, name, blobs)
        } else if try Files.status("\(path)/manifest.json") != nil {
            try takeArchive(root, shown, name, blobs)
        } else {
            throw RegistryError.notAnImage(
                path: shown, why: "it holds neither index.json nor manifest.json")
        }
    }

    /// Opens a file of the image; nothing outside it, and nothing that is no file.
    private func open(_ root: OpenFile, _ path: String) throws -> OpenFile {
        do {
            // O_NONBLOCK: opening a fifo must not wait for a writer.
            let file = try Files.open(beneath: root, path, O_RDONLY | O_NONBLOCK, follow: true)
            guard try file.status().kind == .file else {
                throw RegistryError.damaged(what: "'\(path)'", why: "it is not a file")
            }
            return file
        } catch StorageError.system(_, _, let code) where code == EXDEV || code == ELOOP {
            throw RegistryError.damaged(what: "'\(path)'", why: "it leads out of the image")
        } catch StorageError.system(_, _, let code) where code == ENOENT || code == ENOTDIR {
            throw RegistryError.damaged(what: "'\(path)'", why: "it is missing from the image")
        }
    }

    private func small(_ root: OpenFile, _ path: String) throws -> [UInt8] {
        try open(root, path).readAll(limit: ImageManifest.sizeLimit)
    }

    /// The bytes that a descriptor names; its digest and size must be theirs.
    private func small(_ root: OpenFile, _ descriptor: Descriptor) throws -> [UInt8] {
        let bytes = try small(root, try Self.path(of: descriptor.digest))
        do {
            guard bytes.count == descriptor.size else {
                throw StorageError.sizeMismatch(
                    expected: descriptor.size, actual: Int64(bytes.count))
            }
            let actual = Digest(of: bytes)
            guard actual == descriptor.digest else {
                throw StorageError.digestMismatch(expected: descriptor.digest, actual: actual)
            }
            return bytes
        } catch {
            throw RegistryError.damaged(what: "'\(descriptor.digest)'", why: "\(error)")
        }
    }

    // MARK: OCI layout (OCI image spec 1.1, "Image Layout")

    private mutating func takeLayout(
        _ root: OpenFile, _ shown: String, _ name: ImageReference?, _ blobs: BlobStore
    ) throws {
        let index = try ImageIndex(parsing: try small(root, "index.json"))
        guard !index.manifests.isEmpty else {
            throw RegistryError.notAnImage(path: shown, why: "its index is empty")
        }
        // One without a platform may be for this machine; its configuration will tell.
        let exact = index.manifests.filter { $0.platform == .current }
        let open = index.manifests.filter { $0.platform == nil }
        guard !exact.isEmpty || !open.isEmpty else { _ = try index.manifest(for: .current); return }
        if let name {
            let candidates = Set((exact.isEmpty ? open : exact).map(\.digest))
            guard candidates.count == 1, let descriptor = exact.first ?? open.first else {
                throw RegistryError.notAnImage(
                    path: shown, why: "it holds \(candidates.count) images, so no one name fits")
            }
            return try takeManifest(descriptor, root, [name], blobs)
        }
        for descriptor in exact + open {
            let names = try Self.names(of: descriptor, shown: shown)
            try takeManifest(descriptor, root, names, blobs)
        }
    }

    private static func names(of descriptor: Descriptor, shown: String) throws -> [ImageReference] {
        let text =
            descriptor.annotations["io.containerd.image.name"]
            ?? descriptor.annotations["org.opencontainers.image.ref.name"]
        guard let text, text.contains("/") || text.contains(":") else {
            throw RegistryError.nameNeeded(path: shown)
        }
        return [try ImageReference(parsing: text)]
    }

    private mutating func takeManifest(
        _ descriptor: Descriptor, _ root: OpenFile, _ names: [ImageReference],
        _ blobs: BlobStore, depth: Int = 0
    ) throws {
        let bytes = try small(root, descriptor)
        if descriptor.mediaType == MediaType.index || descriptor.mediaType == MediaType.dockerList {
            guard depth < Self.nestingLimit else {
                throw RegistryError.damaged(
                    what: "'\(descriptor.digest)'",
                    why: "indexes are nested deeper than \(Self.nestingLimit) levels")
            }
            let inner = try ImageIndex(parsing: bytes).manifest(for: .current)
            return try takeManifest(inner, root, names, blobs, depth: depth + 1)
        }
        let manifest = try ImageManifest(parsing: bytes)
        let configurationBytes = try small(root, manifest.configuration)
        let configuration = try ImageConfiguration(parsing: configurationBytes)
        try check(configuration, layers: manifest.layers.count)
        try put(configurationBytes, expecting: manifest.configuration.digest, blobs)
        for (layer, diffID) in zip(manifest.layers, configuration.diffIDs) {
            // How it is packed is told by its bytes: tools exist that say gzip of what is not.
            guard MediaType.compression(ofLayer: layer.mediaType) != nil else {
                throw RegistryError.damaged(
                    what: "layer \(layer.digest)",
                    why: "its media type \(Quotation(layer.mediaType)) is not that of a layer")
            }
            let file = try open(root, try Self.path(of: layer.digest))
            let copied = try copyLayer(file, diffID: diffID, blobs)
            guard copied.digest == layer.digest, copied.size == layer.size else {
                throw RegistryError.damaged(
                    what: "layer \(layer.digest)",
                    why: "its content is \(copied.digest) of \(copied.size) bytes; expected "
                        + "\(layer.size) bytes")
            }
        }
        try put(bytes, expecting: manifest.digest, blobs)
        try add(manifest, names, configuration)
    }

    private static func path(of digest: OCI.Digest) throws -> String {
        guard digest.algorithm == .sha256 else {
            throw RegistryError.damaged(
                what: "'\(digest)'",
                why: "digests of \(digest.algorithm.rawValue) are not supported; expected sha256")
        }
        return "blobs/\(digest.algorithm.rawValue)/\(digest.hex)"
    }

    // MARK: docker-archive (`docker save`)

    private mutating func takeArchive(
        _ root: OpenFile, _ shown: String, _ name: ImageReference?, _ blobs: BlobStore
    ) throws {
        let json = try JSONParser.parse(try small(root, "manifest.json"))
        guard let list = json.arrayValue, !list.isEmpty, list.count <= Self.imageLimit else {
            throw RegistryError.notAnImage(
                path: shown, why: "its manifest.json lists no image, or more than 1,000")
        }
        guard name == nil || list.count == 1 else {
            throw RegistryError.notAnImage(
                path: shown, why: "it holds \(list.count) images, so no one name fits")
        }
        for item in list {
            guard let configurationPath = item["Config"]?.stringValue,
                let layers = item["Layers"]?.arrayValue?.compactMap(\.stringValue),
                layers.count == item["Layers"]?.arrayValue?.count
            else {
                throw RegistryError.notAnImage(path: shown, why: "its manifest.json is damaged")
            }
            var names = name.map { [$0] } ?? []
            if name == nil {
                for tag in item["RepoTags"]?.arrayValue?.compactMap(\.stringValue) ?? [] {
                    names.append(try ImageReference(parsing: tag))
                }
            }
            guard !names.isEmpty else { throw RegistryError.nameNeeded(path: shown) }
            let bytes = try small(root, configurationPath)
            let configuration = try ImageConfiguration(parsing: bytes)
            try check(configuration, layers: layers.count)
            var descriptors: [Descriptor] = []
            for (path, diffID) in zip(layers, configuration.diffIDs) {
                let file = try open(root, path)
                let copied = try copyLayer(file, diffID: diffID, blobs)
                descriptors.append(
                    Descriptor(
                        mediaType: copied.mediaType, digest: copied.digest, size: copied.size))
            }
            let digest = Digest(of: bytes)
            try put(bytes, expecting: digest, blobs)
            let manifest = ImageManifest(
                configuration: Descriptor(
                    mediaType: MediaType.configuration, digest: digest, size: Int64(bytes.count)),
                layers: descriptors)
            try put(manifest.bytes, expecting: manifest.digest, blobs)
            try add(manifest, names, configuration)
        }
    }

    // MARK: Shared

    private mutating func add(
        _ manifest: ImageManifest, _ names: [ImageReference], _ configuration: ImageConfiguration
    ) throws {
        for name in names {
            if let digest = name.digest, digest != manifest.digest {
                throw RegistryError.digestDiffers(name, actual: manifest.digest)
            }
        }
        images.append(
            CopiedImage(
                references: names, manifest: manifest.digest,
                size: manifest.layers.reduce(0) { $0 + $1.size },
                blobs: [manifest.digest, manifest.configuration.digest]
                    + manifest.layers.map(\.digest),
                warnings: ComponentManifest.findings(in: configuration)))
    }

    private func check(_ configuration: ImageConfiguration, layers: Int) throws {
        guard configuration.platform == .current else {
            throw ImageError.wrongPlatform(
                wanted: Platform.current.description, found: [configuration.platform.description])
        }
        guard configuration.diffIDs.count == layers else {
            throw RegistryError.damaged(
                what: "image configuration",
                why: "it names \(configuration.diffIDs.count) layers; the manifest has \(layers)")
        }
    }

    private mutating func put(
        _ bytes: [UInt8], expecting digest: OCI.Digest, _ blobs: BlobStore
    ) throws {
        if try blobs.claim(digest) { return }
        let writer = try blobs.writer()
        try writer.write(bytes)
        try writer.finish(expecting: digest)
        if writer.isNew { added.append(digest) }
    }

    /// Stores a layer as it is, and checks the digest of what it unpacks to.
    private mutating func copyLayer(
        _ file: OpenFile, diffID: OCI.Digest, _ blobs: BlobStore
    ) throws -> (digest: OCI.Digest, size: Int64, mediaType: String) {
        let compression = LayerCompression(detecting: try file.read(4, at: 0))
        let writer = try blobs.writer()
        let inflater = Inflater(compression) {
            let piece = try file.read(1 << 20)
            if !piece.isEmpty { try writer.write(piece) }
            return piece
        }
        var hasher = SHA256()
        while true {
            let piece = try inflater.next()
            if piece.isEmpty { break }
            hasher.update(data: piece)
        }
        let actual = OCI.Digest(hasher.finalize())
        guard actual == diffID else {
            throw RegistryError.damaged(
                what: "layer \(diffID)", why: "it unpacks to \(actual); it was altered or cut off")
        }
        let finished = try writer.finish()
        if writer.isNew { added.append(finished.digest) }
        let type =
            switch compression {
            case .uncompressed: MediaType.layer
            case .gzip: MediaType.layerGzip
            case .zstd: MediaType.layerZstd
            }
        return (finished.digest, finished.size, type)
    }
}
