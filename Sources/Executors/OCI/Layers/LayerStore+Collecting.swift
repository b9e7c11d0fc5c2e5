import CLinux
import Glibc
import OCI
import Storage

/// Layers that no image has any more, and those that were not finished.
extension LayerStore {
    /// Removes the unpacked layers that are none of some diff-ids. Blocks.
    func remove(allBut kept: Set<OCI.Digest>) throws {
        for name in try names(allBut: kept) { try remove(name) { _ in true } }
    }

    private func names(allBut kept: Set<OCI.Digest>) throws -> [String] {
        let names = Set(kept.map(\.hex))
        return try Files.list(path).filter {
            !$0.hasPrefix(Self.unpackingPrefix) && !$0.contains(".") && !names.contains($0)
        }
    }

    /// Where `isGarbage` agrees, and nobody just begins to unpack.
    private func remove(_ name: String, _ isGarbage: (FileStatus) -> Bool) throws {
        let gate = try Files.open(path, O_RDONLY | O_DIRECTORY)
        guard slipway_lock(gate.descriptor, 1) == 0 else { throw Files.failure("lock", path) }
        let layer = "\(path)/\(name)"
        guard let status = try Files.status(layer) else { return }
        guard isGarbage(status) else { throw GarbageInUse() }
        // Aside first: a layer that stands under its name is whole.
        let aside = try Files.makeTemporaryFolder(prefix: "\(path)/\(Self.unpackingPrefix)")
        try Files.rename(layer, to: "\(aside)/\(name)")
        try Files.remove(Self.opaqueMark(layer))
        slipway_unlock(gate.descriptor)
        try Files.removeTree(aside)
    }

    /// Unpacked layers that are none of some diff-ids, and that no attempt has begun with since
    /// `youngest`. Blocks.
    func garbage(
        allBut kept: Set<OCI.Digest>, olderThan youngest: FileTime
    ) throws -> [Garbage] {
        try names(allBut: kept).compactMap { name in
            let layer = "\(path)/\(name)"
            guard let status = try Files.status(layer), status.changed < youngest else {
                return nil
            }
            return Garbage(layer, bytes: try Files.diskUse(of: layer).bytes) { [self] in
                try remove(name) { $0.changed < youngest }
            }
        }
    }

    /// What processes left that ended while they unpacked. Blocks.
    func abandoned() throws -> [Garbage] {
        try Files.list(path).compactMap { name in
            let leftover = "\(path)/\(name)"
            guard name.hasPrefix(Self.unpackingPrefix), let folder = try open(leftover),
                slipway_lock(folder.descriptor, 0) == 0
            else { return nil }
            return Garbage(leftover, bytes: try Files.diskUse(of: leftover).bytes) { [self] in
                try removeAbandoned()
            }
        }
    }
}
