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

    let root: OpenFile
    let style: Style
    private let limits: Limits
    private var parentParts: [RawPath]?
    /// The folder that the next name stands in.
    private(set) var parent: OpenFile
    var folderTimes: [(parts: [RawPath], entry: TarEntry)] = []
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
    func open(_ parts: [RawPath], orNil: Bool = false) throws -> OpenFile? {
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
