import CLinux
import Domain
import Glibc

/// The system calls on files that slipway uses, with its own errors.
package enum Files {
    package static func failure(
        _ operation: String, _ path: String, _ code: Int32 = errno
    ) -> StorageError {
        switch code {
        case ENOSPC, EDQUOT: .diskFull(path: path, freeBytes: freeBytes(near: path))
        case EROFS: .readOnly(path: path)
        default: .system(operation: operation, path: path, errno: code)
        }
    }

    /// Free bytes of the disk that holds a path or would hold it; nil where nobody can say.
    package static func freeBytes(near path: String) -> Int64? {
        var path = path
        while true {
            let bytes = unsafe slipway_free_bytes(path)
            if bytes >= 0 { return bytes }
            guard let parent = PathText.parent(of: path) else { return nil }
            path = parent
        }
    }

    /// Whether the disk that holds a folder takes no writes at all.
    package static func isReadOnly(_ folder: String) throws(StorageError) -> Bool {
        let answer = unsafe slipway_is_read_only(folder)
        guard answer >= 0 else { throw failure("statvfs", folder) }
        return answer == 1
    }

    package static func text(ofError code: Int32) -> String {
        unsafe String(cString: strerror(code))
    }

    package static func open(
        _ path: String, _ flags: Int32 = O_RDONLY, mode: UInt32 = 0o600
    ) throws(StorageError) -> OpenFile {
        let descriptor = unsafe Glibc.open(path, flags | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw failure("open", path) }
        return OpenFile(descriptor: descriptor, path: path)
    }

    /// Opens below a folder; nothing may lead out of it. Links are refused unless `follow`.
    package static func open(
        beneath root: OpenFile, _ path: String, _ flags: Int32, mode: UInt32 = 0o600,
        follow: Bool = false
    ) throws(StorageError) -> OpenFile {
        let descriptor = unsafe slipway_open_beneath(
            root.descriptor, path, flags, mode, follow ? 1 : 0)
        guard descriptor >= 0 else { throw failure("open", path) }
        return OpenFile(descriptor: descriptor, path: path)
    }

    /// Nil when nothing is there. Does not follow a link at the end.
    package static func status(_ path: String) throws(StorageError) -> FileStatus? {
        var info = stat()
        if unsafe lstat(path, &info) == 0 { return FileStatus(info) }
        if errno == ENOENT || errno == ENOTDIR { return nil }
        throw failure("stat", path)
    }

    package static func exists(_ path: String) -> Bool {
        unsafe access(path, F_OK) == 0
    }

    package static func isExecutable(_ path: String) -> Bool {
        unsafe access(path, X_OK) == 0
    }

    /// Makes a folder and those above it; one that exists keeps its mode. The process' own mask
    /// takes nothing from the mode.
    package static func makeFolders(_ path: String, mode: UInt32 = 0o700) throws(StorageError) {
        if unsafe mkdir(path, mode) == 0 { return try open(path, toOthersBy: mode) }
        if errno == EEXIST { return }
        guard errno == ENOENT, let parent = PathText.parent(of: path) else {
            throw failure("mkdir", path)
        }
        try makeFolders(parent, mode: mode)
        if unsafe mkdir(path, mode) == 0 { return try open(path, toOthersBy: mode) }
        if errno != EEXIST { throw failure("mkdir", path) }
    }

    private static func open(_ path: String, toOthersBy mode: UInt32) throws(StorageError) {
        if mode & 0o077 != 0 { try setMode(path, mode) }
    }

    /// Without `replacing` a name that exists is an error, EEXIST (renameat2(2)).
    package static func rename(
        _ old: String, to new: String, replacing: Bool = true
    ) throws(StorageError) {
        let result =
            unsafe replacing ? Glibc.rename(old, new) : slipway_rename_new(old, new)
        if result < 0 { throw failure("rename", old) }
    }

    package static func remove(_ path: String) throws(StorageError) {
        if unsafe unlink(path) < 0, errno != ENOENT { throw failure("remove", path) }
    }

    /// Removes a file or a folder with all it holds; links are never followed.
    package static func removeTree(_ path: String) throws(StorageError) {
        if unsafe slipway_remove_tree(path) < 0 { throw failure("remove", path) }
    }

    package static func link(_ target: String, at path: String) throws(StorageError) {
        if unsafe symlink(target, path) < 0 { throw failure("symlink", path) }
    }

    package static func target(ofLink path: String) throws(StorageError) -> String {
        var buffer = [CChar](repeating: 0, count: 4097)
        let count = unsafe readlink(path, &buffer, 4096)
        guard count >= 0 else { throw failure("readlink", path) }
        return String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    package static func setOwner(
        _ path: String, user: UInt32, group: UInt32
    ) throws(StorageError) {
        if unsafe lchown(path, user, group) < 0 { throw failure("chown", path) }
    }

    /// Gives a file, or a folder with all that it holds, to somebody; links are not followed.
    package static func setOwner(
        ofTree path: String, user: UInt32, group: UInt32
    ) throws(StorageError) {
        if unsafe slipway_own_tree(path, user, group) < 0 { throw failure("chown", path) }
    }

    package static func setMode(_ path: String, _ mode: UInt32) throws(StorageError) {
        if unsafe chmod(path, mode) < 0 { throw failure("chmod", path) }
    }

    /// The names in a folder, sorted by bytes, without `.` and `..`.
    package static func list(_ path: String) throws(StorageError) -> [String] {
        try list(path, limit: .max)
    }

    /// The same; of more than `limit` names so many, whichever the disk gives first.
    package static func list(_ path: String, limit: Int) throws(StorageError) -> [String] {
        guard let folder = unsafe opendir(path) else { throw failure("list", path) }
        defer { unsafe closedir(folder) }
        var names: [String] = []
        errno = 0
        while names.count < limit, let entry = unsafe readdir(folder) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) {
                    unsafe String(cString: $0)
                }
            }
            if name != "." && name != ".." { names.append(name) }
            errno = 0
        }
        if errno != 0 { throw failure("list", path) }
        return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// The real path, with all links resolved.
    package static func realPath(_ path: String) throws(StorageError) -> String {
        guard let resolved = unsafe realpath(path, nil) else { throw failure("resolve", path) }
        defer { unsafe free(resolved) }
        return unsafe String(cString: resolved)
    }

    package static func readFile(_ path: String, limit: Int) throws(StorageError) -> [UInt8] {
        try open(path).readAll(limit: limit)
    }

    package static func writeFile(
        _ path: String, _ bytes: some Collection<UInt8>, mode: UInt32 = 0o600
    ) throws(StorageError) {
        let file = try open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, mode: mode)
        if mode & 0o077 != 0 { try file.setMode(mode) }
        try file.write(bytes)
    }

    /// Copies the content of a file to a new one, which is its owner's alone.
    package static func copy(_ path: String, to copy: String) throws(StorageError) {
        let (source, target) = (try open(path), try open(copy, O_WRONLY | O_CREAT | O_EXCL))
        while true {
            let piece = try source.read(1 << 20)
            if piece.isEmpty { return }
            try target.write(piece)
        }
    }

    /// Writes out everything of the disk that holds a folder.
    package static func syncFileSystem(of path: String) throws(StorageError) {
        let folder = try open(path, O_RDONLY | O_DIRECTORY)
        if slipway_sync_disk(folder.descriptor) < 0 { throw failure("sync the disk of", path) }
    }

    /// Has a file or folder be changed just now, without changing any of it: its mode is set to
    /// what it is. False where nothing is, or a link.
    package static func markUsed(_ path: String) throws(StorageError) -> Bool {
        guard let status = try status(path), status.kind != .link else { return false }
        if unsafe chmod(path, status.mode) == 0 { return true }
        if errno == ENOENT { return false }
        throw failure("chmod", path)
    }

    /// What a file, or a folder with all that it holds, takes on its disk; zero where nothing is.
    /// Links are not followed, other disks not counted. Blocks.
    package static func diskUse(
        of path: String
    ) throws(StorageError) -> (bytes: Int64, files: Int64) {
        var bytes: Int64 = 0
        var files: Int64 = 0
        if unsafe slipway_disk_use(path, &bytes, &files) < 0 { throw failure("count", path) }
        return (bytes, files)
    }

    /// Free bytes of the disk that holds a path.
    package static func freeBytes(at path: String) throws(StorageError) -> Int64 {
        let bytes = unsafe slipway_free_bytes(path)
        guard bytes >= 0 else { throw failure("statvfs", path) }
        return bytes
    }

    /// A new, empty, private folder; its name begins with `prefix`.
    package static func makeTemporaryFolder(prefix: String) throws(StorageError) -> String {
        var template = Array("\(prefix).XXXXXX".utf8CString)
        guard let made = unsafe mkdtemp(&template) else { throw failure("mkdtemp", prefix) }
        return unsafe String(cString: made)
    }
}
