import CLinux
import Glibc
import OCI

/// Unpacks a tar under one folder; nothing of it can reach beyond that folder.
///
/// Every folder is opened relative to the root's descriptor with `openat2`, so a link that leads
/// out fails in the kernel, whatever the archive did before; every name is then made in the open
/// folder, and links are never followed at its place.
package struct Unpacker {
    package enum Style: Sendable {
        /// An image layer: owners, attributes, and whiteouts in overlayfs' form.
        case layer
        /// A folder of files, folders and links; owners stay ours.
        case tree
    }

    /// What one archive may grow to, whatever it was packed with.
    package struct Limits: Sendable {
        /// Bytes of all files together, their holes counted.
        package var bytes: Int64 = 64 << 30
        /// Names, with the folders that no member names.
        package var names = 1_000_000

        package init() {}
    }

    private let root: OpenFile
    private let style: Style
    private let limits: Limits
    private var parentParts: [RawPath]?
    private var parent: OpenFile
    private var folderTimes: [(parts: [RawPath], entry: TarEntry)] = []
    private var bytes: Int64 = 0
    private var names = 0
    /// Whether the layer hides all that lower ones hold. Overlayfs has no mark for a root.
    package private(set) var hidesLowerLayers = false

    package init(
        into path: String, style: Style, limits: Limits = Limits()
    ) throws(StorageError) {
        root = try Files.open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
        parent = root
        self.style = style
        self.limits = limits
    }

    package mutating func unpack(_ source: @escaping () throws -> [UInt8]) throws {
        var reader = TarReader(entryLimit: limits.names, source: source)
        while let entry = try reader.next() {
            try place(entry) { try reader.readBody(1 << 18) }
        }
        // Last, since each name that was made changed its folder's time.
        for (parts, entry) in folderTimes.reversed() {
            // A later member may have put something else in the place of a folder.
            guard let found = try open(Array(parts.dropLast()), orNil: true) else { continue }
            parent = found
            let name = parts.last ?? "."
            guard try parent.status(of: name)?.kind == .folder else { continue }
            try setMetadata(name, entry, isLink: false)
        }
    }

    private mutating func place(_ entry: TarEntry, body: () throws -> [UInt8]) throws {
        let parts = try TarPath.parts(entry.path)
        guard let name = parts.last else {
            // The root folder itself: its mode and owner are those of the container's `/`.
            if style == .layer, entry.kind == .folder { folderTimes.append(([], entry)) }
            return
        }
        try count(size: entry.kind == .file ? entry.size : 0)
        try enter(Array(parts.dropLast()))
        if style == .layer, name.bytes.starts(with: Self.whiteoutPrefix) {
            if parts == [Self.opaqueMarker] { hidesLowerLayers = true }
            return try placeWhiteout(name, entry)
        }
        switch entry.kind {
        case .file: try placeFile(name, entry, body)
        case .folder: try placeFolder(name, entry, parts)
        case .symbolicLink(let target): try placeLink(name, target, entry)
        case .hardLink(let target): try placeHardLink(parts, name, target, entry)
        case .fifo where style == .layer:
            try parent.clear(name)
            if unsafe mkfifoat(parent.descriptor, name.cString, 0o600) < 0 {
                throw failure("mkfifo", entry)
            }
            try setMetadata(name, entry, isLink: false)
        case .characterDevice where style == .layer && parts.first == "dev",
            .blockDevice where style == .layer && parts.first == "dev":
            // The runtime lays its own /dev over this one: the node could never be seen.
            break
        case .fifo: throw TarError.unsupportedEntry("a fifo", path: entry.path.description)
        case .characterDevice, .blockDevice:
            throw TarError.unsupportedEntry("a device", path: entry.path.description)
        }
    }

    private mutating func count(size: Int64) throws {
        names += 1
        guard names <= limits.names else { throw TarError.limit("entries", limits.names) }
        guard size <= limits.bytes - bytes else {
            throw StorageError.tooLarge(what: "what the archive unpacks to", limit: limits.bytes)
        }
        bytes += size
    }

    /// Opens the folder that the next name stands in, making what is missing.
    private mutating func enter(_ parts: [RawPath]) throws {
        if parts == parentParts { return }
        if let found = try open(parts, orNil: true) {
            parent = found
        } else if let name = parts.last {
            try count(size: 0)
            try enter(Array(parts.dropLast()))
            switch try parent.status(of: name) {
            case nil: try parent.makeFolder(name, mode: 0o755)
            default: _ = try replaceWhiteout(name, mode: 0o755)
            }
            guard let made = try open(parts) else { throw Self.strayed(parts) }
            parent = made
        }
        parentParts = parts
    }

    /// Nil when nothing is there, or with `orNil` what is no folder.
    private func open(_ parts: [RawPath], orNil: Bool = false) throws -> OpenFile? {
        if parts.isEmpty { return root }
        do {
            return try root.open(
                beneath: RawPath(joining: parts), O_RDONLY | O_DIRECTORY, follow: true)
        } catch let error {
            guard case .system(_, _, let code) = error else { throw error }
            if code == ENOENT { return nil }
            guard code == EXDEV || code == ELOOP || code == ENOTDIR else { throw error }
            if orNil { return nil }
            throw Self.strayed(parts)
        }
    }

    private static func strayed(_ parts: [RawPath]) -> TarError {
        .path(
            RawPath(joining: parts).description,
            why: "it passes through a link out of the root, or a file")
    }
}

