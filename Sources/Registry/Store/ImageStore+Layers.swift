package import OCI
import Storage

extension ImageStore {
    /// Has something done while no image comes or goes, by who knows which layers are needed: the
    /// diff-ids of all images, but for those of some manifests. `body` blocks.
    package func withAllLayers(
        except left: Set<Digest> = [],
        _ body: @escaping @Sendable (Set<Digest>) throws -> Void
    ) async throws {
        let lock = try await ImageLock.take(.alone, in: temporaryPath)
        defer { lock.release() }
        let rows = try await database.read {
            try $0.query("SELECT DISTINCT manifest FROM image_blobs")
        }
        try await IOPool.shared.run {
            var layers: Set<Digest> = []
            for row in rows {
                let manifest = try Digest(parsing: try row.text(at: 0))
                if left.contains(manifest) { continue }
                let (_, configuration) = try load(manifest)
                layers.formUnion(configuration.diffIDs)
            }
            try body(layers)
        }
    }
}
