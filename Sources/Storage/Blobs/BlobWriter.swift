import Domain
import Glibc
package import OCI

import struct Crypto.SHA256

/// A blob on its way in: hashed while it is written. Used by one task at a time.
package final class BlobWriter {
    private let store: BlobStore
    private let file: OpenFile
    private var hasher = SHA256()
    package private(set) var size: Int64 = 0
    private var isFinished = false
    /// After `finish`: whether the store lacked the blob before.
    package private(set) var isNew = false

    init(store: BlobStore, temporaryPath: String) throws(StorageError) {
        self.store = store
        var name = "\(temporaryPath)/blob-\(getpid())-"
        var generator = SystemRandomNumberGenerator()
        name += String(generator.next(), radix: 16)
        file = try Files.open(name, O_RDWR | O_CREAT | O_EXCL)
    }

    deinit {
        if !isFinished { unsafe unlink(file.path) }
    }

    package func write(_ bytes: [UInt8]) throws(StorageError) {
        unsafe bytes.withUnsafeBytes { unsafe hasher.update(bufferPointer: $0) }
        try file.write(bytes)
        size += Int64(bytes.count)
    }

    /// Checks, syncs and moves the blob into place; one that stands there already is kept.
    @discardableResult
    package func finish(
        expecting expected: Digest? = nil, size expectedSize: Int64? = nil
    ) throws(StorageError) -> (digest: Digest, size: Int64) {
        let digest = Digest(hasher.finalize())
        if let expectedSize, expectedSize != size {
            throw .sizeMismatch(expected: expectedSize, actual: size)
        }
        if let expected, expected != digest {
            throw .digestMismatch(expected: expected, actual: digest)
        }
        guard try !store.claim(digest) else { return (digest, size) }
        try file.sync()
        let path = store.path(of: digest)
        let folder = PathText.folder(of: path)
        try Files.makeFolders(folder)
        try Files.rename(file.path, to: path)
        isFinished = true
        isNew = true
        try Files.open(folder, O_RDONLY | O_DIRECTORY).sync()
        return (digest, size)
    }
}
