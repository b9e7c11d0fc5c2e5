import CLinux
import Glibc

/// An open file or folder; closed when the last reference goes.
package final class OpenFile: Sendable {
    package let descriptor: Int32
    /// For messages.
    package let path: String

    package init(descriptor: Int32, path: String) {
        self.descriptor = descriptor
        self.path = path
    }

    /// A file in memory, without a name, that holds these bytes; it is read from its beginning.
    package convenience init(nameless bytes: some Collection<UInt8>) throws(StorageError) {
        let descriptor = slipway_memory_file()
        guard descriptor >= 0 else { throw Files.failure("make", "a nameless file") }
        self.init(descriptor: descriptor, path: "a nameless file")
        try write(bytes)
        try seek(to: 0)
    }

    deinit {
        close(descriptor)
    }

    /// Reads up to `count` bytes; empty at the end.
    package func read(_ count: Int) throws(StorageError) -> [UInt8] {
        var result = 0
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            repeat {
                result = unsafe Glibc.read(descriptor, buffer.baseAddress, count)
            } while result < 0 && errno == EINTR
            filled = max(0, result)
        }
        if result < 0 { throw Files.failure("read", path) }
        return bytes
    }

    /// Reads from a place without moving the file's own.
    package func read(_ count: Int, at offset: Int64) throws(StorageError) -> [UInt8] {
        var result = 0
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            repeat {
                result = unsafe pread(descriptor, buffer.baseAddress, count, off_t(offset))
            } while result < 0 && errno == EINTR
            filled = max(0, result)
        }
        if result < 0 { throw Files.failure("read", path) }
        return bytes
    }

    /// Everything from here to the end; an error when it is more than `limit`.
    package func readAll(limit: Int) throws(StorageError) -> [UInt8] {
        var bytes: [UInt8] = []
        while true {
            let piece = try read(min(1 << 20, limit - bytes.count + 1))
            if piece.isEmpty { return bytes }
            bytes += piece
            guard bytes.count <= limit else {
                throw .tooLarge(what: "'\(path)'", limit: Int64(limit))
            }
        }
    }

    package func write(_ bytes: some Collection<UInt8>) throws(StorageError) {
        let written = bytes.withContiguousStorageIfAvailable { buffer in
            unsafe writeAll(UnsafeRawBufferPointer(buffer))
        }
        let code: Int32
        if let written {
            code = written
        } else {
            code = unsafe Array(bytes).withUnsafeBytes { unsafe writeAll($0) }
        }
        if code != 0 { throw Files.failure("write", path, code) }
    }

    private func writeAll(_ buffer: UnsafeRawBufferPointer) -> Int32 {
        var offset = 0
        while offset < buffer.count {
            let result = unsafe Glibc.write(
                descriptor, buffer.baseAddress.map { unsafe $0 + offset }, buffer.count - offset)
            if result < 0, errno != EINTR { return errno }
            offset += max(0, result)
        }
        return 0
    }

    package func sync() throws(StorageError) {
        if fsync(descriptor) < 0 { throw Files.failure("fsync", path) }
    }

    package func status() throws(StorageError) -> FileStatus {
        var info = stat()
        if unsafe fstat(descriptor, &info) < 0 { throw Files.failure("stat", path) }
        return FileStatus(info)
    }

    package func seek(to offset: Int64) throws(StorageError) {
        if lseek(descriptor, off_t(offset), SEEK_SET) < 0 { throw Files.failure("seek", path) }
    }

    package func setMode(_ mode: UInt32) throws(StorageError) {
        if fchmod(descriptor, mode) < 0 { throw Files.failure("chmod", path) }
    }

    package func truncate(to size: Int64) throws(StorageError) {
        if ftruncate(descriptor, off_t(size)) < 0 { throw Files.failure("truncate", path) }
    }
}
