import CLinux
import Glibc
import OCI
package import Storage
import Workflows

extension OCIExecutor {
    /// The users of an attempt's containers: that of the job and its services. Attempts that share
    /// a folder share its owners. Blocks.
    func users(of attempt: AttemptRequest, _ folder: AttemptFolder) throws -> ContainerUsers? {
        let support = userSupport.value
        if case .none = support { return nil }
        guard attempt.isolation.takesUsers else {
            if attempt.workspace == .own { return nil }
            throw ExecutorError.runtime(
                "a job in 'sandbox: \(attempt.isolation.sandbox.rawValue)' with this network has "
                    + "the machine's users: it cannot share a folder with jobs that have their own")
        }
        // The folders first: they tell of the attempt, should this process be killed.
        try Files.makeFolders(folder.path)
        try Files.makeFolders(folder.mountsPath, mode: 0o711)
        guard attempt.workspace == .own else {
            let range = try SharedWorkspace(attempt.id.run, home: home).claimUsers(ranges)
            try range.write(to: folder.usersPath)
            return try ContainerUsers(range, support: support)
        }
        let range = try ranges.claim(folder.name)
        try range.write(to: folder.usersPath)
        return try ContainerUsers(range, support: support)
    }

    /// Ranges of this home whose attempt, or run, left nothing else. Blocks.
    package func usersGarbage() throws -> [Garbage] {
        try ranges.all().filter { !isThere($0.owner) }.map { range, owner in
            Garbage("users of \(owner)", bytes: 0) { [self] in
                // The same attempt may have begun anew since the look.
                if !isThere(owner) { try ranges.release(range, of: owner) }
            }
        }
    }

    /// Seconds after which nobody tries anything any more.
    private static let probeTime: Int64 = 600

    /// Folders in which processes that were killed tried what the machine can do. Blocks.
    func removeAbandonedProbes() throws {
        guard Files.exists(home.runtimePath) else { return }
        for name in try Files.list(home.runtimePath)
        where name.hasPrefix("probe.") || name.hasPrefix("doctor.") {
            let path = "\(home.runtimePath)/\(name)"
            guard let status = try Files.status(path),
                status.modified.seconds < Int64(time(nil)) - Self.probeTime
            else { continue }
            guard unsafe slipway_unmount(path) == 0 else { throw Files.failure("unmount", path) }
            try Files.removeTree(path)
        }
    }

    private func isThere(_ owner: String) -> Bool {
        guard let attempt = Self.attempt(named: owner) else {
            return Files.exists("\(home.workspacesPath)/\(owner)")
        }
        return AttemptFolder(attempt, home: home).exists
    }

    /// The content with the owners that the container sees. Without mapped mounts as it is: it can
    /// be read, and what may change is given away where it is mounted.
    func show(
        _ content: LaidContent, in folder: AttemptFolder, _ users: ContainerUsers?
    ) throws -> LaidContent {
        guard let users, users.namespace != nil else { return content }
        let trees = try Shown(home.treesPath, "trees", folder, users)
        let caches = try Shown(home.cachesPath, "caches", folder, users)
        var content = content
        content.source = try content.source.map(trees.path)
        content.sharedSource = try content.sharedSource.map(trees.path)
        content.cacheLayers = try content.cacheLayers.map(caches.path)
        content.artifacts = try content.artifacts.map { ($0.name, try trees.path($0.path)) }
        return content
    }
}

/// A folder of the home as a container sees it; shown once, when something of it is wanted.
final class Shown {
    private let source: String
    private let target: String
    private let users: ContainerUsers
    private var isShown = false

    init(
        _ source: String, _ name: String, _ folder: AttemptFolder, _ users: ContainerUsers
    ) throws {
        self.source = source
        self.users = users
        target = folder.shownPath(name)
    }

    /// A path below one folder, below another one. By bytes: a character may span the seam.
    static func moved(_ path: String, from source: String, to target: String) -> String {
        target + String(decoding: path.utf8.dropFirst(source.utf8.count), as: UTF8.self)
    }

    /// Where a path below the source is seen.
    func path(_ path: String) throws -> String {
        if !isShown { _ = try users.show(source, at: target) }
        isShown = true
        return Self.moved(path, from: source, to: target)
    }
}

/// Who owns what a job may change, as this machine counts.
struct Owner: Sendable {
    private let user: UInt32
    private let group: UInt32

    init(of user: ProcessUser, _ users: ContainerUsers?) throws {
        if let id = [user.user, user.group].first(where: { !RootlessMode.has($0) }) {
            throw ExecutorError.image(
                "it runs as user or group \(id), which this account does not have (/etc/subuid, "
                    + "/etc/subgid)")
        }
        self.user = try users?.host(user.user) ?? user.user
        self.group = try users?.host(user.group) ?? user.group
    }

    /// Somebody else than this process.
    var isOther: Bool { user != 0 }

    func take(tree path: String) throws {
        try Files.setOwner(ofTree: path, user: user, group: group)
    }
}
