import Glibc
import OCI
package import Storage
package import Workflows

/// Artifacts laid out as files and folders, once each, for read-only mounts.
package final class TreeStore: Sendable {
    private let blobs: BlobStore
    private let path: String
    private let laying = SharedWork<String, String>()

    package init(blobs: BlobStore, path: String) {
        self.blobs = blobs
        self.path = path
    }

    /// The file or folder that holds an artifact's content.
    package func tree(_ artifact: ArtifactRecord) async throws -> String {
        let suffix = artifact.kind == .folder ? "" : artifact.isExecutable ? "-x" : "-f"
        let target = "\(path)/\(artifact.digest.hex)\(suffix)"
        if Files.exists(target) { return target }
        return try await laying.value(for: target) {
            try await IOPool.shared.run {
                if !Files.exists(target) { try self.lay(artifact, at: target) }
                return target
            }
        }
    }

    private func lay(_ artifact: ArtifactRecord, at target: String) throws {
        do {
            try ArtifactContent.write(artifact, from: blobs, to: target, syncs: true)
        } catch let error {
            // Another process of this home may have been faster: its tree is as good.
            guard case StorageError.system(_, _, EEXIST) = error else { throw error }
        }
    }
}
