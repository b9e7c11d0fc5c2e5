import CLinux
import Glibc
package import OCI

/// Content by digest, in files: written aside, synced, then renamed into place.
package struct BlobStore: Sendable {
    let root: String

    package init(path: String) {
        root = path
    }

    /// The folder of everything; its disk is the one that fills up.
    package var folder: String { root }

    /// Where a blob stands; the file exists only when the blob does.
    package func path(of digest: Digest) -> String {
        "\(root)/\(digest.algorithm.rawValue)/\(digest.hex.prefix(2))/\(digest.hex)"
    }

    package func contains(_ digest: Digest) -> Bool { Files.exists(path(of: digest)) }

    package func open(_ digest: Digest) throws(StorageError) -> OpenFile {
        guard contains(digest) else { throw .missingBlob(digest) }
        return try Files.open(path(of: digest))
    }

    /// The whole content of a small blob.
    package func read(_ digest: Digest, limit: Int) throws(StorageError) -> [UInt8] {
        try open(digest).readAll(limit: limit)
    }

    /// Starts a blob; nothing is kept unless it is finished.
    package func writer() throws(StorageError) -> BlobWriter {
        try Files.makeFolders("\(root)/tmp")
        return try BlobWriter(store: self, temporaryPath: "\(root)/tmp")
    }

    /// Stores bytes that are at hand.
    @discardableResult
    package func put(_ bytes: [UInt8]) throws(StorageError) -> Digest {
        let digest = Digest(of: bytes)
        if try claim(digest) { return digest }
        let writer = try writer()
        try writer.write(bytes)
        return try writer.finish(expecting: digest).digest
    }

    /// Removes what processes that are gone left half written.
    package func removeAbandoned() throws {
        for part in try abandoned() { try part.removeUnlessUsed() }
    }

    /// What processes that are gone left half written. A process that has got the number of one of
    /// them is taken for it, unless what is there is older than `youngest`.
    package func abandoned(olderThan youngest: FileTime? = nil) throws -> [Garbage] {
        let folder = "\(root)/tmp"
        guard Files.exists(folder) else { return [] }
        return try Files.list(folder).compactMap { name in
            guard name.hasPrefix("blob-"), let status = try Files.status("\(folder)/\(name)")
            else { return nil }
            let owner = pid_t(name.dropFirst(5).prefix { $0 != "-" }) ?? 0
            let isGone = owner > 0 && slipway_is_alive(owner) == 0
            guard isGone || youngest.map({ status.modified < $0 }) ?? false else { return nil }
            return Garbage("\(folder)/\(name)", bytes: status.allocated) {
                try Files.remove("\(folder)/\(name)")
            }
        }
    }

    /// Removes all blobs but some that are so old, and says how many bytes went.
    package func remove(
        allBut kept: Set<Digest>, olderThanSeconds age: Int64
    ) throws(StorageError) -> Int64 {
        let latest = Int64(time(nil)) - age
        let names = Set(kept.map(\.hex))
        let folder = "\(root)/\(Digest.Algorithm.sha256.rawValue)"
        guard Files.exists(folder) else { return 0 }
        var freed: Int64 = 0
        for part in try Files.list(folder) {
            for name in try Files.list("\(folder)/\(part)") where !names.contains(name) {
                let blob = "\(folder)/\(part)/\(name)"
                guard let status = try Files.status(blob), status.modified.seconds <= latest
                else { continue }
                freed += status.size
                try Files.remove(blob)
            }
        }
        return freed
    }

    /// For whoever has read a whole blob: content that is not what its name says goes from the
    /// store, so that it can be brought or made again, and is an error.
    package func check(_ actual: Digest, is digest: Digest) throws(StorageError) {
        guard actual != digest else { return }
        try remove(digest)
        throw .digestMismatch(expected: digest, actual: actual)
    }

    package func remove(_ digest: Digest) throws(StorageError) {
        try Files.remove(path(of: digest))
    }
}
