import CLinux
import Domain
import Glibc
package import OCI
package import Storage
import Workflows

/// The content of caches, by digest: packed in `blobs`, laid out in `trees` for mounting.
///
/// They stand apart from images and artifacts, so that removing them can take nothing from those.
package struct CacheStore: Sendable {
    private let path: String
    package let blobs: BlobStore
    let trees: TreeStore
    /// Bytes of one cache.
    private let sizeLimit: Int64

    package init(path: String, sizeLimit: Int64 = 4 << 30) {
        self.path = path
        self.sizeLimit = sizeLimit
        blobs = BlobStore(path: "\(path)/blobs")
        trees = TreeStore(blobs: blobs, path: "\(path)/trees")
    }

    /// Held while an attempt begins: from then on its folder says that trees are in use.
    func hold() throws -> OpenFile { try trees.hold() }

    /// Where a content lies, as a layer for a working folder; nil when it is gone or damaged, which
    /// is a miss.
    func layer(_ content: ArtifactRecord, stop: StopFlag) async throws -> String? {
        do {
            return try await trees.tree(content, stop: stop)
        } catch StorageError.missingBlob, StorageError.digestMismatch {
            return nil
        }
    }

    /// Keeps what stands at the paths of a working folder; nil when nothing does. Blocks.
    func keep(
        _ paths: [String], of folder: OpenFile, stop: StopFlag
    ) throws -> ArtifactRecord? {
        let archive = FolderArchive(sizeLimit: sizeLimit, keepsTimes: true) { try stop.check() }
        guard let packed = try archive.pack(folder, trees: paths.sorted(), into: blobs)
        else { return nil }
        return ArtifactRecord(
            kind: .folder, digest: packed.digest, size: packed.size, isExecutable: false)
    }

    /// Removes the content that belongs to no key, and is so old: what is younger may be about to
    /// be recorded. What attempts may see stays: `isInUse` says whether there are any, and is asked
    /// while none begins. Blocks.
    package func remove(
        allBut kept: Set<OCI.Digest>, olderThanSeconds age: Int64, isInUse: () throws -> Bool
    ) throws -> Int64 {
        let freed = try blobs.remove(allBut: kept, olderThanSeconds: age)
        try Files.makeFolders("\(path)/trees")
        let gate = try Files.open("\(path)/trees", O_RDONLY | O_DIRECTORY)
        // Somebody just begins: the next time will do.
        guard slipway_lock(gate.descriptor, 0) == 0 else { return freed }
        try withExtendedLifetime(gate) {
            if try !isInUse() { try trees.remove(allBut: kept) }
        }
        return freed
    }

    /// Removes what processes left that ended while they wrote. Blocks.
    package func removeAbandoned() throws {
        for part in try abandoned() { try part.removeUnlessUsed() }
    }

    func abandoned(olderThan youngest: FileTime? = nil) throws -> [Garbage] {
        try blobs.abandoned(olderThan: youngest) + trees.abandoned(olderThan: youngest)
    }
}