// MARK: - Names

extension Unpacker {
    private func failure(_ operation: String, _ entry: TarEntry) -> StorageError {
        Files.failure(operation, entry.path.description)
    }

    private func placeFile(
        _ name: RawPath, _ entry: TarEntry, _ body: () throws -> [UInt8]
    ) throws {
        try parent.clear(name)
        let file = try parent.open(
            beneath: name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o600)
        if let extents = entry.extents {
            try write(extents, of: entry, to: file, body)
        } else {
            while true {
                let piece = try body()
                if piece.isEmpty { break }
                try file.write(piece)
            }
        }
        try setMetadata(name, entry, isLink: false)
        try setAttributes(name, entry)
    }

    private func write(
        _ extents: [TarEntry.Extent], of entry: TarEntry, to file: OpenFile,
        _ body: () throws -> [UInt8]
    ) throws {
        var piece: ArraySlice<UInt8> = []
        for extent in extents {
            try file.seek(to: extent.offset)
            var rest = extent.length
            while rest > 0 {
                if piece.isEmpty { piece = try body()[...] }
                guard !piece.isEmpty else { throw TarError.truncated(offset: 0) }
                let part = piece.prefix(Int(min(rest, Int64(piece.count))))
                try file.write(part)
                piece = piece.dropFirst(part.count)
                rest -= Int64(part.count)
            }
        }
        try file.truncate(to: entry.size)
    }

    private mutating func placeFolder(
        _ name: RawPath, _ entry: TarEntry, _ parts: [RawPath]
    ) throws {
        if try parent.status(of: name)?.kind != .folder, try !replaceWhiteout(name, mode: 0o700) {
            try parent.clear(name)
            try parent.makeFolder(name, mode: 0o700)
        }
        try setMetadata(name, entry, isLink: false)
        try setAttributes(name, entry)
        folderTimes.append((parts, entry))
    }

    private func placeLink(_ name: RawPath, _ target: RawPath, _ entry: TarEntry) throws {
        guard !target.isEmpty, target.bytes.count < 4096, !target.bytes.contains(0) else {
            throw TarError.path(entry.path.description, why: "a link without a valid target")
        }
        try parent.clear(name)
        if unsafe symlinkat(target.cString, parent.descriptor, name.cString) < 0 {
            throw failure("symlink", entry)
        }
        try setMetadata(name, entry, isLink: true)
    }

    private func placeHardLink(
        _ parts: [RawPath], _ name: RawPath, _ target: RawPath, _ entry: TarEntry
    ) throws {
        func problem(_ why: String) -> TarError { .path(entry.path.description, why: why) }
        let missing = problem("a hard link to '\(target.description.prefix(200))', not a file here")
        let targetParts = try TarPath.parts(target)
        guard let last = targetParts.last else { throw problem("a hard link to the root") }
        if targetParts == parts { return }
        let found: OpenFile?
        do { found = try open(Array(targetParts.dropLast())) } catch is TarError { throw missing }
        guard let folder = found, let status = try folder.status(of: last), status.kind != .folder
        else { throw missing }
        if let here = try parent.status(of: name), here.inode == status.inode { return }
        try parent.clear(name)
        // Without AT_SYMLINK_FOLLOW a link is linked itself, never what it points to.
        let result = unsafe linkat(
            folder.descriptor, last.cString, parent.descriptor, name.cString, 0)
        if result < 0 { throw errno == ENOENT ? missing : failure("link", entry) }
    }

    private static let opaqueMarker: RawPath = ".wh..wh..opq"
    private static let whiteoutPrefix = Array(".wh.".utf8)

    /// `.wh.NAME` hides NAME of lower layers, `.wh..wh..opq` all that they hold in this folder
    /// (OCI image spec 1.1, "Layer Filesystem Changeset"). Neither touches its own layer.
    private func placeWhiteout(_ marker: RawPath, _ entry: TarEntry) throws {
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
    private func replaceWhiteout(_ name: RawPath, mode: UInt32) throws -> Bool {
        guard unsafe slipway_is_whiteout(parent.descriptor, name.cString) != 0 else { return false }
        try parent.clear(name)
        try parent.makeFolder(name, mode: mode)
        try makeOpaque(name)
        return true
    }

    private func makeOpaque(_ name: RawPath) throws {
        try setAttribute(name, "trusted.overlay.opaque", [UInt8(ascii: "y")])
    }

    private func setMetadata(_ name: RawPath, _ entry: TarEntry, isLink: Bool) throws {
        let mode =
            style == .layer
            ? entry.mode : entry.kind == .folder ? 0o755 : entry.mode & 0o111 | 0o644
        let result = unsafe slipway_set_metadata(
            parent.descriptor, name.cString, entry.owner, entry.group, mode,
            entry.modifiedSeconds, isLink ? 1 : 0, style == .layer ? 1 : 0)
        if result < 0 { throw failure("set the attributes of", entry) }
    }

    private func setAttributes(_ name: RawPath, _ entry: TarEntry) throws {
        guard style == .layer else { return }
        for (key, value) in entry.attributes
        // `trusted.` would speak to overlayfs itself, and `system.` to the kernel.
        where key.hasPrefix("user.") || key == "security.capability" {
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
