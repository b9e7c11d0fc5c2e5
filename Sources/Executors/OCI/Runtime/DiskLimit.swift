import CLinux
import Domain
import Glibc
import Storage
import Workflows

/// What a container may write, on a file system of its own where that is limited
/// (docs/decisions/0027): ext4 in a sparse file of the limit's size.
///
/// Full, it is full for the job alone. Everything else of the attempt lies beside it, so conmon
/// and this process go on writing.
extension AttemptFolder {
    /// Holds upper folders, working folder, reports and the file of results.
    var writablePath: String { "\(path)/writable" }
    /// The file that is mounted there; not there without a limit.
    var diskImagePath: String { "\(path)/disk" }
    /// Says that it was full while the container ran.
    private var diskLimitPath: String { "\(mountsPath)/disk-limit" }

    /// One inode for so many bytes: what bounds the number of files.
    private static let bytesPerInode = 8192

    /// Not journalled, and no tables written before they are used: it is scratch, and a limit of
    /// any size takes the same few milliseconds and kilobytes.
    private static let diskOptions = [
        "-q", "-F", "-b", "4096", "-I", "256", "-m", "0", "-i", String(bytesPerInode),
        "-O", "^has_journal,^resize_inode", "-E", "lazy_itable_init=1,nodiscard",
    ]

    /// Makes the folder, and a disk of that size in it. Blocks.
    func makeDisk(_ limit: ByteSize?) throws {
        try Files.makeFolders(writablePath, mode: 0o755)
        guard let limit else { return }
        guard !RootlessMode.isOn else {
            throw ExecutorError.runtime(
                "'resources.disk' does not work without root, who alone may mount disks; run "
                    + "slipway as root, or leave the job without it")
        }
        guard let tool = Spawning.path(of: "mkfs.ext4") else {
            throw ExecutorError.missing(
                "mkfs.ext4, which 'resources.disk' needs,",
                hint: "install it with 'apt-get install e2fsprogs'")
        }
        let file = try Files.open(diskImagePath, O_RDWR | O_CREAT | O_EXCL, mode: 0o600)
        guard ftruncate(file.descriptor, off_t(limit.bytes)) == 0 else {
            throw Files.failure("make", diskImagePath)
        }
        let made = try Spawning.run(tool, Self.diskOptions + [diskImagePath])
        guard made.code == 0 else {
            throw ExecutorError.storage("'\(tool)' ended with code \(made.code): \(made.message)")
        }
        try Self.mountDisk(diskImagePath, at: writablePath)
    }

    static func mountDisk(_ image: String, at target: String, isReadOnly: Bool = false) throws {
        guard unsafe slipway_mount_image(image, target, isReadOnly ? 1 : 0) < 0 else { return }
        guard errno != ENODEV else {
            throw ExecutorError.missing(
                "a loop device, which 'resources.disk' needs,",
                hint: "load the kernel module with 'modprobe loop', and give a container "
                    + "/dev/loop-control")
        }
        throw Files.failure("mount '\(image)' at", target)
    }

    /// The disk's size; nil without a limit.
    var diskLimit: ByteSize? {
        do {
            return try Files.status(diskImagePath).map { ByteSize(bytes: $0.size) }
        } catch {
            // The folder went away, which is told elsewhere.
            return nil
        }
    }

    /// With less room than this a disk counts as full: ext4 refuses a write of a MiB as a whole.
    private static let leastDisk: Int64 = 1 << 20

    /// Whether a disk has no room left, or no file to give.
    static func isFullDisk(_ path: String) -> Bool {
        unsafe slipway_is_full(path, leastDisk) == 1
    }

    func noteDiskLimit() {
        do { try Files.writeFile(diskLimitPath, []) } catch {
            // It is looked at once more when the container has ended.
        }
    }

    /// The limit that the container came up against, now or as somebody saw while it ran.
    var reachedDiskLimit: ByteSize? {
        guard let limit = diskLimit else { return nil }
        return Files.exists(diskLimitPath) || Self.isFullDisk(writablePath) ? limit : nil
    }
}

extension AttemptFolder {
    /// A disk that is full before the job began is the job's limit, not the machine's.
    func blame(_ error: ExecutorError) -> ExecutorError {
        guard case .disk = error, let limit = reachedDiskLimit else { return error }
        return .program("disk: limit \(limit) reached before it began")
    }
}

/// What only root of this machine may read.
extension AttemptFolder {
    /// In memory: the runtime's configuration, which has every variable, and files with secrets.
    var privatePath: String { "\(mountsPath)/private" }

    /// A configuration of 16 MiB and files of secrets.
    private static let privateBytes: Int64 = 64 << 20

    func makePrivate() throws {
        try Files.makeFolders(privatePath, mode: 0o711)
        guard unsafe slipway_mount_memory(privatePath, Self.privateBytes) == 0 else {
            throw Files.failure("mount a file system in memory at", privatePath)
        }
    }

    /// Detaches overlays, then what lies under them.
    func unmountAll(_ overlays: [String]) throws {
        for target in overlays + [writablePath, keptDiskPath, privatePath]
        where unsafe slipway_unmount(target) < 0 {
            throw Files.failure("unmount", target)
        }
    }

    /// Where the disk of an attempt that was kept is shown.
    var keptDiskPath: String { "\(mountsPath)/kept" }
}
