import CLinux
import Glibc

/// The folder that a home is in, or may be made in: looked at before anything of it is changed.
package enum HomePlace {
    /// The real path of the folder, which is made where nothing is there. Throws
    /// `StorageError.home` where it is no folder, somebody else's, or holds what is no home: its
    /// rights are those of other things.
    package static func prepare(_ given: String) throws(StorageError) -> String {
        guard !given.isEmpty else {
            throw .home("no home is known for this user; name a folder with SLIPWAY_HOME")
        }
        if try Files.status(given) == nil {
            try Files.makeFolders(given)
        } else if !Files.exists(given) {
            throw .home("SLIPWAY_HOME is '\(given)', a link that leads nowhere")
        }
        let path = try Files.realPath(given)
        guard let status = try Files.status(path), status.kind == .folder else {
            throw .home("SLIPWAY_HOME is '\(given)', which is no folder; name a folder of its own")
        }
        guard status.owner == geteuid() else {
            throw .home(
                "'\(path)' is the home of \(name(ofUser: status.owner)), not this user's; name "
                    + "another one with SLIPWAY_HOME")
        }
        if let other = try strangers(in: path) {
            throw .home(
                "'\(path)' is no home of slipway: it holds '\(other)'; name an empty folder with "
                    + "SLIPWAY_HOME, such as '\(path == "/" ? "" : path)/slipway'")
        }
        return path
    }

    /// What stands in a folder that is no home yet, and is none of a home's own.
    private static func strangers(in path: String) throws(StorageError) -> String? {
        guard !Files.exists("\(path)/slipway.db") else { return nil }
        return try Files.list(path).sorted().first { name in
            !own.contains(name) && !ownPrefixes.contains(where: name.hasPrefix)
        }
    }

    /// What a process that was killed while it made a home may have left, what somebody may have
    /// put there before, and what a new file system has.
    private static let own: Set = [
        ".gitkeep", "attempts", "blobs", "caches", "config.yaml", "kept", "layers", "locks", "logs",
        "lost+found", "namespaces", "run", "trees", "workspaces",
    ]

    private static let ownPrefixes = ["slipway.db-", "fetch-", "doctor", ".nfs"]

    private static func name(ofUser id: UInt32) -> String {
        Account(id).name ?? "user \(id)"
    }
}
