import CLinux
import Crypto
import Glibc
import OCI
package import Storage
package import Workflows

/// Artifacts out of the store, as the files and folders that they were.
package enum ArtifactContent {
    /// Writes aside, checks the digest, syncs, and moves into place, so that what stands at
    /// `target` is whole, after a power cut too; what stood there before is kept and is an error.
    /// `checkpoint` is asked between pieces: its error ends the work. Blocks.
    package static func write(
        _ artifact: ArtifactRecord, from blobs: BlobStore, to target: String,
        checkpoint: @escaping () throws -> Void = {}
    ) throws {
        let folder = try Files.makeTemporaryFolder(prefix: "\(target)\(temporaryMark)")
        // Locked for as long as it is filled: that tells it from what a killed process left.
        let lock = try Files.open(folder, O_RDONLY | O_DIRECTORY)
        slipway_lock(lock.descriptor, 0)
        let part = "\(folder)/content"
        let result = Result {
            var hasher = SHA256()
            let file = try blobs.open(artifact.digest)
            func piece() throws -> [UInt8] {
                try checkpoint()
                let piece = try file.read(1 << 20)
                hasher.update(data: piece)
                return piece
            }
            switch artifact.kind {
            case .folder:
                try Files.makeFolders(part, mode: 0o755)
                var unpacker = try Unpacker(into: part, style: .tree)
                do { try unpacker.unpack(piece) } catch let error as TarError {
                    // Whether the archive was made so, or is damaged, its digest tells.
                    while try !piece().isEmpty {}
                    try blobs.check(OCI.Digest(hasher.finalize()), is: artifact.digest)
                    throw error
                }
            case .file:
                let copy = try Files.open(part, O_WRONLY | O_CREAT | O_EXCL)
                while true {
                    let bytes = try piece()
                    if bytes.isEmpty { break }
                    try copy.write(bytes)
                }
                try copy.setMode(artifact.isExecutable ? 0o755 : 0o644)
                try copy.sync()
            }
            try blobs.check(OCI.Digest(hasher.finalize()), is: artifact.digest)
            if artifact.kind == .folder { try Files.syncFileSystem(of: folder) }
            try Files.rename(part, to: target, replacing: false)
        }
        try Files.removeTree(folder)
        try withExtendedLifetime(lock) { try result.get() }
    }

    private static let temporaryMark = ".part"
    /// Seconds after which a folder is no longer one that is just being made.
    private static let youth: Int64 = 60

    /// What processes left in a folder that ended while they wrote. Whoever makes one has it before
    /// the lock of it, so only what is older than `youngest` is looked at: a minute, unless said.
    /// Blocks.
    static func abandoned(in path: String, olderThan youngest: FileTime? = nil) throws -> [Garbage]
    {
        let youngest =
            youngest ?? FileTime(seconds: Int64(time(nil)) - youth, nanoseconds: 0)
        return try Files.list(path).compactMap { name in
            guard name.contains("\(temporaryMark).") else { return nil }
            let leftover = "\(path)/\(name)"
            guard let status = try Files.status(leftover), status.kind == .folder,
                status.modified < youngest,
                try lock(leftover) != nil
            else { return nil }
            return Garbage(leftover, bytes: try Files.diskUse(of: leftover).bytes) {
                guard try Files.status(leftover) != nil else { return }
                guard let lock = try lock(leftover) else { throw GarbageInUse() }
                try withExtendedLifetime(lock) { try Files.removeTree(leftover) }
            }
        }
    }

    /// Nil while somebody fills it, and when it is gone.
    private static func lock(_ folder: String) throws -> OpenFile? {
        do {
            let file = try Files.open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
            return slipway_lock(file.descriptor, 0) == 0 ? file : nil
        } catch let error {
            guard case .system(_, _, ENOENT) = error else { throw error }
            return nil
        }
    }
}
