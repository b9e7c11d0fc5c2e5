import CLinux
import Glibc

/// A file's time as the kernel keeps it.
package struct FileTime: Hashable, Comparable, Sendable {
    package let seconds: Int64
    package let nanoseconds: Int64

    /// Now, by the clock that the kernel takes the times of files from.
    package static var now: FileTime {
        let count = slipway_file_time()
        return FileTime(seconds: count / 1_000_000_000, nanoseconds: count % 1_000_000_000)
    }

    package init(seconds: Int64, nanoseconds: Int64) {
        self.seconds = seconds
        self.nanoseconds = nanoseconds
    }

    package static func < (left: FileTime, right: FileTime) -> Bool {
        (left.seconds, left.nanoseconds) < (right.seconds, right.nanoseconds)
    }
}

/// What the kernel says of a file (stat(2)).
package struct FileStatus: Sendable {
    package enum Kind: Sendable {
        case file, folder, link, other
    }

    /// What makes a file itself, whatever path leads to it.
    package struct Identity: Hashable, Sendable {
        package let device: UInt64
        package let inode: UInt64
    }

    package let kind: Kind
    /// Permission bits, with setuid, setgid and sticky.
    package let mode: UInt32
    package let size: Int64
    /// Bytes that it takes on its disk.
    package let allocated: Int64
    package let owner: UInt32
    package let group: UInt32
    package let device: UInt64
    package let inode: UInt64
    /// Of its content.
    package let modified: FileTime
    /// Of anything about it.
    package let changed: FileTime

    init(_ info: stat) {
        kind =
            switch info.st_mode & S_IFMT {
            case S_IFREG: .file
            case S_IFDIR: .folder
            case S_IFLNK: .link
            default: .other
            }
        mode = info.st_mode & 0o7777
        size = Int64(info.st_size)
        allocated = Int64(info.st_blocks) * 512
        owner = info.st_uid
        group = info.st_gid
        device = UInt64(info.st_dev)
        inode = UInt64(info.st_ino)
        modified = FileTime(
            seconds: Int64(info.st_mtim.tv_sec), nanoseconds: Int64(info.st_mtim.tv_nsec))
        changed = FileTime(
            seconds: Int64(info.st_ctim.tv_sec), nanoseconds: Int64(info.st_ctim.tv_nsec))
    }

    package var identity: Identity { Identity(device: device, inode: inode) }
}
