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

    /// Append only: a migration that was released never changes.
    package static let migrations: [Migration] = [
        Migration(
            name: "images-1",
            statements: [
                """
                CREATE TABLE image_tags (
                    namespace_id INTEGER NOT NULL,
                    repository TEXT NOT NULL,
                    tag TEXT NOT NULL,
                    manifest TEXT NOT NULL,
                    size INTEGER NOT NULL,
                    imported_at INTEGER NOT NULL,
                    PRIMARY KEY (namespace_id, repository, tag)
                ) WITHOUT ROWID
                """,
                """
                CREATE TABLE image_blobs (
                    namespace_id INTEGER NOT NULL,
                    manifest TEXT NOT NULL,
                    blob TEXT NOT NULL,
                    PRIMARY KEY (namespace_id, manifest, blob)
                ) WITHOUT ROWID
                """,
                "CREATE INDEX image_blobs_by_blob ON image_blobs (blob)",
            ]),
        Migration(
            name: "images-2",
            statements: [
                // Manifests that go when no run needs them any more.
                """
                CREATE TABLE image_removals (
                    namespace_id INTEGER NOT NULL,
                    manifest TEXT NOT NULL,
                    PRIMARY KEY (namespace_id, manifest)
                ) WITHOUT ROWID
                """
            ]),
    ]

    /// All images, by name.
    package func list() async throws -> [StoredImage] {
        let namespace = namespace
        let rows = try await database.read { transaction in
            try transaction.query(
                """
                SELECT repository, tag, manifest, size, imported_at FROM image_tags
                WHERE namespace_id = ? ORDER BY repository, tag
                """,
                [.integer(namespace.value)])
        }
        return try rows.map { row in
            // The host, where there is one, is the first part of the stored name.
            let name = "\(try row.text(at: 0)):\(try row.text(at: 1))"
            return StoredImage(
                reference: try ImageReference(parsing: name),
                manifest: try Digest(parsing: try row.text(at: 2)),
                size: try row.integer(at: 3),
                importedAt: Timestamp(microseconds: try row.integer(at: 4)))
        }
    }

    /// The manifest that a reference means now. A digest in it must be that of a stored manifest.
    package func resolve(_ reference: ImageReference) async throws -> Digest {
        if let digest = reference.digest, reference.tag == nil {
            guard try await holds(digest) else {
                throw RegistryError.noSuchImage(reference, nearest: nil)
            }
            return digest
        }
        let namespace = namespace
        let rows = try await database.read { transaction in
            try transaction.query(
                """
                SELECT manifest FROM image_tags
                WHERE namespace_id = ? AND repository = ? AND tag = ?
                """,
                [
                    .integer(namespace.value), .text(reference.name),
                    .text(reference.tag ?? ImageReference.defaultTag),
                ])
        }
        guard let row = rows.first else {
            throw RegistryError.noSuchImage(reference, nearest: try await nearest(to: reference))
        }
        let found = try Digest(parsing: try row.text(at: 0))
        if let wanted = reference.digest, wanted != found {
            guard try await holds(wanted) else {
                throw RegistryError.digestDiffers(reference, actual: found)
            }
            return wanted
        }
        return found
    }

    private func holds(_ manifest: Digest) async throws -> Bool {
        let namespace = namespace
        return try await database.read { transaction in
            try !transaction.query(
                "SELECT 1 FROM image_blobs WHERE namespace_id = ? AND manifest = ? LIMIT 1",
                [.integer(namespace.value), .text(manifest.description)]
            ).isEmpty
        }
    }

    /// An image of the same repository, or of the same last name.
    private func nearest(to reference: ImageReference) async throws -> String? {
        let last = reference.repository.split(separator: "/").last
        return try await list().map(\.reference).first {
            $0.repository == reference.repository
                || $0.repository.split(separator: "/").last == last
        }?.description
    }

    /// The manifest and configuration of a stored image.
    package func inspect(
        _ reference: ImageReference
    ) async throws -> (digest: Digest, manifest: ImageManifest, configuration: ImageConfiguration) {
        let digest = try await resolve(reference)
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
