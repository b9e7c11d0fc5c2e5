import Domain
package import OCI
import Storage

/// What others than images need of the store; it holds what runs made, too.
package struct ImageUses: Sendable {
    /// Whether a manifest is that of a job which may still run.
    let isInUse: @Sendable (Digest) async throws -> Bool
    /// Whether somebody else keeps a blob.
    let isKept: @Sendable (Digest) async throws -> Bool

    package init(
        isInUse: @escaping @Sendable (Digest) async throws -> Bool,
        isKept: @escaping @Sendable (Digest) async throws -> Bool
    ) {
        self.isInUse = isInUse
        self.isKept = isKept
    }

    /// For a store that holds nothing but images.
    package static let none = ImageUses(isInUse: { _ in false }, isKept: { _ in false })
}

extension ImageStore {
    /// Removes a tag, or every tag of a digest; what no other image needs goes with it, at once or,
    /// where `uses` says that it is in use, with a later `removeUnused`.
    package func remove(_ reference: ImageReference, uses: ImageUses = .none) async throws {
        // Alone: an import may count on a blob that it found in the store.
        let lock = try await ImageLock.take(.alone, in: temporaryPath)
        defer { lock.release() }
        let root = try await root(
            of: ImageReference(
                host: reference.host, repository: reference.repository, tag: reference.tag,
                digest: reference.tag == nil ? reference.digest : nil))
        let choices = try await manifests(ofIndex: root)
        let manifests = choices.isEmpty ? [root] : Array(choices.values)
        if let wanted = reference.digest, wanted != root, !manifests.contains(wanted) {
            throw RegistryError.digestDiffers(reference, actual: root)
        }
        let isByDigest = reference.tag == nil && reference.digest != nil
        let namespace = namespace
        try await database.write { transaction in
            try transaction.execute(
                """
                DELETE FROM image_tags WHERE namespace_id = ? AND repository = ?
                AND (root = ? OR manifest = ?) AND (? OR tag = ?)
                """,
                [
                    .integer(namespace.value), .text(reference.name), .text(root.description),
                    .text(root.description), .integer(isByDigest ? 1 : 0),
                    .text(reference.tag ?? ImageReference.defaultTag),
                ])
            for manifest in manifests {
                try transaction.execute(
                    "INSERT OR IGNORE INTO image_removals (namespace_id, manifest) VALUES (?, ?)",
                    [.integer(namespace.value), .text(manifest.description)])
            }
        }
        try await removeMarked(uses)
    }

    /// Removes the content of images that were removed while they were in use. Does nothing while
    /// an import goes on.
    package func removeUnused(_ uses: ImageUses) async throws {
        guard try await !marked().isEmpty,
            let lock = try ImageLock.aloneIfFree(in: temporaryPath)
        else { return }
        defer { lock.release() }
        try await removeMarked(uses)
    }

    private func marked() async throws -> [Digest] {
        let namespace = namespace
        let rows = try await database.read {
            try $0.query(
                "SELECT manifest FROM image_removals WHERE namespace_id = ?",
                [.integer(namespace.value)])
        }
        return try rows.map { try Digest(parsing: try $0.text(at: 0)) }
    }

    private func removeMarked(_ uses: ImageUses) async throws {
        for manifest in try await marked() where try await !uses.isInUse(manifest) {
            let orphans = try await database.write { try Self.forget(manifest, $0) }
            for orphan in orphans where try await !uses.isKept(orphan) {
                try blobs.remove(orphan)
            }
        }
    }

    /// Gives the blobs that go with a manifest; none while it has a tag, or has one again.
    static func forget(_ manifest: Digest, _ transaction: Transaction) throws -> [Digest] {
        let name = SQLValue.text(manifest.description)
        try transaction.execute("DELETE FROM image_removals WHERE manifest = ?", [name])
        let tags = try transaction.query(
            """
            SELECT 1 FROM image_tags WHERE manifest = ?1 OR root = ?1
            OR root IN (SELECT root FROM image_indexes WHERE manifest = ?1) LIMIT 1
            """, [name])
        guard tags.isEmpty else { return [] }
        let orphans = try transaction.query(
            """
            SELECT blob FROM image_blobs AS mine WHERE manifest = ? AND NOT EXISTS (
                SELECT 1 FROM image_blobs AS other
                WHERE other.blob = mine.blob AND other.manifest <> mine.manifest)
            """,
            [name])
        try transaction.execute("DELETE FROM image_blobs WHERE manifest = ?", [name])
        try transaction.execute("DELETE FROM image_indexes WHERE manifest = ?", [name])
        return try orphans.map { try Digest(parsing: try $0.text(at: 0)) }
    }
}
