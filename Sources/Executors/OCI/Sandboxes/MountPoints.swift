import Domain
import Glibc
import Storage
import Workflows

/// Makes the places where a container's folders and files are mounted. Most runtimes do that
/// themselves; gVisor does not where the root is read-only.
struct MountPoints {
    private let root: OpenFile
    private let users: UserRange?

    init(rootPath: String, _ users: UserRange?) throws {
        root = try Files.open(rootPath, O_RDONLY | O_DIRECTORY)
        self.users = users
    }

    /// What runtimes mount by themselves, or are told to in any case.
    static let standard = ["/proc", "/sys", "/dev", "/tmp"]

    /// Nothing happens where something is there already, but for links on the way: what they lead
    /// to may be anywhere.
    func make(_ target: String, isFolder: Bool) throws {
        let names = PathText.parts(of: target)
        var above = root
        for (index, name) in names.enumerated() {
            let isLast = index == names.count - 1
            try make(name, in: above, isFolder: isFolder || !isLast)
            if isLast { return }
            do {
                above = try Files.open(beneath: above, name, O_RDONLY | O_DIRECTORY, mode: 0)
            } catch {
                throw ExecutorError.image(
                    "'/\(names[...index].joined(separator: "/"))' is no folder; "
                        + "'\(target)' is mounted below it")
            }
        }
    }

    private func make(_ name: String, in folder: OpenFile, isFolder: Bool) throws {
        let made: Int32
        if isFolder {
            made = unsafe mkdirat(folder.descriptor, name, 0o755)
        } else {
            made = unsafe mknodat(folder.descriptor, name, S_IFREG | 0o644, 0)
        }
        guard made == 0 else {
            if errno == EEXIST { return }
            throw Files.failure("make", name)
        }
        guard let users else { return }
        let changed = unsafe fchownat(
            folder.descriptor, name, users.first, users.first, AT_SYMLINK_NOFOLLOW)
        guard changed == 0 else { throw Files.failure("chown", name) }
    }
}
