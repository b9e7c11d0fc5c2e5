import CLinux
import Domain
import Glibc
import OCI
import Storage
import Workflows

/// The source of a run, taken once and kept by digest: the first link of the chain.
struct SourceSnapshot: Sendable {
    let record: ArtifactRecord
    let commit: String?
    let isDirty: Bool

    /// Bytes of all files together (DESIGN §2, "Source").
    static let sizeLimit: Int64 = 1 << 30

    /// What a source elsewhere needs beside its address.
    struct Access: Sendable {
        var secrets: [String: Secret] = [:]
        /// This program, for Git to start again: the file of the running one, whatever became of
        /// its name.
        var helper = "/proc/\(getpid())/exe"
        /// Takes secrets out of what Git says.
        var mask: @Sendable (String) -> String = { $0 }
    }

    /// Nil where the file's folder is in no repository and the workflow names no source. What
    /// lies in `home` is left out: it grows while it is read. Blocks.
    static func take(
        _ declaration: SourceDeclaration, within bounds: SourceBounds, into blobs: BlobStore,
        without home: Home, access: Access = Access()
    ) throws -> SourceSnapshot? {
        if case .git(let repository) = declaration {
            try bounds.check(repository.address)
            return try take(repository, into: blobs, home, access)
        }
        let excluded = try Files.status(home.path)?.identity
        let archive = FolderArchive(sizeLimit: sizeLimit, excluding: excluded)
        do {
            switch declaration {
            case .git: return nil
            case .path(let path):
                let root = try checked(try bounds.open(path), without: excluded)
                let packed = try archive.pack(root, links: .any, into: blobs)
                return SourceSnapshot(record: Self.record(packed), commit: nil, isDirty: false)
            case .automatic:
                guard let git = try GitFolder(containing: try bounds.folder()) else { return nil }
                let root = try checked(
                    Files.open(git.top, O_RDONLY | O_DIRECTORY), without: excluded)
                // What Git tells of is taken from nowhere else, whatever was put there meanwhile.
                guard try SourceBounds.realPath(of: root) == Files.realPath(git.top) else {
                    throw RunsError.source("'\(git.top)' has changed while it was looked at")
                }
                let tracked = try git.tracked()
                let untracked = try archive.included(try git.untracked(), of: root)
                // A merge that is not done has several entries for one name.
                let names = Set(tracked.filter { !$0.isSkipped }.map(\.object.path))
                let packed = try archive.pack(
                    root, paths: Array(names) + untracked, into: blobs)
                let commit = try git.commit()
                return SourceSnapshot(
                    record: Self.record(packed), commit: commit,
                    isDirty: try !untracked.isEmpty || git.differs(from: commit, tracked))
            }
        } catch StorageError.tooLarge(let what, let limit) {
            throw RunsError.source(
                "\(what) is larger than \(limit) bytes; name a smaller folder with "
                    + "'source: {path: …}' in the start stage")
        }
    }

    /// Fetches into a folder of the home, which goes again.
    private static func take(
        _ repository: GitSource, into blobs: BlobStore, _ home: Home, _ access: Access
    ) throws -> SourceSnapshot {
        let folder = try Files.makeTemporaryFolder(
            prefix: "\(home.path)/\(GitFetch.folderPrefix)\(getpid())-")
        let result = Result<SourceSnapshot, any Error> {
            let fetch = try GitFetch(
                repository, secrets: access.secrets, in: folder, helper: access.helper,
                mask: access.mask)
            let (path, commit) = try fetch.files(sizeLimit: Self.sizeLimit)
            let packed = try FolderArchive(sizeLimit: Self.sizeLimit).pack(
                try Files.open(path, O_RDONLY | O_DIRECTORY), links: .any, into: blobs)
            return SourceSnapshot(record: Self.record(packed), commit: commit, isDirty: false)
        }
        try Files.removeTree(folder)
        do { return try result.get() } catch StorageError.tooLarge(let what, let limit) {
            throw RunsError.source(
                "\(what) is larger than \(limit) bytes; name a folder of it with 'path'")
        }
    }

    /// What processes that were killed left of their fetching.
    static func abandoned(in home: Home) throws -> [Garbage] {
        let prefix = GitFetch.folderPrefix
        return try Files.list(home.path).compactMap { name in
            guard name.hasPrefix(prefix) else { return nil }
            let owner = pid_t(name.dropFirst(prefix.utf8.count).prefix { $0 != "-" }) ?? 0
            guard owner > 0, slipway_is_alive(owner) == 0 else { return nil }
            return try .tree("\(home.path)/\(name)")
        }
    }

    private static func checked(
        _ folder: OpenFile, without home: FileStatus.Identity?
    ) throws -> OpenFile {
        guard try folder.status().identity != home else {
            throw RunsError.source(
                "'\(folder.path)' is the home itself; name another folder with SLIPWAY_HOME")
        }
        return folder
    }

    private static func record(_ packed: (digest: Digest, size: Int64)) -> ArtifactRecord {
        ArtifactRecord(
            kind: .folder, digest: packed.digest, size: packed.size, isExecutable: false)
    }
}
