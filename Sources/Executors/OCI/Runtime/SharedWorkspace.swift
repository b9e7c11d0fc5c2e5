import CLinux
package import Domain
import Glibc
import Storage

/// The working folder that the jobs of one run share (docs/decisions/0010).
///
/// It lives in the home, so that a run that is taken over finds it again, also after a restart of
/// the machine. Where the run has a source, an overlay shows that below it: one for all attempts,
/// since two overlays must not write to one upper folder.
struct SharedWorkspace: Sendable {
    let run: RunID
    private let path: String
    private let mountPath: String

    init(_ run: RunID, home: Home) {
        self.run = run
        path = "\(home.workspacesPath)/\(run)"
        mountPath = "\(Self.mountsPath(home))/\(run)"
    }

    private static func mountsPath(_ home: Home) -> String { "\(home.runtimePath)/workspaces" }

    /// What the jobs have changed, where something lies below that.
    var contentPath: String { "\(path)/content" }

    /// The range that the run's jobs have together, since a folder has one owner; the same one as
    /// before where it is still free. Blocks.
    func claimUsers(_ ranges: UserRanges) throws -> UserRange {
        try Files.makeFolders(path)
        let before = try users()
        let range = try ranges.claim(run.text, preferred: before)
        if range != before { try range.write(to: usersPath) }
        return range
    }

    private var usersPath: String { "\(path)/users" }

    /// Nil where none was claimed.
    func users() throws -> UserRange? { try UserRange(writtenAt: usersPath) }

    /// The folder, made and mounted when it is not there yet. `source` is shown with the owners
    /// that the jobs see. Blocks.
    func open(source: String?, _ users: ContainerUsers?) throws -> String {
        let content = contentPath
        try Files.makeFolders(path)
        // Attempts of one run begin side by side.
        let gate = try Files.open(path, O_RDONLY | O_DIRECTORY)
        guard slipway_lock(gate.descriptor, 1) == 0 else { throw Files.failure("lock", path) }
        return try withExtendedLifetime(gate) {
            try Files.makeFolders(content, mode: 0o755)
            try give(content, to: users)
            guard let source else { return content }
            try Files.makeFolders("\(path)/overlay", mode: 0o755)
            try Files.makeFolders(mountPath, mode: 0o755)
            // As for the mounts of attempts: not for other users of this machine.
            try Files.setMode(above, 0o700)
            guard try !isMounted() else { return mountPath }
            // The owner of all that may change, with the user of each job.
            let result = unsafe slipway_mount_overlay_owned(
                source, content, "\(path)/overlay", mountPath)
            guard result == 0 else { throw Files.failure("mount an overlay at", mountPath) }
            if let users, users.namespace == nil { try users.shift(mountPath) }
            return mountPath
        }
    }

    private var above: String { PathText.folder(of: mountPath) }

    /// What jobs wrote stays theirs, also where the run has another range than it had.
    private func give(_ content: String, to users: ContainerUsers?) throws {
        guard let users, let owner = try Files.status(content)?.owner else { return }
        let before = UserRange.first(of: owner)
        if before != users.range.first { try users.shift(content, from: before) }
    }

    private func isMounted() throws -> Bool {
        try Files.status(mountPath)?.device != Files.status(above)?.device
    }

    /// All of it, as something that nobody needs. Blocks.
    func garbage(_ ranges: UserRanges) throws -> Garbage {
        Garbage(path, bytes: try Files.diskUse(of: path).bytes) { try remove(ranges) }
    }

    /// Whether anything of it is there.
    var exists: Bool { Files.exists(path) || Files.exists(mountPath) }

    /// Removes all of it; nothing there is no error. Blocks.
    func remove(_ ranges: UserRanges) throws {
        let range = try users()
        guard unsafe slipway_unmount(mountPath) == 0 else {
            throw Files.failure("unmount", mountPath)
        }
        try Files.removeTree(mountPath)
        try Files.removeTree(path)
        try ranges.release(range, of: run.text)
    }

    /// The runs of which a folder is there.
    static func all(in home: Home) throws -> [RunID] {
        let folders = [home.workspacesPath, mountsPath(home)].filter(Files.exists)
        let names = Set(try folders.flatMap(Files.list))
        return names.compactMap { RunID(parsing: $0) }.sorted { $0.text < $1.text }
    }
}

extension OCIExecutor {
    package func release(_ run: RunID) {
        let workspace = SharedWorkspace(run, home: home)
        guard workspace.exists else { return }
        doLater("the workspace of run \(run)") { [ranges] in try workspace.remove(ranges) }
    }

    /// Runs of this home that have a folder which their jobs share.
    package func sharingRuns() throws -> [RunID] { try SharedWorkspace.all(in: home) }
}
