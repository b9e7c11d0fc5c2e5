import Domain

/// What is wrong with a tar archive.
package enum TarError: Error, Hashable, Sendable, CustomStringConvertible {
    case truncated(offset: Int64)
    case checksum(offset: Int64)
    case number(field: String, offset: Int64)
    case header(String, offset: Int64)
    case limit(String, Int)
    case path(String, why: String)
    case unsupportedEntry(String, path: String)

    package var description: String {
        switch self {
        case .truncated(let offset):
            "the archive ends in the middle of something, at byte \(offset)"
        case .checksum(let offset): "byte \(offset): not a tar header (its checksum is wrong)"
        case .number(let field, let offset): "byte \(offset): the field '\(field)' is not a number"
        case .header(let why, let offset): "byte \(offset): \(why)"
        case .limit(let what, let limit): "more than \(limit) \(what)"
        case .path(let path, let why):
            "entry \(Quotation(path, limit: 4096, noun: "a path")): \(why)"
        case .unsupportedEntry(let kind, let path):
            "entry \(Quotation(path, limit: 4096, noun: "a path")) is \(kind), which is not allowed"
        }
    }
}

/// One member of a tar archive: its header, with extensions already laid over it.
package struct TarEntry: Sendable {
    package enum Kind: Hashable, Sendable {
        case file
        case folder
        case symbolicLink(target: RawPath)
        /// The content is that of an earlier member of this path.
        case hardLink(target: RawPath)
        case characterDevice, blockDevice, fifo
    }

    /// A piece of a sparse file that the archive holds; what lies between is zeros.
    package struct Extent: Hashable, Sendable {
        package let offset: Int64
        package let length: Int64
    }

    package var kind: Kind
    /// As the archive says it; see `TarPath` for the form that is safe to use.
    package var path: RawPath
    package var mode: UInt32
    package var owner: UInt32
    package var group: UInt32
    /// Bytes of the file after unpacking.
    package var size: Int64
    package var modifiedSeconds: Int64
    /// Extended attributes (PAX `SCHILY.xattr.`).
    package var attributes: [String: [UInt8]] = [:]
    /// Nil for a file that is not sparse.
    package var extents: [Extent]?

    package init(
        kind: Kind, path: RawPath, mode: UInt32, owner: UInt32 = 0, group: UInt32 = 0,
        size: Int64 = 0, modifiedSeconds: Int64 = 0
    ) {
        self.kind = kind
        self.path = path
        self.mode = mode
        self.owner = owner
        self.group = group
        self.size = size
        self.modifiedSeconds = modifiedSeconds
    }
}
