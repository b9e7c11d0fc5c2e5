package import Domain
import Glibc
package import OCI
package import Storage

/// An image that an import brought in.
package struct ImportedImage: Sendable {
    package let reference: ImageReference
    package let manifest: Digest
    package let size: Int64
    /// What is wrong with the component's manifest; the image runs nevertheless.
    package let warnings: [String]
}

extension ImageStore {
    /// Brings in a docker-archive or an OCI layout, as a folder or a tar (also compressed).
    ///
    /// Every digest is checked while it is copied; on failure nothing of it stays.
    package func `import`(
        _ path: String, as name: ImageReference?, at now: Timestamp, uses: ImageUses = .none
    ) async throws -> [ImportedImage] {
        try await IOPool.shared.run { try removeAbandoned() }
        let lock = try await ImageLock.take(.shared, in: temporaryPath)
        let copies = await copy(path, name)
        do {
            if let failure = copies.failure { throw failure }
            try await record(copies.images, at: now)
            lock.release()
        } catch {
            lock.release()
            do { try await forget(copies.added, uses) } catch {
                // The import's own error is what the user must see.
            }
            throw error
        }
        return copies.images.flatMap { image in
            image.references.map {
                ImportedImage(
                    reference: $0, manifest: image.manifest, size: image.size,
                    warnings: image.warnings)
            }
        }
    }

    /// What was copied, also when it failed half-way.
    private func copy(_ path: String, _ name: ImageReference?) async -> ImageCopies {
        do {
            return try await IOPool.shared.run {
                var copies = ImageCopies()
                do { try self.copy(path, name, &copies) } catch { copies.failure = error }
                return copies
            }
        } catch {
            return ImageCopies(failure: error)
        }
    }

    private func copy(_ path: String, _ name: ImageReference?, _ copies: inout ImageCopies) throws {
        switch try Files.status(try Files.realPath(path))?.kind {
        case .folder: try copies.take(folder: path, shown: path, name: name, into: blobs)
        case .file:
            let folder = try Files.makeTemporaryFolder(
                prefix: "\(temporaryPath)/\(Self.unpackingPrefix)")
            let result = Result {
                try unpack(path, into: folder)
                try copies.take(folder: folder, shown: path, name: name, into: blobs)
            }
            try Files.removeTree(folder)
            try result.get()
        case .link, .other, nil:
            throw RegistryError.notAnImage(path: path, why: "it is neither a file nor a folder")
        }
    }

    private static let unpackingPrefix = "import"

    /// Removes folders of imports whose process ended in the middle. Blocks.
    package func removeAbandoned() throws {
        for folder in try abandoned() { try folder.removeUnlessUsed() }
    }

    /// Folders of imports whose process ended in the middle; none while an import goes on. Blocks.
    package func abandoned() throws -> [Garbage] {
        guard let lock = try ImageLock.aloneIfFree(in: temporaryPath) else { return [] }
        defer { lock.release() }
        let folder = temporaryPath
        return try Files.list(folder).filter { $0.hasPrefix(Self.unpackingPrefix) }.map { name in
            let path = "\(folder)/\(name)"
            return Garbage(path, bytes: try Files.diskUse(of: path).bytes) {
                guard let lock = try ImageLock.aloneIfFree(in: folder) else {
                    throw GarbageInUse()
                }
                defer { lock.release() }
                try Files.removeTree(path)
            }
        }
    }

    /// Takes back the blobs of an import that failed, but for those that others have recorded.
    func forget(_ added: [Digest], _ uses: ImageUses) async throws {
        guard !added.isEmpty else { return }
        let lock = try await ImageLock.take(.alone, in: temporaryPath)
        defer { lock.release() }
        let used = try await database.read { transaction in
            try added.filter { digest in
                try !transaction.query(
                    "SELECT 1 FROM image_blobs WHERE blob = ? LIMIT 1", [.text(digest.description)]
                ).isEmpty
            }
        }
        for digest in added where !used.contains(digest) {
            if try await !uses.isKept(digest) { try blobs.remove(digest) }
        }
    }

    private func unpack(_ path: String, into folder: String) throws {
        let file = try Files.open(path)
        let head = try file.read(4, at: 0)
        let inflater = Inflater(LayerCompression(detecting: head)) { try file.read(1 << 20) }
        var unpacker = try Unpacker(into: folder, style: .tree)
        do {
            try unpacker.unpack { try inflater.next() }
        } catch let error as TarError {
            throw RegistryError.notAnImage(path: path, why: error.description)
        }
    }

    /// All images of an import with all their names, or none.
    func record(_ images: [CopiedImage], at now: Timestamp) async throws {
        let namespace = namespace
        try await database.write { transaction in
            for image in images {
                try Self.record(image, namespace, transaction)
                for reference in image.references {
                    try Self.record(image, as: reference, namespace, transaction, at: now)
                }
            }
        }
    }

    private static func record(
        _ image: CopiedImage, _ namespace: NamespaceID, _ transaction: Transaction
    ) throws {
        for blob in image.blobs {
            try transaction.execute(
                "INSERT OR IGNORE INTO image_blobs (namespace_id, manifest, blob) VALUES (?, ?, ?)",
                [
                    .integer(namespace.value), .text(image.manifest.description),
                    .text(blob.description),
                ])
        }
        guard let index = image.index, let platform = image.platform else { return }
        try transaction.execute(
            """
            INSERT OR REPLACE INTO image_indexes (namespace_id, root, platform, manifest)
            VALUES (?, ?, ?, ?)
            """,
            [
                .integer(namespace.value), .text(index.description),
                .text(platform.description), .text(image.manifest.description),
            ])
    }

    private static func record(
        _ image: CopiedImage, as reference: ImageReference, _ namespace: NamespaceID,
        _ transaction: Transaction, at now: Timestamp
    ) throws {
        try transaction.execute(
            """
            INSERT OR REPLACE INTO image_tags
            (namespace_id, repository, tag, manifest, size, imported_at, root)
            VALUES (?, ?, ?, ?, ?, ?, ?)
            """,
            [
                .integer(namespace.value), .text(reference.name), .text(storedTag(of: reference)),
                .text(image.manifest.description), .integer(image.size),
                .integer(now.microseconds), .text((image.index ?? image.manifest).description),
            ])
    }
}
