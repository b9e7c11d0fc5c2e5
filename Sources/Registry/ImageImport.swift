package import Domain
import Glibc
package import OCI
import Storage

/// An image that an import brought in.
package struct ImportedImage: Sendable {
    package let reference: ImageReference
    package let manifest: Digest
    package let size: Int64
}

extension ImageStore {
    /// Brings in a docker-archive or an OCI layout, as a folder or a tar (also compressed).
    ///
    /// Every digest is checked while it is copied; on failure nothing of it stays.
    package func `import`(
        _ path: String, as name: ImageReference?, at now: Timestamp
    ) async throws -> [ImportedImage] {
        let copies = try await IOPool.shared.run { try self.copy(path, name) }
        do {
            for image in copies.images {
                for reference in image.references {
                    try await record(image, as: reference, at: now)
                }
            }
        } catch {
            copies.forget(blobs)
            throw error
        }
        return copies.images.flatMap { image in
            image.references.map {
                ImportedImage(reference: $0, manifest: image.manifest, size: image.size)
            }
        }
    }

    private func copy(_ path: String, _ name: ImageReference?) throws -> ImageCopies {
        guard let status = try Files.status(try Files.realPath(path)) else {
            throw RegistryError.notAnImage(path: path, why: "there is no such file")
        }
        var copies = ImageCopies()
        do {
            if status.kind == .folder {
                try copies.take(folder: path, shown: path, name: name, into: blobs)
            } else {
                let folder = try Files.makeTemporaryFolder(prefix: "\(temporaryPath)/import")
                let result = Result {
                    try unpack(path, into: folder)
                    try copies.take(folder: folder, shown: path, name: name, into: blobs)
                }
                try Files.removeTree(folder)
                try result.get()
            }
        } catch {
            copies.forget(blobs)
            throw error
        }
        return copies
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

    private func record(
        _ image: CopiedImage, as reference: ImageReference, at now: Timestamp
    ) async throws {
        let namespace = namespace
        try await database.write { transaction in
            for blob in image.blobs {
                try transaction.execute(
                    """
                    INSERT OR IGNORE INTO image_blobs (namespace_id, manifest, blob)
                    VALUES (?, ?, ?)
                    """,
                    [
                        .integer(namespace.value), .text(image.manifest.description),
                        .text(blob.description),
                    ])
            }
            try transaction.execute(
                """
                INSERT OR REPLACE INTO image_tags
                (namespace_id, repository, tag, manifest, size, imported_at)
                VALUES (?, ?, ?, ?, ?, ?)
                """,
                [
                    .integer(namespace.value), .text(reference.name),
                    .text(reference.tag ?? ImageReference.defaultTag),
                    .text(image.manifest.description), .integer(image.size),
                    .integer(now.microseconds),
                ])
        }
    }
}
