import CLinux
import Glibc
import OCI

/// Unpacks a tar under one folder; nothing of it can reach beyond that folder.
///
/// Every name is opened relative to the folder's descriptor with `openat2`, so a link that leads
/// out fails in the kernel, whatever the archive did before.
package struct Unpacker {
    package enum Style: Sendable {
        /// An image layer: owners, attributes, and whiteouts in overlayfs' form.
        case layer
        /// A folder of files, folders and links; owners stay ours.
        case tree
    }

    private let root: OpenFile
    private let style: Style
    private var parentPath: String?
    private var parent: OpenFile
    private var folderTimes: [(path: String, entry: TarEntry)] = []

    package init(into path: String, style: Style) throws(StorageError) {
        root = try Files.open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
        parent = root
        self.style = style
    }

    package mutating func unpack(_ source: @escaping () throws -> [UInt8]) throws {
        var reader = TarReader(source: source)
        while let entry = try reader.next() {
            try place(entry) { try reader.readBody(1 << 18) }
        }
        // Last, since each name that was made changed its folder's time.
        for (path, entry) in folderTimes.reversed() {
            let (folder, name) = Self.split(path)
            try enter(folder)
            try setMetadata(name, entry, isLink: false)
        }
    }

    private static func split(_ path: String) -> (folder: String, name: String) {
        guard let slash = path.lastIndex(of: "/") else { return ("", path) }
        return (String(path[..<slash]), String(path[path.index(after: slash)...]))
    }

    private mutating func place(_ entry: TarEntry, body: () throws -> [UInt8]) throws {
        let parts = try TarPath.parts(entry.path)
        guard let name = parts.last.map(String.init) else {
            // The root folder itself: its mode and owner are those of the container's `/`.
            if style == .layer, entry.kind == .folder {
                try Files.setOwner(root.path, user: entry.owner, group: entry.group)
                try Files.setMode(root.path, entry.mode)
            }
            return
        }
        try enter(parts.dropLast().joined(separator: "/"))
        if style == .layer, name.hasPrefix(".wh.") {
            return try placeWhiteout(name, entry)
        }
        switch entry.kind {
        case .file: try placeFile(name, entry, body)
        case .folder: try placeFolder(name, entry, path: parts.joined(separator: "/"))
        case .symbolicLink(let target): try placeLink(name, target, entry)
        case .hardLink(let target): try placeHardLink(name, target, entry)
        case .fifo where style == .layer:
            try clear(name)
            if unsafe mkfifoat(parent.descriptor, name, 0o600) < 0 {
                throw failure("mkfifo", entry)
            }
            try setMetadata(name, entry, isLink: false)
        case .characterDevice where style == .layer && parts.first == "dev",
            .blockDevice where style == .layer && parts.first == "dev":
            // The runtime lays its own /dev over this one: the node could never be seen.
            break
        case .fifo: throw TarError.unsupportedEntry("a fifo", path: entry.path)
        case .characterDevice, .blockDevice:
            throw TarError.unsupportedEntry("a device", path: entry.path)
        }
    }

    /// Opens the folder that the next name stands in, making what is missing.
    private mutating func enter(_ path: String) throws {
        if path == parentPath { return }
        if path.isEmpty {
            parent = root
        } else if let found = try open(path) {
            parent = found
        } else {
            let (above, name) = Self.split(path)
            try enter(above)
            if unsafe mkdirat(parent.descriptor, name, 0o755) < 0, errno != EEXIST {
                throw Files.failure("mkdir", path)
            }
            parent = try Files.open(beneath: root, path, O_RDONLY | O_DIRECTORY, follow: true)
        }
        parentPath = path
    }

    /// Nil when nothing is there.
    private func open(_ path: String) throws -> OpenFile? {
        do {
            return try Files.open(beneath: root, path, O_RDONLY | O_DIRECTORY, follow: true)
        } catch let error {
            guard case .system(_, _, let code) = error else { throw error }
            if code == ENOENT { return nil }
            guard code == EXDEV || code == ELOOP || code == ENOTDIR else { throw error }
            throw TarError.path(path, why: "it passes through a link out of the root, or a file")
        }
    }
}

// MARK: - Names

extension Unpacker {
    private func failure(_ operation: String, _ entry: TarEntry) -> StorageError {
        Files.failure(operation, entry.path)
    }

    /// Makes room for a name; a folder goes with all that it holds.
    private mutating func clear(_ name: String) throws {
        if unsafe unlinkat(parent.descriptor, name, 0) == 0 || errno == ENOENT { return }
        try Files.removeTree("/proc/self/fd/\(parent.descriptor)/\(name)")
    }

