import Domain
import OCI
import Storage

/// One pull from one registry: name → manifest → configuration → layers → recorded.
struct ImagePull: Sendable {
    let store: ImageStore
    let connection: RegistryConnection
    let request: PullRequest
    let uses: ImageUses
    let repeating: Repeating
    let tell: @Sendable (PullEvent) -> Void

    /// How deep an index may stand in an index.
    private static let nestingLimit = 4

    private var reference: ImageReference { request.reference }

    func run(at now: Timestamp) async throws -> PulledImage {
        let root = try await rootManifest()
        let chain = try await chosen(from: root)
        // The last of the chain is the manifest, those before it are indexes.
        guard let last = chain.last else { throw RegistryError.noHost(reference) }
        let manifest = try ImageManifest(parsing: last.bytes)
        let (configurationBytes, configuration) = try await configuration(of: manifest)
        try check(manifest, configuration)
        let layers = Self.unique(manifest.layers)
        tell(
            .began(
                reference, manifest: last.digest, platform: configuration.platform,
                layers: layers))
        let image = CopiedImage(
            references: names, manifest: last.digest,
            size: manifest.layers.reduce(0) { $0 + $1.size },
            blobs: (chain.map(\.digest) + [manifest.configuration.digest] + layers.map(\.digest)),
            index: chain.count > 1 ? root.digest : nil, platform: configuration.platform)
        var received: Int64 = 0
        // Somebody may remove a blob between the look and the record; that is seen, and rare.
        for _ in 0..<3 {
            received += try await layerPull.fetch(layers)
            let small = chain.map(\.bytes) + [configurationBytes]
            if let isNew = try await PullRecord(
                store: store, image: image, layers: layers, uses: uses
            )
            .commit(small, at: now) {
                return PulledImage(
                    reference: reference, names: names, root: root.digest, manifest: last.digest,
                    platform: configuration.platform, size: image.size, received: received,
                    isNew: isNew, warnings: ComponentManifest.findings(in: configuration))
            }
        }
        throw RegistryError.damaged(
            what: "\(reference)", why: "its layers are removed while they are pulled")
    }

    private var layerPull: LayerPull {
        LayerPull(
            blobs: store.blobs, connection: connection, repeating: repeating,
            width: connection.access.parallelBlobs, tell: tell)
    }

    /// A reference with a digest does not move its tag.
    private var names: [ImageReference] {
        let own = ImageReference(
            host: reference.host, repository: reference.repository,
            tag: reference.digest == nil
                ? reference.tag ?? ImageReference.defaultTag : nil,
            digest: reference.digest)
        return [own] + (request.name.map { [$0] } ?? [])
    }

    // MARK: Manifests

    private func rootManifest() async throws -> RemoteManifest {
        let tag = reference.tag ?? ImageReference.defaultTag
        let found = try await repeating.run {
            if let digest = reference.digest { return try await manifest(digest) }
            return try await connection.manifest(tag: tag)
        }
        if let found { return found }
        if reference.digest != nil {
            throw RegistryError.notFound(
                reference, why: "\(connection.repository.host) has no such digest", nearest: nil)
        }
        let tags = await connection.tags()
        let near = Suggestion.nearest(to: tag, among: tags).map { "\(reference.name):\($0)" }
        let some = tags.prefix(10).joined(separator: ", ")
        let why =
            tags.isEmpty
            ? "\(connection.repository.host) has no such repository or tag"
            : "the repository has no tag '\(tag)'; it has \(some)\(tags.count > 10 ? ", …" : "")"
        throw RegistryError.notFound(reference, why: why, nearest: near)
    }

    /// From the store where it is there: its digest says all.
    private func manifest(_ digest: Digest) async throws -> RemoteManifest? {
        let blobs = store.blobs
        let known = try await IOPool.shared.run {
            blobs.contains(digest) ? try blobs.read(digest, limit: ImageManifest.sizeLimit) : nil
        }
        guard let known else { return try await connection.manifest(digest) }
        return RemoteManifest(
            bytes: known, digest: digest,
            mediaType: try connection.mediaType(of: known, said: ""))
    }

