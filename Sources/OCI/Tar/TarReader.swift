/// Reads tar archives as they stream by: ustar, PAX, GNU long names and sparse files
/// (POSIX.1-2017 pax, "ustar Interchange Format"; GNU tar manual, "Basic Tar Format").
///
/// Blocks while `source` does, so it belongs on an I/O thread. Every size is bounded: members by
/// `entryLimit`, what extended headers say of one member, or of all, by 1 MiB.
package struct TarReader {
    /// Gives the next bytes; empty at the end.
    package typealias Source = () throws -> [UInt8]

    private let source: Source
    private let entryLimit: Int
    private var buffer: [UInt8] = []
    private var start = 0
    private var entries = 0
    /// Bytes of the current member that were not read yet, and the padding after them.
    private var remaining: Int64 = 0
    private var padding: Int64 = 0
    /// Bytes consumed so far.
    package private(set) var offset: Int64 = 0
    private var globals: [String: [UInt8]] = [:]
    private var extensionBytes = 0
    private var globalBytes = 0
    private static let extensionLimit = 1 << 20

    package init(entryLimit: Int = 1_000_000, source: @escaping Source) {
        self.entryLimit = entryLimit
        self.source = source
    }

    /// The next member; skips what was not read of the one before. Nil at the end.
    package mutating func next() throws -> TarEntry? {
        try skip(remaining + padding)
        (remaining, padding) = (0, 0)
        var extensions = globals
        var longPath: RawPath?
        var longTarget: RawPath?
        extensionBytes = 0
        var isExtended = false
        while true {
            let position = offset
            let block = try read(exactly: 512, orNothing: true)
            guard let block, !block.allSatisfy({ $0 == 0 }) else {
                // An extended header belongs to a member; without one the archive was cut.
                guard !isExtended else { throw TarError.truncated(offset: position) }
                // Two blocks of zeros end an archive; what follows is padding of the tape.
                while !(try take(65_536)).isEmpty {}
                return nil
            }
            let header = try TarHeader(block, at: position)
            isExtended = isExtended || header.isExtension
            switch header.type {
            case UInt8(ascii: "x"):
                extensions.merge(try PAXRecords.parse(try body(header), at: position)) { $1 }
            case UInt8(ascii: "g"):
                let records = try PAXRecords.parse(try body(header), at: position)
                globalBytes += 512 + records.reduce(0) { $0 + $1.value.count }
                try Self.check(globalBytes)
                globals.merge(records) { $1 }
                extensions.merge(records) { $1 }
            case UInt8(ascii: "L"): longPath = text(try body(header))
            case UInt8(ascii: "K"): longTarget = text(try body(header))
            default:
                entries += 1
                guard entries <= entryLimit else { throw TarError.limit("entries", entryLimit) }
                var overlay = HeaderOverlay(
                    header: header, extensions: extensions, longPath: longPath,
                    longTarget: longTarget)
                return try finish(&overlay, at: position)
            }
        }
    }

    private mutating func finish(_ overlay: inout HeaderOverlay, at position: Int64) throws
        -> TarEntry
    {
        let stored = try overlay.storedSize(at: position)
        remaining = stored
        padding = (512 - stored % 512) % 512
        var entry = try overlay.entry(at: position)
        if overlay.header.type == UInt8(ascii: "S") {
            (entry.extents, entry.size) = try oldSparse(overlay.header, at: position)
        } else if overlay.hasSparseMapInData {
            let before = remaining
            let map = try SparseMap.readLeading { try self.readMapBlock() }
            entry.extents = map
            padding = (512 - before % 512) % 512
        }
        if let extents = entry.extents {
            try SparseMap.check(extents, size: entry.size, stored: remaining, at: position)
        }
        return entry
    }

    /// Bytes of the current member, in pieces; empty at its end.
    package mutating func readBody(_ limit: Int = 1 << 16) throws -> [UInt8] {
        guard remaining > 0 else { return [] }
        let piece = try take(Int(min(Int64(limit), remaining)))
        guard !piece.isEmpty else { throw TarError.truncated(offset: offset) }
        remaining -= Int64(piece.count)
        return piece
    }

    /// A whole block, however the source cuts its pieces.
    private mutating func readMapBlock() throws -> [UInt8] {
        guard remaining >= 512, let block = try read(exactly: 512) else { return [] }
        remaining -= 512
        return block
    }

    private static func check(_ bytes: Int) throws(TarError) {
        guard bytes <= extensionLimit else {
            throw .limit("bytes in extension headers", extensionLimit)
        }
    }

    private mutating func body(_ header: TarHeader) throws -> [UInt8] {
        let size = try header.size()
        // The headers count too, so that empty ones cannot go on for ever.
        extensionBytes += 512 + Int(min(size, Int64(Self.extensionLimit)))
        guard size <= Self.extensionLimit else {
            throw TarError.limit("bytes in extension headers", Self.extensionLimit)
        }
        try Self.check(extensionBytes)
        guard let bytes = try read(exactly: Int(size)) else {
            throw TarError.truncated(offset: offset)
        }
        try skip((512 - size % 512) % 512)
        return bytes
    }

    /// The map of GNU's old format: four extents in the header, 21 in each block that follows.
    private mutating func oldSparse(
        _ header: TarHeader, at position: Int64
    ) throws -> ([TarEntry.Extent], Int64) {
        var extents = try header.extents(at: 386, count: 4)
        var hasMore = header.block[482] != 0
        while hasMore {
            guard let block = try read(exactly: 512) else {
                throw TarError.truncated(offset: offset)
            }
            let part = TarHeader(raw: block, position: position)
            extents += try part.extents(at: 0, count: 21)
            guard extents.count <= SparseMap.limit else {
                throw TarError.limit("pieces of a sparse file", SparseMap.limit)
            }
            hasMore = block[504] != 0
        }
        return (extents, try header.number("realsize", 483, 12))
    }

    private func text(_ bytes: [UInt8]) -> RawPath {
        RawPath(bytes.prefix { $0 != 0 })
    }

    // MARK: Bytes

    private mutating func take(_ limit: Int) throws -> [UInt8] {
        if start == buffer.count {
            buffer = try source()
            start = 0
        }
        let end = min(buffer.count, start + limit)
        defer {
            offset += Int64(end - start)
            start = end
        }
        if start == 0, end == buffer.count {
            let whole = buffer
            return whole
        }
        return Array(buffer[start..<end])
    }

    private mutating func read(exactly count: Int, orNothing: Bool = false) throws -> [UInt8]? {
        var bytes = try take(count)
        if bytes.isEmpty, orNothing || count == 0 { return count == 0 ? [] : nil }
        while bytes.count < count {
            let piece = try take(count - bytes.count)
            guard !piece.isEmpty else { throw TarError.truncated(offset: offset) }
            bytes += piece
        }
        return bytes
    }

    private mutating func skip(_ count: Int64) throws {
        var rest = count
        while rest > 0 {
            let piece = try take(Int(min(rest, 1 << 20)))
            guard !piece.isEmpty else { throw TarError.truncated(offset: offset) }
            rest -= Int64(piece.count)
        }
    }
}
