import CLinux
import Glibc
package import OCI

/// What is done to the names in an open folder. A name has no `/` in it (`TarPath.parts`), so
/// none of this reaches another folder, whatever links stand there.
extension OpenFile {
    /// Opens below this folder; nothing may lead out of it. Links are refused unless `follow`.
    func open(
        beneath path: RawPath, _ flags: Int32, mode: UInt32 = 0o600, follow: Bool = false
    ) throws(StorageError) -> OpenFile {
        let opened = unsafe slipway_open_beneath(
            descriptor, path.cString, flags, mode, follow ? 1 : 0)
        guard opened >= 0 else { throw Files.failure("open", path.description) }
        return OpenFile(descriptor: opened, path: path.description)
    }

    /// The folder that the last part of a path stands in, and that part; nil when there is no such
    /// folder. No link is followed on the way: one is an error.
    func place(of path: RawPath) throws(StorageError) -> (folder: OpenFile, name: RawPath)? {
        let parts = path.parts
        guard let name = parts.last else { return nil }
        if parts.count == 1 { return (self, name) }
        do {
            let above = RawPath(joining: parts.dropLast())
            return (try open(beneath: above, O_RDONLY | O_DIRECTORY), name)
        } catch let error {
            guard case .system(_, _, let code) = error, code == ENOENT else { throw error }
            return nil
        }
    }

    /// Whether anything stands at a path, be it a link; no link is followed on the way.
    package func holds(_ path: RawPath) throws(StorageError) -> Bool {
        guard let (folder, name) = try place(of: path) else { return false }
        return try folder.status(of: name) != nil
    }

    /// Nil when nothing is there; a link is not followed.
    package func status(of name: RawPath) throws(StorageError) -> FileStatus? {
        var info = stat()
        if unsafe fstatat(descriptor, name.cString, &info, AT_SYMLINK_NOFOLLOW) == 0 {
            return FileStatus(info)
        }
        if errno == ENOENT || errno == ENOTDIR { return nil }
        throw Files.failure("stat", name.description)
    }

    func target(ofLink name: RawPath) throws(StorageError) -> RawPath {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = unsafe readlinkat(descriptor, name.cString, &buffer, buffer.count)
        guard count >= 0 else { throw Files.failure("readlink", name.description) }
        return RawPath(buffer[..<count].map { UInt8(bitPattern: $0) })
    }

    /// The names in this folder, sorted by bytes, without `.` and `..`.
    func names() throws(StorageError) -> [RawPath] {
        guard let folder = unsafe opendir("/proc/self/fd/\(descriptor)") else {
            throw Files.failure("list", path)
        }
        defer { unsafe closedir(folder) }
        var names: [RawPath] = []
        errno = 0
        while let entry = unsafe readdir(folder) {
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                unsafe RawPath(bytes.prefix { $0 != 0 })
            }
            if name != "." && name != ".." { names.append(name) }
            errno = 0
        }
        if errno != 0 { throw Files.failure("list", path) }
        return names.sorted()
    }

    func makeFolder(_ name: RawPath, mode: UInt32) throws(StorageError) {
        if unsafe mkdirat(descriptor, name.cString, mode) < 0 {
            throw Files.failure("mkdir", name.description)
        }
        // The process' own mask has taken bits from it.
        if unsafe fchmodat(descriptor, name.cString, mode, 0) < 0 {
            throw Files.failure("chmod", name.description)
        }
    }

    /// Makes room for a name; a folder goes with all that it holds.
    func clear(_ name: RawPath) throws(StorageError) {
        if unsafe unlinkat(descriptor, name.cString, 0) == 0 || errno == ENOENT { return }
        let path = RawPath("/proc/self/fd/\(descriptor)/".utf8 + name.bytes)
        if unsafe slipway_remove_tree(path.cString) < 0 {
            throw Files.failure("remove", name.description)
        }
    }
}
