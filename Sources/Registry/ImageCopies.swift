import Crypto
import Domain
import Glibc
import OCI
import Storage

struct CopiedImage: Sendable {
    var references: [ImageReference]
    let manifest: OCI.Digest
    let size: Int64
    /// The manifest, the configuration and the layers.
    let blobs: [OCI.Digest]
}

/// Images on their way into the store, and what is to be taken back if that fails.
struct ImageCopies: Sendable {
    private(set) var images: [CopiedImage] = []
    private var added: [OCI.Digest] = []

    /// Takes back every blob that this import brought.
    func forget(_ blobs: BlobStore) {
        for digest in added {
            do { try blobs.remove(digest) } catch {
                // The import has failed already, and its error is what the user must see.
            }
        }
    }

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

    private func small(_ root: OpenFile, _ path: String) throws -> [UInt8] {
        try Files.open(beneath: root, path, O_RDONLY, follow: true)
            .readAll(limit: ImageManifest.sizeLimit)
    }

    // MARK: OCI layout (OCI image spec 1.1, "Image Layout")

    private mutating func takeLayout(
        _ root: OpenFile, _ shown: String, _ name: ImageReference?, _ blobs: BlobStore
    ) throws {
        let index = try ImageIndex(parsing: try small(root, "index.json"))
        guard !index.manifests.isEmpty else {
            throw RegistryError.notAnImage(path: shown, why: "its index is empty")
        }
        guard name == nil || index.manifests.count == 1 else {
            return try takeManifest(
                try index.manifest(for: .current), root, shown, name.map { [$0] } ?? [], blobs)
        }
        for descriptor in index.manifests {
            let names =
                try name.map { [$0] } ?? Self.names(of: descriptor, shown: shown)
            try takeManifest(descriptor, root, shown, names, blobs)
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
        _ descriptor: Descriptor, _ root: OpenFile, _ shown: String, _ names: [ImageReference],
        _ blobs: BlobStore
    ) throws {
        let bytes = try small(root, Self.path(of: descriptor.digest))
        let actual = Digest(of: bytes)
        guard actual == descriptor.digest || descriptor.digest.algorithm != .sha256 else {
            throw RegistryError.damaged(
                what: shown,
                why: StorageError.digestMismatch(expected: descriptor.digest, actual: actual)
                    .description)
        }
        if descriptor.mediaType == MediaType.index || descriptor.mediaType == MediaType.dockerList {
            let inner = try ImageIndex(parsing: bytes).manifest(for: .current)
            return try takeManifest(inner, root, shown, names, blobs)
        }
        let manifest = try ImageManifest(parsing: bytes)
        let configurationBytes = try small(root, Self.path(of: manifest.configuration.digest))
        try put(configurationBytes, expecting: manifest.configuration.digest, blobs)
        let configuration = try ImageConfiguration(parsing: configurationBytes)
        try check(configuration, layers: manifest.layers.count)
        for (layer, diffID) in zip(manifest.layers, configuration.diffIDs) {
            let file = try Files.open(
                beneath: root, Self.path(of: layer.digest), O_RDONLY, follow: true)
            let copied = try copyLayer(file, diffID: diffID, blobs)
            guard copied.digest == layer.digest, copied.size == layer.size else {
                throw RegistryError.damaged(
                    what: "layer \(layer.digest)",
                    why: "its content is \(copied.digest) of \(copied.size) bytes; expected "
                        + "\(layer.size) bytes")
            }
        }
        try put(bytes, expecting: manifest.digest, blobs)
        add(manifest, names)
    }

    private static func path(of digest: OCI.Digest) -> String {
        "blobs/\(digest.algorithm.rawValue)/\(digest.hex)"
    }

    // MARK: docker-archive (`docker save`)

    private mutating func takeArchive(
        _ root: OpenFile, _ shown: String, _ name: ImageReference?, _ blobs: BlobStore
    ) throws {
        let json = try JSONParser.parse(try small(root, "manifest.json"))
        guard let list = json.arrayValue, !list.isEmpty else {
            throw RegistryError.notAnImage(path: shown, why: "its manifest.json lists no image")
        }
        guard name == nil || list.count == 1 else {
            throw RegistryError.notAnImage(
                path: shown, why: "it holds \(list.count) images, so no one name fits")
        }
        for item in list {
            guard let configurationPath = item["Config"]?.stringValue,
                let layers = item["Layers"]?.arrayValue?.compactMap(\.stringValue)
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
                let file = try Files.open(beneath: root, path, O_RDONLY, follow: true)
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
            add(manifest, names)
        }
    }

    // MARK: Shared

    private mutating func add(_ manifest: ImageManifest, _ names: [ImageReference]) {
        images.append(
            CopiedImage(
                references: names, manifest: manifest.digest,
                size: manifest.layers.reduce(0) { $0 + $1.size },
                blobs: [manifest.digest, manifest.configuration.digest]
                    + manifest.layers.map(\.digest)))
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
        if blobs.contains(digest) { return }
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
