package import Domain
package import OCI
package import Storage

/// An image as lists show it.
package struct StoredImage: Sendable {
    package let reference: ImageReference
    package let manifest: Digest
    /// Bytes of the layers as they are stored.
    package let size: Int64
    package let importedAt: Timestamp
    /// What its name means where it comes from: an index of several platforms, or the manifest.
    package let root: Digest
}

/// The images of a home: the only door to them.
package struct ImageStore: Sendable {
    let database: Database
    let blobs: BlobStore
    let namespace: NamespaceID
    let temporaryPath: String

    package init(
        database: Database, blobs: BlobStore, temporaryPath: String,
        namespace: NamespaceID = .local
    ) {
        self.database = database
        self.blobs = blobs
        self.temporaryPath = temporaryPath
        self.namespace = namespace
    }

    /// All images, by name.
    package func list() async throws -> [StoredImage] {
        let namespace = namespace
        let rows = try await database.read { transaction in
            try transaction.query(
                """
                SELECT repository, tag, manifest, size, imported_at, root FROM image_tags
                WHERE namespace_id = ? ORDER BY repository, tag
                """,
                [.integer(namespace.value)])
        }
        return try rows.map { row in
            // The host, where there is one, is the first part of the stored name.
            let tag = try row.text(at: 1)
            let name = try row.text(at: 0) + (tag.contains(":") ? "@" : ":") + tag
            return StoredImage(
                reference: try ImageReference(parsing: name),
                manifest: try Digest(parsing: try row.text(at: 2)),
                size: try row.integer(at: 3),
                importedAt: Timestamp(microseconds: try row.integer(at: 4)),
                root: try Digest(parsing: try row.text(at: 5)))
        }
    }

    /// The manifest and configuration of a stored image.
    package func inspect(
        _ reference: ImageReference, platform: Platform? = nil
    ) async throws -> (digest: Digest, manifest: ImageManifest, configuration: ImageConfiguration) {
        let digest = try await resolve(reference, platform: platform)
        let (manifest, configuration) = try load(digest)
        return (digest, manifest, configuration)
    }

    package func load(_ digest: Digest) throws -> (ImageManifest, ImageConfiguration) {
        let manifest = try ImageManifest(
            parsing: try blobs.read(digest, limit: ImageManifest.sizeLimit))
        let configuration = try ImageConfiguration(
            parsing: try blobs.read(
                manifest.configuration.digest, limit: ImageManifest.sizeLimit))
        return (manifest, configuration)
    }
}
