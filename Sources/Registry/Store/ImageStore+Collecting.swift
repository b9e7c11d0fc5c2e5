import Domain
package import OCI
package import Storage

/// What collecting asks of images (docs/decisions/0020).
extension ImageStore {
    /// Whether an import, or the end of a pull, is under way. When none is, what the earlier ones
    /// count on is recorded, and what later ones will count on they claim. Blocks.
    package func isImporting() throws -> Bool {
        guard let lock = try ImageLock.aloneIfFree(in: temporaryPath) else { return true }
        lock.release()
        return false
    }

    private static let pageSize: Int64 = 2000

    /// Calls with everything that images need: manifests, indexes, configurations, layers; and with
    /// the manifest that needs it. Streams.
    package func forEachBlob(
        _ body: (_ manifest: Digest, _ blob: Digest) -> Void
    ) async throws {
        var last = ("", "")
        while true {
            let values: [SQLValue] = [
                .integer(namespace.value), .text(last.0), .text(last.1), .integer(Self.pageSize),
            ]
            let rows = try await database.read {
                try $0.query(
                    """
                    SELECT manifest, blob FROM image_blobs
                    WHERE namespace_id = ? AND (manifest, blob) > (?, ?)
                    ORDER BY manifest, blob LIMIT ?
                    """, values)
            }
            for row in rows {
                last = (try row.text(at: 0), try row.text(at: 1))
                let manifest = try Digest(parsing: last.0)
                body(manifest, manifest)
                body(manifest, try Digest(parsing: last.1))
            }
            if rows.count < Int(Self.pageSize) { break }
        }
        let roots = try await database.read {
            try $0.query(
                """
                SELECT root, manifest FROM image_tags
                UNION SELECT root, manifest FROM image_indexes
                """)
        }
        for row in roots {
            body(try Digest(parsing: try row.text(at: 1)), try Digest(parsing: try row.text(at: 0)))
        }
    }

    /// Manifests that no name leads to any more.
    package func nameless() async throws -> [Digest] {
        let rows = try await database.read {
            try $0.query(
                """
                SELECT DISTINCT manifest FROM image_blobs AS blobs
                WHERE NOT EXISTS (
                    SELECT 1 FROM image_tags WHERE manifest = blobs.manifest
                    OR root = blobs.manifest)
                AND NOT EXISTS (
                    SELECT 1 FROM image_indexes AS i JOIN image_tags AS t ON t.root = i.root
                    WHERE i.manifest = blobs.manifest)
                """)
        }
        return try rows.map { try Digest(parsing: try $0.text(at: 0)) }
    }

    /// Forgets an image that no name leads to; its blobs are nobody's then. False where it has a
    /// name again, or is younger than `youngest`: somebody counts on it.
    package func forget(
        nameless manifest: Digest, olderThan youngest: FileTime
    ) async throws -> Bool {
        let lock = try await ImageLock.take(.alone, in: temporaryPath)
        defer { lock.release() }
        let path = blobs.path(of: manifest)
        if let status = try Files.status(path), status.modified >= youngest {
            return false
        }
        _ = try await database.write { try Self.forget(manifest, $0) }
        return try await !holds(manifest)
    }
}
