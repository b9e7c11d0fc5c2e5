/// A block of 512 bytes that describes a member.
struct TarHeader {
    let block: [UInt8]
    let position: Int64

    /// Checks the sum: all bytes, those of the sum itself counted as blanks.
    init(_ block: [UInt8], at position: Int64) throws(TarError) {
        self.init(raw: block, position: position)
        var sum: Int64 = 0
        for (index, byte) in block.enumerated() {
            sum += (148..<156).contains(index) ? 32 : Int64(byte)
        }
        guard try number("chksum", 148, 8) == sum else { throw .checksum(offset: position) }
    }

    init(raw block: [UInt8], position: Int64) {
        self.block = block
        self.position = position
    }

    var type: UInt8 { block[156] }

    /// Whether it says something of the member that follows.
    var isExtension: Bool {
        type == UInt8(ascii: "x") || type == UInt8(ascii: "L") || type == UInt8(ascii: "K")
    }

    func size() throws(TarError) -> Int64 { try number("size", 124, 12) }

    func text(_ start: Int, _ length: Int) -> RawPath {
        RawPath(block[start..<start + length].prefix { $0 != 0 })
    }

    var path: RawPath {
        let name = text(0, 100)
        // The prefix exists in POSIX' format alone; GNU keeps other things there.
        guard block[257..<263].elementsEqual("ustar\0".utf8) else { return name }
        let prefix = text(345, 155)
        return prefix.isEmpty ? name : RawPath(joining: [prefix, name])
    }

    /// Octal digits, or base 256 when the first bit is set. Only a time may be negative: one
    /// before 1970.
    func number(
        _ field: String, _ start: Int, _ length: Int, mayBeNegative: Bool = false
    ) throws(TarError) -> Int64 {
        let bytes = block[start..<start + length]
        var value: Int64 = 0
        if block[start] & 0x80 != 0 {
            let isNegative = mayBeNegative && block[start] == 0xff
            guard isNegative || block[start] == 0x80 else {
                throw .number(field: field, offset: position)
            }
            for byte in bytes.dropFirst() {
                guard value < 1 << 54 else { throw .number(field: field, offset: position) }
                // The bytes of a negative number, turned over, are those of -1 - number.
                value = value << 8 | Int64(isNegative ? ~byte : byte)
            }
            return isNegative ? -1 - value : value
        }
        let digits = bytes.drop { $0 == 0x20 }.prefix { $0 != 0 && $0 != 0x20 }
        for byte in digits {
            guard byte >= 0x30, byte <= 0x37, value < 1 << 59 else {
                throw .number(field: field, offset: position)
            }
            value = value << 3 | Int64(byte - 0x30)
        }
        return value
    }

    /// Pairs of offset and length, twelve bytes each, of GNU's old sparse format.
    func extents(at start: Int, count: Int) throws(TarError) -> [TarEntry.Extent] {
        var extents: [TarEntry.Extent] = []
        for index in 0..<count where block[start + index * 24] != 0 {
            extents.append(
                TarEntry.Extent(
                    offset: try number("sparse", start + index * 24, 12),
                    length: try number("sparse", start + index * 24 + 12, 12)))
        }
        return extents
    }
}

/// A header with its extensions.
struct HeaderOverlay {
    let header: TarHeader
    let extensions: [String: [UInt8]]
    let longPath: RawPath?
    let longTarget: RawPath?

    private func text(_ key: String) -> String? {
        extensions[key].map { String(decoding: $0, as: UTF8.self) }
    }

    private func raw(_ key: String) -> RawPath? { extensions[key].map { RawPath($0) } }

    /// GNU's sparse format 1.0 keeps its map in front of the data.
    var hasSparseMapInData: Bool { text("GNU.sparse.major") == "1" }

    func storedSize(at position: Int64) throws(TarError) -> Int64 {
        switch header.type {
        case UInt8(ascii: "1"), UInt8(ascii: "2"), UInt8(ascii: "3"), UInt8(ascii: "4"),
            UInt8(ascii: "5"), UInt8(ascii: "6"):
            return 0
        default: break
        }
        let size = try integer("size", or: { () throws(TarError) in try header.size() })
        guard size >= 0, size <= 1 << 50 else { throw .number(field: "size", offset: position) }
        return size
    }

    private func integer(_ key: String) throws(TarError) -> Int64? {
        guard let text = text(key) else { return nil }
        guard let value = Int64(text) else { throw .number(field: key, offset: header.position) }
        return value
    }

    private func integer(
        _ key: String, or fallback: () throws(TarError) -> Int64
    ) throws(TarError) -> Int64 {
        guard let value = try integer(key) else { return try fallback() }
        return value
    }

    private func realSize(at position: Int64) throws(TarError) -> Int64 {
        if let size = try integer("GNU.sparse.realsize") { return size }
        if let size = try integer("GNU.sparse.size") { return size }
        return try storedSize(at: position)
    }

    private func modified() throws(TarError) -> Int64 {
        if let seconds = text("mtime").flatMap({ Double($0) }),
            let whole = Int64(exactly: seconds.rounded(.down))
        {
            return whole
        }
        return try header.number("mtime", 136, 12, mayBeNegative: true)
    }

    func entry(at position: Int64) throws(TarError) -> TarEntry {
        let path = raw("GNU.sparse.name") ?? raw("path") ?? longPath ?? header.path
        guard !path.isEmpty else {
            throw .header("an entry without a name", offset: position)
        }
        var entry = TarEntry(
            kind: try kind(path), path: path,
            mode: UInt32(truncatingIfNeeded: try header.number("mode", 100, 8) & 0o7777),
            owner: try identity("uid", 108), group: try identity("gid", 116),
            size: try realSize(at: position), modifiedSeconds: try modified())
        for (key, value) in extensions where key.hasPrefix("SCHILY.xattr.") {
            entry.attributes[String(key.dropFirst(13))] = value
        }
        if let map = text("GNU.sparse.map") {
            entry.extents = try SparseMap.parse(map)
        } else if text("GNU.sparse.realsize") != nil || text("GNU.sparse.size") != nil {
            // A file that is one hole has no pieces.
            entry.extents = []
        }
        return entry
    }

    private func identity(_ key: String, _ start: Int) throws(TarError) -> UInt32 {
        let value = try integer(
            key, or: { () throws(TarError) in try header.number(key, start, 8) })
        // The largest one means "leave it as it is" to chown(2).
        guard let identity = UInt32(exactly: value), identity != .max else {
            throw .number(field: key, offset: header.position)
        }
        return identity
    }

    private func kind(_ path: RawPath) throws(TarError) -> TarEntry.Kind {
        let target = raw("linkpath") ?? longTarget ?? header.text(157, 100)
        switch header.type {
        case 0, UInt8(ascii: "0"), UInt8(ascii: "7"), UInt8(ascii: "S"):
            // Before POSIX a folder was a file whose name ends with a slash.
            return header.type == 0 && path.bytes.last == UInt8(ascii: "/") ? .folder : .file
        case UInt8(ascii: "1"): return .hardLink(target: target)
        case UInt8(ascii: "2"): return .symbolicLink(target: target)
        case UInt8(ascii: "3"): return .characterDevice
        case UInt8(ascii: "4"): return .blockDevice
        case UInt8(ascii: "5"): return .folder
        case UInt8(ascii: "6"): return .fifo
        default:
            throw .unsupportedEntry("of the unknown type \(header.type)", path: path.description)
        }
    }
}
