import Crypto
import Glibc
import OCI
package import Storage
package import Workflows

/// Artifacts out of the store, as the files and folders that they were.
package enum ArtifactContent {
    /// With `syncs` what stands at `target` is whole after a power cut too.
    ///
    /// Writes aside, checks the digest, and moves into place; what stands at `target` is kept and
    /// is an error. Blocks.
    package static func write(
        _ artifact: ArtifactRecord, from blobs: BlobStore, to target: String, syncs: Bool = false
    ) throws {
        let folder = try Files.makeTemporaryFolder(prefix: "\(target).part")
        let part = "\(folder)/content"
        let result = Result {
            var hasher = SHA256()
            let file = try blobs.open(artifact.digest)
            func piece() throws -> [UInt8] {
                let piece = try file.read(1 << 20)
                hasher.update(data: piece)
                return piece
            }
            switch artifact.kind {
            case .folder:
                try Files.makeFolders(part, mode: 0o755)
                var unpacker = try Unpacker(into: part, style: .tree)
                try unpacker.unpack(piece)
            case .file:
                let copy = try Files.open(part, O_WRONLY | O_CREAT | O_EXCL)
                while true {
                    let bytes = try piece()
                    if bytes.isEmpty { break }
                    try copy.write(bytes)
                }
                try copy.setMode(artifact.isExecutable ? 0o755 : 0o644)
            }
            let actual = OCI.Digest(hasher.finalize())
            guard actual == artifact.digest else {
                throw StorageError.digestMismatch(expected: artifact.digest, actual: actual)
            }
            if syncs { try Files.syncFileSystem(of: folder) }
            try Files.rename(part, to: target, replacing: false)
        }
        try Files.removeTree(folder)
        try result.get()
    }
}
