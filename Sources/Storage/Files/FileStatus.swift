import Glibc

/// What the kernel says of a file (stat(2)).
package struct FileStatus: Sendable {
    package enum Kind: Sendable {
        case file, folder, link, other
    }

    package let kind: Kind
    /// Permission bits, with setuid, setgid and sticky.
    package let mode: UInt32
    package let size: Int64
    package let owner: UInt32
    package let group: UInt32
    package let device: UInt64
    package let inode: UInt64

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
        owner = info.st_uid
        group = info.st_gid
        device = UInt64(info.st_dev)
        inode = UInt64(info.st_ino)
    }
}
