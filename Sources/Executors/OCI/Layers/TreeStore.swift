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
    package func tree(
        _ artifact: ArtifactRecord, stop: StopFlag = StopFlag()
    ) async throws -> String {
        let suffix = artifact.kind == .folder ? "" : artifact.isExecutable ? "-x" : "-f"
        let target = "\(path)/\(artifact.digest.hex)\(suffix)"
        if Files.exists(target) { return target }
        return try await laying.value(for: target, stop: stop) { checkpoint in
            if !Files.exists(target) { try self.lay(artifact, at: target, checkpoint) }
            return target
        }
    }

    /// Removes the folders that are none of some digests. Nobody may use them. Blocks.
    func remove(allBut kept: Set<OCI.Digest>) throws {
        let names = Set(kept.map(\.hex))
        for name in try Files.list(path) where !name.contains(".") && !names.contains(name) {
            // Aside first: a tree that stands under its name is whole.
            let folder = try Files.makeTemporaryFolder(prefix: "\(path)/\(name).part")
            try Files.rename("\(path)/\(name)", to: "\(folder)/content")
            try Files.removeTree(folder)
        }
    }

    /// Removes what processes left that ended while they laid something out. Blocks.
    package func removeAbandoned() throws {
        try ArtifactContent.removeAbandoned(in: path)
    }

    private func lay(
        _ artifact: ArtifactRecord, at target: String, _ checkpoint: @escaping () throws -> Void
    ) throws {
        do {
            try ArtifactContent.write(artifact, from: blobs, to: target, checkpoint: checkpoint)
        } catch let error {
            // Another process of this home may have been faster: its tree is as good.
            guard case StorageError.system(_, _, EEXIST) = error else { throw error }
        }
    }
}
