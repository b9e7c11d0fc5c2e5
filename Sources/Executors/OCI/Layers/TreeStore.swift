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
        let folder = try Files.makeTemporaryFolder(prefix: "\(path)/laying")
        let result = Result {
            let file = try blobs.open(artifact.digest)
            let part = "\(folder)/content"
            switch artifact.kind {
            case .folder:
                try Files.makeFolders(part, mode: 0o755)
                var unpacker = try Unpacker(into: part, style: .tree)
                try unpacker.unpack { try file.read(1 << 20) }
            case .file:
                let copy = try Files.open(part, O_WRONLY | O_CREAT | O_EXCL)
                while true {
                    let piece = try file.read(1 << 20)
                    if piece.isEmpty { break }
                    try copy.write(piece)
                }
                try copy.setMode(artifact.isExecutable ? 0o755 : 0o644)
            }
            do { try Files.rename(part, to: target) } catch let error {
                guard Files.exists(target) else { throw error }
            }
        }
        try Files.removeTree(folder)
        try result.get()
    }
}
