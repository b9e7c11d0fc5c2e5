import CLinux
import Glibc
import OCI

/// What a member says of others, or of itself: whiteouts, owners, modes, times, attributes.
extension Unpacker {
    static let opaqueMarker: RawPath = ".wh..wh..opq"
    static let whiteoutPrefix = Array(".wh.".utf8)

    /// `.wh.NAME` hides NAME of lower layers, `.wh..wh..opq` all that they hold in this folder
    /// (OCI image spec 1.1, "Layer Filesystem Changeset"). Neither touches its own layer.
    func placeWhiteout(_ marker: RawPath, _ entry: TarEntry) throws {
        if marker == Self.opaqueMarker { return try makeOpaque(".") }
        let name = RawPath(marker.bytes.dropFirst(Self.whiteoutPrefix.count))
        // Names that begin with `.wh..wh.` are reserved marks of older tools: nothing to hide.
        if name.bytes.starts(with: Self.whiteoutPrefix) { return }
        guard !name.isEmpty, name != ".", name != ".." else {
            throw TarError.path(entry.path.description, why: "a whiteout without a name")
        }
        switch try parent.status(of: name)?.kind {
        case nil:
            if unsafe slipway_make_whiteout(parent.descriptor, name.cString) < 0 {
                throw failure("mknod", entry)
            }
        case .folder: try makeOpaque(name)
        default: break
        }
    }

    /// A folder over the mark that hides its name in lower layers: none of theirs shows in it.
    func replaceWhiteout(_ name: RawPath, mode: UInt32) throws -> Bool {
        guard unsafe slipway_is_whiteout(parent.descriptor, name.cString) != 0 else { return false }
        try parent.clear(name)
        try parent.makeFolder(name, mode: mode)
        try makeOpaque(name)
        return true
    }

    private func makeOpaque(_ name: RawPath) throws {
        let isRoot = slipway_sees_all_users() != 0
        try setAttribute(
            name, isRoot ? "trusted.overlay.opaque" : "user.overlay.opaque", [UInt8(ascii: "y")])
    }

    func setMetadata(_ name: RawPath, _ entry: TarEntry, isLink: Bool) throws {
        let mode =
            style == .layer
            ? entry.mode : entry.kind == .folder ? 0o755 : entry.mode & 0o111 | 0o644
        let result = unsafe slipway_set_metadata(
            parent.descriptor, name.cString, entry.owner, entry.group, mode,
            entry.modifiedSeconds, isLink ? 1 : 0, style == .layer ? 1 : 0)
        if result < 0, errno == EINVAL, slipway_sees_all_users() == 0 {
            throw StorageError.archive(
                path: entry.path.description,
                why: "its owner \(entry.owner):\(entry.group) is none of those that this user has "
                    + "(/etc/subuid, /etc/subgid)")
        }
        if result < 0 { throw failure("set the attributes of", entry) }
    }

    func setAttributes(_ name: RawPath, _ entry: TarEntry) throws {
        guard style == .layer else { return }
        for (key, value) in entry.attributes
        // `trusted.` would speak to overlayfs itself, as `user.overlay.` does where it is mounted
        // with `userxattr`, and `system.` to the kernel.
        where (key.hasPrefix("user.") && !key.hasPrefix("user.overlay."))
            || key == "security.capability"
        {
            guard value.count <= 64 << 10 else {
                throw TarError.path(
                    entry.path.description, why: "attribute '\(key)' is larger than 64 KiB")
            }
            try setAttribute(name, key, value)
        }
    }

    private func setAttribute(_ name: RawPath, _ key: String, _ value: [UInt8]) throws {
        let result = unsafe slipway_set_attribute_at(
            parent.descriptor, name.cString, key, value, value.count)
        let code = errno
        // A file system without user attributes keeps the file, which works without them.
        if result == 0 || code == ENOTSUP { return }
        // Also what ext4 says of attributes that are too large for one file.
        if code == ENOSPC, try Files.freeBytes(at: "/proc/self/fd/\(parent.descriptor)") > 1 << 20 {
            throw TarError.path(
                name.description, why: "its attributes, \(key) among them, are too large")
        }
        throw Files.failure("set attribute \(key) of", name.description, code)
    }
}
