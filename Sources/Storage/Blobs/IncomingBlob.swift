import CLinux
import Domain
import Glibc
package import OCI
import Synchronization

import struct Crypto.SHA256

/// A blob that arrives from elsewhere, perhaps in several attempts and processes.
///
/// - `blobs/incoming/HEX.part` holds what has arrived; one writer holds its lock.
/// - A part that is found is hashed again and continued.
/// - Whole, it is synced and loses its suffix: `BlobStore.take` moves it into the store.
/// - What nobody goes on with is removed after a while.
package final class IncomingBlob: Sendable {
    package let digest: Digest
    private let file: OpenFile
    private let whole: String
    private let content: Mutex<Content>

    private struct Content: Sendable {
        var hasher = SHA256()
        var size: Int64 = 0
    }

    /// Nil while another writes it, or when it became whole just now.
    init?(_ digest: Digest, in folder: String) throws(StorageError) {
        self.digest = digest
        whole = "\(folder)/\(digest.hex)"
        file = try Files.open("\(whole).part", O_RDWR | O_CREAT | O_NOFOLLOW)
        guard flock(file.descriptor, LOCK_EX | LOCK_NB) == 0 else { return nil }
        // The lock may be that of a file which got its final name meanwhile.
        guard let there = try Files.status(file.path),
            there.identity == (try file.status().identity)
        else { return nil }
        var content = Content()
        while true {
            let piece = try file.read(1 << 20)
            if piece.isEmpty { break }
            unsafe piece.withUnsafeBytes { unsafe content.hasher.update(bufferPointer: $0) }
            content.size += Int64(piece.count)
        }
        self.content = Mutex(content)
    }

    /// Bytes that are there.
    package var size: Int64 { content.withLock { $0.size } }

    package func append(_ bytes: [UInt8]) throws(StorageError) {
        try file.write(bytes)
        content.withLock { content in
            unsafe bytes.withUnsafeBytes { unsafe content.hasher.update(bufferPointer: $0) }
            content.size += Int64(bytes.count)
        }
    }

    /// Forgets what is there.
    package func restart() throws(StorageError) {
        try file.truncate(to: 0)
        try file.seek(to: 0)
        content.withLock { $0 = Content() }
    }

    /// Checks and syncs it; after that it may be taken. What does not fit is forgotten.
    package func finish(size expected: Int64) throws(StorageError) {
        let (actual, size) = content.withLock { (Digest($0.hasher.finalize()), $0.size) }
        guard size == expected, actual == digest else {
            try restart()
            try Files.remove(file.path)
            throw size == expected
                ? .digestMismatch(expected: digest, actual: actual)
                : .sizeMismatch(expected: expected, actual: size)
        }
        try file.sync()
        try Files.rename(file.path, to: whole)
    }
}

extension BlobStore {
    private var incomingPath: String { "\(root)/incoming" }

    /// Goes on with a blob, or begins it; nil while another does, or has just done so. Blocks as
    /// long as hashing takes what is there.
    package func incoming(_ digest: Digest) throws(StorageError) -> IncomingBlob? {
        try Files.makeFolders(incomingPath)
        return try IncomingBlob(digest, in: incomingPath)
    }

    /// Whether a blob is whole, but not in the store yet.
    package func hasIncoming(_ digest: Digest) -> Bool {
        Files.exists("\(incomingPath)/\(digest.hex)")
    }

    /// Bytes of a blob that have arrived; zero where there is none.
    package func incomingSize(_ digest: Digest) throws(StorageError) -> Int64 {
        try Files.status("\(incomingPath)/\(digest.hex).part")?.size ?? 0
    }

    /// Moves a whole blob into the store; false when it is neither there nor here.
    package func take(_ digest: Digest) throws(StorageError) -> Bool {
        let source = "\(incomingPath)/\(digest.hex)"
        if try claim(digest) {
            try Files.remove(source)
            return true
        }
        let target = path(of: digest)
        try Files.makeFolders(PathText.folder(of: target))
        // It may have waited for days: what comes into the store is young.
        unsafe slipway_touch(source)
        do { try Files.rename(source, to: target) } catch let error {
            guard case .system(_, _, ENOENT) = error else { throw error }
            // Another was faster, or it was removed.
            return try claim(digest)
        }
        try Files.open(folder, O_RDONLY | O_DIRECTORY).sync()
        return true
    }

    /// Removes what nobody has gone on with since a time, in seconds since 1970.
    package func removeIncoming(before seconds: Int64) throws {
        for part in try oldIncoming(before: seconds) { try part.removeUnlessUsed() }
    }

    /// The same as a list. What somebody writes to when it comes to it stays.
    package func oldIncoming(before seconds: Int64) throws(StorageError) -> [Garbage] {
        guard Files.exists(incomingPath) else { return [] }
        var found: [Garbage] = []
        for name in try Files.list(incomingPath) {
            let path = "\(incomingPath)/\(name)"
            guard let status = try Files.status(path), status.modified.seconds < seconds,
                status.kind == .file
            else { continue }
            found.append(
                Garbage(path, bytes: status.allocated) {
                    do {
                        let file = try Files.open(path, O_RDWR | O_NOFOLLOW)
                        guard slipway_lock(file.descriptor, 0) == 0 else { throw GarbageInUse() }
                        try withExtendedLifetime(file) { try Files.remove(path) }
                    } catch StorageError.system(_, _, ENOENT) {
                        // It is whole by now, or gone.
                    }
                })
        }
        return found
    }
}
