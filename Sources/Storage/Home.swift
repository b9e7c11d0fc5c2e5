import CLinux
import Glibc
import OCI

/// Where a home keeps what: one folder that only its owner may enter (DESIGN §6).
package struct Home: Sendable {
    package let path: String
    /// Sockets and mount points: short, and passable for mapped users.
    package let runtimePath: String
    /// Its disk takes no writes: it can be looked at alone.
    package let isReadOnly: Bool

    /// Opens a home and makes what is missing of it, where its disk takes writes.
    package init(path given: String) throws(StorageError) {
        path = try HomePlace.prepare(given)
        isReadOnly = try Files.isReadOnly(path)
        // One that stood there before may be open to others: what is kept in it is not theirs.
        if !isReadOnly, let status = try Files.status(path), status.mode & 0o077 != 0 {
            try Files.setMode(path, 0o700)
        }
        let id = Digest(of: path.utf8).hex.prefix(12)
        let isRoot = geteuid() == 0 && slipway_rootless_user() < 0
        // In an ordinary user's namespaces a file system in memory lies there.
        runtimePath = isRoot ? "/run/slipway/\(id)" : "\(path)/run"
        guard !isReadOnly else { return }
        let folders = [
            "blobs/tmp", "blobs/sha256", "layers", "trees", "attempts", "workspaces", "caches",
            "logs",
            "locks",
        ]
        for folder in folders { try Files.makeFolders("\(path)/\(folder)") }
        if isRoot { try Files.makeFolders("/run/slipway", mode: 0o711) }
        try Files.makeFolders(runtimePath, mode: 0o711)
    }

    /// `$SLIPWAY_HOME`, or `slipway` in the XDG data folder (XDG base directory specification);
    /// empty where none of them is known.
    package static func defaultPath(environment: [String: String]) -> String {
        if let path = environment["SLIPWAY_HOME"], !path.isEmpty { return path }
        if let data = environment["XDG_DATA_HOME"], data.hasPrefix("/") { return "\(data)/slipway" }
        guard let home = environment["HOME"], !home.isEmpty else { return "" }
        return "\(home)/.local/share/slipway"
    }

    package var databasePath: String { "\(path)/slipway.db" }
    package var blobsPath: String { "\(path)/blobs" }
    package var layersPath: String { "\(path)/layers" }
    package var treesPath: String { "\(path)/trees" }
    package var attemptsPath: String { "\(path)/attempts" }
    /// What jobs of one run share, by the run.
    package var workspacesPath: String { "\(path)/workspaces" }
    package var cachesPath: String { "\(path)/caches" }
    /// What attempts left that failed, where that was asked for.
    package var keptPath: String { "\(path)/kept" }
    package var logsPath: String { "\(path)/logs" }
    package var locksPath: String { "\(path)/locks" }
    /// Names this home where homes share something: cgroups, mount points.
    package var id: String { String(Digest(of: path.utf8).hex.prefix(12)) }
}