    private mutating func placeFile(
        _ name: String, _ entry: TarEntry, _ body: () throws -> [UInt8]
    ) throws {
        try clear(name)
        let file = try Files.open(
            beneath: parent, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o600)
        if let extents = entry.extents {
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

    private mutating func placeFolder(_ name: String, _ entry: TarEntry, path: String) throws {
        let kind = unsafe slipway_kind_at(parent.descriptor, name)
        if kind != Int32(S_IFDIR) {
            let hidesLower = unsafe slipway_is_whiteout(parent.descriptor, name) != 0
            try clear(name)
            if unsafe mkdirat(parent.descriptor, name, 0o700) < 0 { throw failure("mkdir", entry) }
            if hidesLower { try makeOpaque(name) }
        }
        try setMetadata(name, entry, isLink: false)
        try setAttributes(name, entry)
        folderTimes.append((path, entry))
    }

    private mutating func placeLink(_ name: String, _ target: String, _ entry: TarEntry) throws {
        guard !target.isEmpty, target.utf8.count < 4096, !target.utf8.contains(0) else {
            throw TarError.path(entry.path, why: "a link without a valid target")
        }
        try clear(name)
        if unsafe symlinkat(target, parent.descriptor, name) < 0 { throw failure("symlink", entry) }
        try setMetadata(name, entry, isLink: true)
    }

    private mutating func placeHardLink(_ name: String, _ target: String, _ entry: TarEntry) throws
    {
        let parts = try TarPath.parts(target)
        guard let last = parts.last else {
            throw TarError.path(entry.path, why: "a hard link to the root")
        }
        let folder: OpenFile
        if parts.count == 1 {
            folder = root
        } else {
            do {
                folder = try Files.open(
                    beneath: root, parts.dropLast().joined(separator: "/"),
                    O_RDONLY | O_DIRECTORY, follow: true)
            } catch {
                throw TarError.path(
                    entry.path, why: "a hard link to '\(target.prefix(200))', which is not there")
            }
        }
        guard unsafe slipway_kind_at(folder.descriptor, String(last)) >= 0 else {
            throw TarError.path(
                entry.path, why: "a hard link to '\(target.prefix(200))', which is not there")
        }
        if parts.joined(separator: "/") == (try TarPath.parts(entry.path)).joined(separator: "/") {
            return
        }
        try clear(name)
        // Without AT_SYMLINK_FOLLOW a link is linked itself, never what it points to.
        if unsafe linkat(folder.descriptor, String(last), parent.descriptor, name, 0) < 0 {
            throw failure("link", entry)
        }
    }

    /// `.wh.NAME` hides NAME of lower layers, `.wh..wh..opq` all that they hold in this folder
    /// (OCI image spec 1.1, "Layer Filesystem Changeset"). Neither touches its own layer.
    private mutating func placeWhiteout(_ marker: String, _ entry: TarEntry) throws {
        if marker == ".wh..wh..opq" {
            try setAttribute(parent, ".", "trusted.overlay.opaque", [UInt8(ascii: "y")])
            return
        }
        let name = String(marker.dropFirst(4))
        // Names that begin with `.wh..wh.` are reserved marks of older tools: nothing to hide.
        if marker.hasPrefix(".wh..wh.") { return }
        guard !name.isEmpty, name != ".", name != ".." else {
            throw TarError.path(entry.path, why: "a whiteout without a name")
        }
        let kind = unsafe slipway_kind_at(parent.descriptor, name)
        if kind == Int32(S_IFDIR) { return try makeOpaque(name) }
        guard kind < 0 else { return }
        if unsafe slipway_make_whiteout(parent.descriptor, name) < 0 {
            throw failure("mknod", entry)
        }
    }

    private func makeOpaque(_ name: String) throws {
        try setAttribute(parent, name, "trusted.overlay.opaque", [UInt8(ascii: "y")])
    }

    private func setMetadata(_ name: String, _ entry: TarEntry, isLink: Bool) throws {
        let mode = style == .layer ? entry.mode : entry.mode & 0o111 | 0o644
        let result = unsafe slipway_set_metadata(
            parent.descriptor, name, entry.owner, entry.group, mode, entry.modifiedSeconds,
            isLink ? 1 : 0, style == .layer ? 1 : 0)
        if result < 0 { throw failure("set the attributes of", entry) }
    }

    private func setAttributes(_ name: String, _ entry: TarEntry) throws {
        guard style == .layer else { return }
        for (key, value) in entry.attributes
        // `trusted.` would speak to overlayfs itself, and `system.` to the kernel.
        where key.hasPrefix("user.") || key == "security.capability" {
            guard value.count <= 64 << 10 else {
                throw TarError.path(entry.path, why: "attribute '\(key)' is larger than 64 KiB")
            }
            try setAttribute(parent, name, key, value)
        }
    }

    private func setAttribute(
        _ folder: OpenFile, _ name: String, _ key: String, _ value: [UInt8]
    ) throws {
        let result = unsafe slipway_set_attribute_at(
            folder.descriptor, name, key, value, value.count)
        // A file system without user attributes keeps the file, which works without them.
        if result < 0, errno != ENOTSUP { throw Files.failure("set attribute \(key) of", name) }
    }
}
