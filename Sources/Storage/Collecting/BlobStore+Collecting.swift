import CLinux
import Glibc
import OCI

extension BlobStore {
    /// Lists what is here. No link is followed: what is no blob is a stranger. Blocks; `checkpoint`
    /// is asked between folders and may throw.
    package func inventory(checkpoint: () throws -> Void = {}) throws -> BlobInventory {
        var inventory = BlobInventory()
        guard let gate = try gate() else { return inventory }
        for part in try gate.names() {
            try checkpoint()
            guard part.bytes.count == 2, let folder = try Self.folder(part, of: gate) else {
                inventory.strangers.append("\(gate.path)/\(part)")
                continue
            }
            for name in try folder.names() {
                // It may have gone meanwhile.
                guard let status = try folder.status(of: name) else { continue }
                if status.kind == .file, name.bytes.starts(with: part.bytes),
                    let key = BlobKey(hex: name.bytes[...])
                {
                    inventory.append(key, bytes: status.allocated)
                } else {
                    inventory.strangers.append("\(gate.path)/\(part)/\(name)")
                }
            }
        }
        return inventory
    }

    /// Nil for what is no folder itself, be it a link to one.
    private static func folder(_ name: RawPath, of gate: OpenFile) throws -> OpenFile? {
        guard try gate.status(of: name)?.kind == .folder else { return nil }
        do { return try gate.open(beneath: name, O_RDONLY | O_DIRECTORY) } catch let error {
            guard case .system(_, _, let code) = error, [ENOENT, ELOOP, ENOTDIR].contains(code)
            else { throw error }
            return nil
        }
    }

    /// Blobs that are removed while nobody may claim one, at most.
    private static let batchCount = 256
    /// The same in nanoseconds.
    private static let batchNanoseconds: Int64 = 50_000_000
    /// Between two batches, in microseconds: those who wait for the lock must get it, and the
    /// kernel gives it to whoever asks first.
    private static let pauseMicroseconds: UInt32 = 500

    /// Removes the blobs that nobody needs and that are older than `youngest`. Blocks.
    ///
    /// `take` is called with each one that goes, before it goes, and says whether it is to;
    /// `failed` with what could not be removed. `checkpoint` is asked between batches, and throws
    /// to end it.
    package func sweep(
        _ inventory: BlobInventory, olderThan youngest: FileTime,
        take: (_ name: String, _ bytes: Int64) -> Bool,
        failed: (_ name: String, any Error) -> Void, checkpoint: () throws -> Void
    ) throws {
        guard let gate = try gate() else { return }
        var rest = inventory.keys.indices.filter { inventory.ranks[$0] == 0 }[...]
        while !rest.isEmpty {
            try checkpoint()
            guard slipway_lock(gate.descriptor, 1) == 0 else {
                throw Files.failure("lock", gate.path)
            }
            let deadline = slipway_nanoseconds(CLOCK_MONOTONIC) + Self.batchNanoseconds
            var count = 0
            while count < Self.batchCount, slipway_nanoseconds(CLOCK_MONOTONIC) < deadline,
                let index = rest.popFirst()
            {
                count += 1
                let hex = inventory.keys[index].hex
                do {
                    try Self.remove(hex, gate, youngest) { take("sha256:\(hex)", $0) }
                } catch {
                    failed("sha256:\(hex)", error)
                }
            }
            slipway_unlock(gate.descriptor)
            usleep(Self.pauseMicroseconds)
        }
    }

    private static func remove(
        _ hex: String, _ gate: OpenFile, _ youngest: FileTime, _ take: (Int64) -> Bool
    ) throws {
        guard let folder = try folder(RawPath(hex.prefix(2)), of: gate) else { return }
        let name = RawPath(hex)
        guard let status = try folder.status(of: name), status.kind == .file,
            status.modified < youngest, take(status.allocated)
        else { return }
        if unsafe unlinkat(folder.descriptor, name.cString, 0) < 0, errno != ENOENT {
            throw Files.failure("remove", "\(gate.path)/\(hex.prefix(2))/\(hex)")
        }
    }
}
