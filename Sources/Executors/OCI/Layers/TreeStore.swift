import CLinux
import Glibc
package import OCI
package import Storage
package import Workflows

/// Artifacts laid out as files and folders, once each, for read-only mounts.
package final class TreeStore: Sendable {
    private let blobs: BlobStore
    private let path: String
    private let laying = SharedWork<String, String>()

    package init(blobs: BlobStore, path: String) {
        self.blobs = blobs
        self.path = path
    }

    /// The file or folder that holds an artifact's content.
    package func tree(
        _ artifact: ArtifactRecord, stop: StopFlag = StopFlag()
    ) async throws -> String {
        let suffix = artifact.kind == .folder ? "" : artifact.isExecutable ? "-x" : "-f"
        let target = "\(path)/\(artifact.digest.hex)\(suffix)"
        if try Files.markUsed(target) { return target }
        return try await laying.value(for: target, stop: stop) { checkpoint in
            if !Files.exists(target) { try self.lay(artifact, at: target, checkpoint) }
            return target
        }
    }

    /// Held while an attempt begins, from before it asks for trees: until it has a folder, and its
    /// mounts, nobody takes them away.
    func hold() throws -> OpenFile {
        let gate = try gate()
        guard slipway_lock_shared(gate.descriptor) == 0 else {
            throw Files.failure("lock", gate.path)
        }
        return gate
    }

    private func gate() throws -> OpenFile {
        try Files.makeFolders(path)
        return try Files.open(path, O_RDONLY | O_DIRECTORY)
    }

    /// Removes the folders that are none of some digests. Nobody may use them. Blocks.
    func remove(allBut kept: Set<OCI.Digest>) throws {
        for tree in try all() where !kept.contains(tree.digest) { try remove(tree.name) }
    }

    /// What is laid out, whole. Blocks.
    package func all() throws -> [(name: String, digest: OCI.Digest)] {
        guard Files.exists(path) else { return [] }
        return try Files.list(path).compactMap { name in
            guard !name.contains("."), name.utf8.count >= 64 else { return nil }
            do { return (name, try OCI.Digest(parsing: "sha256:\(name.prefix(64))")) } catch {
                return nil
            }
        }
    }

    /// What is laid out of content that nobody needs, and was used before `youngest` (see `hold`).
    /// Blocks.
    func garbage(
        unless isNeeded: (OCI.Digest) -> Bool, olderThan youngest: FileTime
    ) throws -> [Garbage] {
        try all().filter { !isNeeded($0.digest) }.compactMap { tree in
            let place = "\(path)/\(tree.name)"
            guard let status = try Files.status(place), status.changed < youngest else {
                return nil
            }
            return Garbage(place, bytes: try Files.diskUse(of: place).bytes) { [self] in
                let gate = try gate()
                // Where jobs are just beginning, the next time will do.
                guard slipway_lock(gate.descriptor, 0) == 0 else { throw GarbageInUse() }
                guard let status = try Files.status(place) else { return }
                guard status.changed < youngest else { throw GarbageInUse() }
                let aside = try setAside(tree.name)
                _ = slipway_unlock(gate.descriptor)
                try Files.removeTree(aside)
            }
        }
    }

    /// Aside first: a tree that stands under its name is whole.
    private func setAside(_ name: String) throws -> String {
        let folder = try Files.makeTemporaryFolder(prefix: "\(path)/\(name).part")
        try Files.rename("\(path)/\(name)", to: "\(folder)/content")
        return folder
    }

    private func remove(_ name: String) throws {
        try Files.removeTree(try setAside(name))
    }

    /// Removes what processes left that ended while they laid something out. Blocks.
    package func removeAbandoned() throws {
        for part in try abandoned() { try part.removeUnlessUsed() }
    }

    /// What processes left that ended while they laid something out. Blocks.
    func abandoned(olderThan youngest: FileTime? = nil) throws -> [Garbage] {
        guard Files.exists(path) else { return [] }
        return try ArtifactContent.abandoned(in: path, olderThan: youngest)
    }

    private func lay(
        _ artifact: ArtifactRecord, at target: String, _ checkpoint: @escaping () throws -> Void
    ) throws {
        do {
            try ArtifactContent.write(artifact, from: blobs, to: target, checkpoint: checkpoint)
        } catch let error {
            // Another process of this home may have been faster: its tree is as good.
            guard case StorageError.system(_, _, EEXIST) = error else { throw error }
        }
    }
}
