import CLinux
import Glibc
import Storage
import Synchronization
import Workflows

/// The users of one container, and how content becomes theirs.
struct ContainerUsers: Sendable {
    let range: UserRange
    /// A user namespace of the range; nil where file systems cannot show other owners, so that
    /// content has to be given away.
    let namespace: OpenFile?

    init(_ range: UserRange, support: UserSupport) throws {
        self.range = range
        guard support == .mapped else {
            namespace = nil
            return
        }
        let descriptor = slipway_user_namespace(range.first, UserRange.size)
        guard descriptor >= 0 else { throw Files.failure("make", "a user namespace") }
        namespace = OpenFile(descriptor: descriptor, path: "a user namespace")
    }

    /// A container's user, as this machine counts.
    func host(_ user: UInt32) throws -> UInt32 {
        guard user < UserRange.size else {
            throw ExecutorError.image(
                "it runs as user or group \(user); a container has those up to "
                    + "\(UserRange.size - 1)")
        }
        return range.first + user
    }

    /// Gives a file or folder, not what it holds, to the container's root.
    func own(_ path: String) throws {
        try Files.setOwner(path, user: range.first, group: range.first)
    }

    /// Shows a folder at another place with the container's owners. False where that cannot be.
    func show(_ source: String, at target: String) throws -> Bool {
        guard let namespace else { return false }
        // Closed to others: this shows what the home holds.
        try Files.makeFolders(target)
        if unsafe slipway_bind_mapped(source, target, namespace.descriptor) < 0 {
            throw Files.failure("show mapped", target)
        }
        return true
    }

    /// Gives away a folder with all it holds.
    func shift(_ path: String, from first: UInt32 = 0) throws {
        if unsafe slipway_shift_tree(path, first, range.first, UserRange.size) < 0 {
            throw Files.failure("chown", path)
        }
    }
}

extension UserRange {
    /// Undoes `ContainerUsers.shift`: what a container's user 0 has, root has again, and so on.
    /// Where nobody knows the range any more it is that of `sample`, and without one nothing
    /// happens.
    static func giveBack(_ path: String, of range: UserRange?, as sample: String) throws {
        let owner = try Files.status(sample)?.owner ?? 0
        let first = range?.first ?? first(of: owner)
        if first == 0 { return }
        if unsafe slipway_shift_tree(path, first, 0, size) < 0 {
            throw Files.failure("chown", path)
        }
    }
}

/// What this machine can do to give containers users of their own.
package enum UserSupport: Hashable, Sendable {
    /// Layers are shown with other owners, which costs nothing.
    case mapped
    /// The disk cannot do that: each container's files are given away one by one.
    case shifted
    /// No user namespaces: root in a container is root of the machine, held by all else.
    case none(String)

    /// Tries it for real. Blocks for a millisecond or two.
    static func probe(_ home: Home) -> UserSupport {
        do {
            guard geteuid() == 0 else { return .none("not root") }
            // Content has their numbers already, so there is nothing to show or to give away.
            if RootlessMode.isOn { return .none("jobs of one user share users without root") }
            let folder = try Files.makeTemporaryFolder(prefix: "\(home.runtimePath)/probe")
            defer { remove(folder) }
            guard unsafe slipway_probe_users(folder) == 0 else {
                return .none(
                    "\(Files.failure("mount /proc in", "a user namespace")); see user.max_user_"
                        + "namespaces, and whether this is a container itself")
            }
            let range = UserRange(slot: 0).map(\.first) ?? 0
            let namespace = slipway_user_namespace(range, UserRange.size)
            guard namespace >= 0 else {
                return .none("\(Files.failure("make", "a user namespace"))")
            }
            defer { close(namespace) }
            let isMapped = unsafe slipway_bind_mapped(home.layersPath, folder, namespace) == 0
            return isMapped ? .mapped : .shifted
        } catch {
            return .none("\(error)")
        }
    }

    private static func remove(_ folder: String) {
        unsafe slipway_unmount(folder)
        unsafe rmdir(folder)
    }
}

/// Probes once, when somebody asks first.
final class KnownUserSupport: Sendable {
    private let home: Home
    private let known: Mutex<UserSupport?>

    /// `given`: for tests, in the place of what the machine can do.
    init(_ home: Home, given: UserSupport? = nil) {
        self.home = home
        known = Mutex(given)
    }

    var value: UserSupport {
        known.withLock { known in
            let value = known ?? UserSupport.probe(home)
            known = value
            return value
        }
    }
}
