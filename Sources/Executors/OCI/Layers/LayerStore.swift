import CLinux
import Crypto
import Glibc
package import OCI
package import Storage
import Workflows

/// An image whose layers lie unpacked on this machine.
package struct UnpackedImage: Sendable {
    package let configuration: ImageConfiguration
    /// Topmost first, as overlayfs wants them.
    package let lowerFolders: [String]
}

/// Layers by the digest of what they unpack to; each is unpacked once on a host.
package final class LayerStore: Sendable {
    private let blobs: BlobStore
    let path: String
    private let unpacking = SharedWork<OCI.Digest, String>()

    package init(blobs: BlobStore, path: String) {
        self.blobs = blobs
        self.path = path
    }

    /// How long one layer may take.
    private static let unpackLimit = Duration.seconds(1800)

    /// Unpacks what is missing of an image, layers side by side, and checks every digest.
    package func image(
        _ manifest: OCI.Digest, stop: StopFlag = StopFlag()
    ) async throws -> UnpackedImage {
        let (layers, configuration) = try load(manifest)
        let folders = try await withThrowingTaskGroup(of: (Int, String).self) { group in
            for (index, (layer, diffID)) in zip(layers, configuration.diffIDs).enumerated() {
                group.addTask { (index, try await self.folder(of: layer, diffID: diffID, stop)) }
            }
            var folders = [String](repeating: "", count: layers.count)
            for try await (index, folder) in group { folders[index] = folder }
            return folders
        }
        // Overlayfs does not look at a mark on a layer's own root.
        let lowest = folders.lastIndex { Files.exists(Self.opaqueMark($0)) } ?? 0
        return UnpackedImage(
            configuration: configuration, lowerFolders: folders[lowest...].reversed())
    }

    /// Stands beside a layer that hides all those below.
    static func opaqueMark(_ folder: String) -> String { "\(folder).opaque" }

    private func load(
        _ digest: OCI.Digest
    ) throws -> ([Descriptor], ImageConfiguration) {
        let manifest = try ImageManifest(
            parsing: try blobs.read(digest, limit: ImageManifest.sizeLimit))
        let configuration = try ImageConfiguration(
            parsing: try blobs.read(
                manifest.configuration.digest, limit: ImageManifest.sizeLimit))
        guard BinaryFormats.canRun(configuration.platform) else {
            throw ImageError.wrongPlatform(
                wanted: Platform.current.description, found: [configuration.platform.description])
        }
        guard manifest.layers.count == configuration.diffIDs.count, !manifest.layers.isEmpty else {
            throw ImageError.malformed(
                what: "image \(digest)",
                why: "\(manifest.layers.count) layers and \(configuration.diffIDs.count) diff ids")
        }
        return (manifest.layers, configuration)
    }

    private func folder(
        of layer: Descriptor, diffID: OCI.Digest, _ stop: StopFlag
    ) async throws -> String {
        let target = "\(path)/\(diffID.hex)"
        if try Files.markUsed(target) { return target }
        return try await unpacking.value(for: diffID, stop: stop) { checkpoint in
            let deadline = ContinuousClock.now + Self.unpackLimit
            if !Files.exists(target) {
                try self.unpack(layer, diffID: diffID, into: target) {
                    try checkpoint()
                    guard ContinuousClock.now < deadline else {
                        throw ExecutorError.image(
                            "layer \(diffID.short) took longer than half an hour to unpack")
                    }
                }
            }
            return target
        }
    }

    /// Unpacks aside and renames, so that a layer is there whole or not at all.
    private func unpack(
        _ layer: Descriptor, diffID: OCI.Digest, into target: String,
        _ checkpoint: @escaping () throws -> Void
    ) throws {
        guard MediaType.compression(ofLayer: layer.mediaType) != nil else {
            throw ImageError.malformed(
                what: "layer \(layer.digest)", why: "its media type is \(layer.mediaType)")
        }
        let (folder, lock) = try makeUnpackingFolder()
        let result = Result {
            try Files.setMode(folder, 0o755)
            let hidesLower = try fill(folder, with: layer, diffID: diffID, checkpoint)
            if hidesLower { try Files.writeFile(Self.opaqueMark(target), []) }
            // A layer that stands under its name is whole, after a power cut too.
            try Files.syncFileSystem(of: folder)
            do { try Files.rename(folder, to: target) } catch let error {
                // Another process of this home was faster: its layer is as good.
                guard Files.exists(target) else { throw error }
                try Files.removeTree(folder)
            }
        }
        if case .failure = result { try Files.removeTree(folder) }
        try withExtendedLifetime(lock) { try result.get() }
    }

    /// Says whether the layer hides all that lower ones hold.
    private func fill(
        _ folder: String, with layer: Descriptor, diffID: OCI.Digest,
        _ checkpoint: @escaping () throws -> Void
    ) throws -> Bool {
        let file = try blobs.open(layer.digest)
        var outer = SHA256()
        var inner = SHA256()
        // As at the import: the bytes tell, since some tools give the wrong type.
        let inflater = Inflater(LayerCompression(detecting: try file.read(4, at: 0))) {
            let piece = try file.read(1 << 20)
            outer.update(data: piece)
            return piece
        }
        var unpacker = try Unpacker(into: folder, style: .layer)
        do {
            try unpacker.unpack {
                try checkpoint()
                let piece = try inflater.next()
                inner.update(data: piece)
                return piece
            }
            try check(OCI.Digest(inner.finalize()), is: diffID)
        } catch let error where error is TarError || error is StorageError {
            // Whether the layer was made so, or is damaged here, its digest tells.
            try rest(of: file, checkpoint) { outer.update(data: $0) }
            try blobs.check(OCI.Digest(outer.finalize()), is: layer.digest)
            throw error
        }
        try blobs.check(OCI.Digest(outer.finalize()), is: layer.digest)
        return unpacker.hidesLowerLayers
    }

    private func rest(
        of file: OpenFile, _ checkpoint: () throws -> Void, _ take: ([UInt8]) -> Void
    ) throws {
        while true {
            try checkpoint()
            let piece = try file.read(1 << 20)
            if piece.isEmpty { return }
            take(piece)
        }
    }

    static let unpackingPrefix = "unpacking"

    /// A folder to unpack into, locked as long as its file is open: that tells it from leftovers.
    private func makeUnpackingFolder() throws -> (path: String, lock: OpenFile) {
        let gate = try Files.open(path, O_RDONLY | O_DIRECTORY)
        guard slipway_lock(gate.descriptor, 1) == 0 else { throw Files.failure("lock", path) }
        try removeLeftovers()
        let folder = try Files.makeTemporaryFolder(prefix: "\(path)/\(Self.unpackingPrefix)")
        let file = try Files.open(folder, O_RDONLY | O_DIRECTORY)
        guard slipway_lock(file.descriptor, 0) == 0 else { throw Files.failure("lock", folder) }
        return withExtendedLifetime(gate) { (folder, file) }
    }

    /// Removes leftovers, unless somebody just begins to unpack. Blocks.
    package func removeAbandoned() throws {
        let gate = try Files.open(path, O_RDONLY | O_DIRECTORY)
        guard slipway_lock(gate.descriptor, 0) == 0 else { return }
        try withExtendedLifetime(gate) { try removeLeftovers() }
    }

    /// Removes what processes left that ended while they unpacked.
    private func removeLeftovers() throws {
        for name in try Files.list(path) where name.hasPrefix(Self.unpackingPrefix) {
            let leftover = "\(path)/\(name)"
            guard let folder = try open(leftover) else { continue }
            if slipway_lock(folder.descriptor, 0) == 0 { try Files.removeTree(leftover) }
        }
    }

    /// Nil when another finished or removed it just now.
    func open(_ leftover: String) throws -> OpenFile? {
        do { return try Files.open(leftover, O_RDONLY | O_DIRECTORY | O_NOFOLLOW) } catch let error
        {
            guard case .system(_, _, ENOENT) = error else { throw error }
            return nil
        }
    }

    private func check(_ actual: OCI.Digest, is expected: OCI.Digest) throws {
        guard actual == expected else {
            throw StorageError.digestMismatch(expected: expected, actual: actual)
        }
    }
}