    /// The way from what the name means to the manifest for the platform.
    private func chosen(from root: RemoteManifest) async throws -> [RemoteManifest] {
        var chain = [root]
        var current = root
        while current.mediaType == MediaType.index || current.mediaType == MediaType.dockerList {
            guard chain.count <= Self.nestingLimit else {
                throw RegistryError.damaged(
                    what: "\(reference)",
                    why: "indexes are nested deeper than \(Self.nestingLimit) levels")
            }
            let descriptor = try descriptor(in: try ImageIndex(parsing: current.bytes))
            let found = try await repeating.run { try await manifest(descriptor.digest) }
            guard let found, found.bytes.count == descriptor.size else {
                throw RegistryError.damaged(
                    what: "\(reference)",
                    why: found == nil
                        ? "its registry lacks the manifest \(descriptor.digest)"
                        : "its index gives a wrong size for \(descriptor.digest)")
            }
            chain.append(found)
            current = found
        }
        return chain
    }

    private func descriptor(in index: ImageIndex) throws -> Descriptor {
        // Written with `if`, as the compiler fails on a pattern in `catch` here.
        do { return try index.manifest(for: request.platform) } catch let error {
            guard case .wrongPlatform(_, let found) = error else { throw error }
            throw RegistryError.unsupported(
                "\(reference)",
                why: "it is for \(found.joined(separator: ", ")), not for \(request.platform)")
        }
    }

    private func configuration(
        of manifest: ImageManifest
    ) async throws -> ([UInt8], ImageConfiguration) {
        let descriptor = manifest.configuration
        let known = [MediaType.configuration, MediaType.dockerConfiguration]
        guard known.contains(descriptor.mediaType) else {
            throw RegistryError.unsupported(
                "\(reference)",
                why: "it is no container image: its configuration is "
                    + "\(Quotation(descriptor.mediaType))")
        }
        guard descriptor.digest.algorithm == .sha256 else { throw unsupported(descriptor.digest) }
        let blobs = store.blobs
        let here = try await IOPool.shared.run {
            blobs.contains(descriptor.digest)
                ? try blobs.read(descriptor.digest, limit: ImageManifest.sizeLimit) : nil
        }
        let bytes: [UInt8]
        if let here {
            bytes = here
        } else {
            bytes = try await repeating.run { try await connection.blob(descriptor) }
        }
        return (bytes, try ImageConfiguration(parsing: bytes))
    }

    private func unsupported(_ digest: Digest) -> RegistryError {
        .unsupported(
            "\(reference)",
            why: "digests of \(digest.algorithm.rawValue) are not supported; expected sha256")
    }

    // MARK: Checks

    private func check(
        _ manifest: ImageManifest, _ configuration: ImageConfiguration
    ) throws {
        guard request.platform.substitutes.contains(configuration.platform) else {
            throw RegistryError.unsupported(
                "\(reference)",
                why: "it is for \(configuration.platform), not for \(request.platform)")
        }
        guard configuration.diffIDs.count == manifest.layers.count else {
            throw RegistryError.damaged(
                what: "the configuration of \(reference)",
                why: "it names \(configuration.diffIDs.count) layers; the manifest has "
                    + "\(manifest.layers.count)")
        }
        var total: Int64 = 0
        for layer in manifest.layers {
            guard layer.digest.algorithm == .sha256 else { throw unsupported(layer.digest) }
            if MediaType.isForeignLayer(layer.mediaType) {
                throw RegistryError.unsupported(
                    "\(reference)",
                    why: "its layer \(layer.digest) may not be distributed "
                        + "(\(Quotation(layer.mediaType))), so its registry does not have it")
            }
            guard MediaType.compression(ofLayer: layer.mediaType) != nil else {
                throw RegistryError.unsupported(
                    "\(reference)",
                    why: "its layer \(layer.digest) is of the kind "
                        + "\(Quotation(layer.mediaType))")
            }
            total += layer.size
        }
        let limit = connection.access.imageSizeLimit
        guard total <= limit.bytes else {
            throw RegistryError.tooLarge("\(reference)", limit: limit.description)
        }
    }

    /// An image may have one layer twice.
    private static func unique(_ layers: [Descriptor]) -> [Descriptor] {
        var seen: Set<Digest> = []
        return layers.filter { seen.insert($0.digest).inserted }
    }
}
