/// Records `LENGTH KEY=VALUE\n` of PAX (POSIX.1-2017 pax, "pax Extended Header").
enum PAXRecords {
    static func parse(_ bytes: [UInt8], at position: Int64) throws(TarError) -> [String: [UInt8]] {
        var records: [String: [UInt8]] = [:]
        var map: [UInt8] = []
        var rest = bytes[...]
        while let first = rest.first, first != 0 {
            guard let blank = rest.prefix(20).firstIndex(of: 0x20),
                let length = Int(String(decoding: rest[rest.startIndex..<blank], as: UTF8.self)),
                length > blank - rest.startIndex + 2, length <= rest.count,
                rest[rest.startIndex + length - 1] == 0x0a,
                let equals = rest[blank..<rest.startIndex + length].firstIndex(
                    of: UInt8(ascii: "="))
            else { throw .header("a damaged extended header", offset: position) }
            let key = String(decoding: rest[blank + 1..<equals], as: UTF8.self)
            let value = Array(rest[equals + 1..<rest.startIndex + length - 1])
            if key == "GNU.sparse.offset" || key == "GNU.sparse.numbytes" {
                // Format 0.0 repeats these two keys instead of giving a map.
                if !map.isEmpty { map.append(UInt8(ascii: ",")) }
                map += value
            } else {
                records[key] = value
            }
            rest = rest.dropFirst(length)
            guard records.count <= 10_000 else { throw .limit("extended header records", 10_000) }
        }
        if !map.isEmpty { records["GNU.sparse.map"] = map }
        return records
    }
}

/// Where the pieces of a sparse file lie (GNU tar manual, "Storing Sparse Files").
enum SparseMap {
    static let limit = 1_000_000

    /// `offset,length,offset,length,…` of format 0.1.
    static func parse(_ text: String) throws(TarError) -> [TarEntry.Extent] {
        let parts = text.utf8.split(separator: UInt8(ascii: ","))
        let numbers = parts.compactMap { Int64(String(decoding: $0, as: UTF8.self)) }
        guard numbers.count == parts.count, numbers.count.isMultiple(of: 2) else {
            throw .header("a damaged sparse map", offset: 0)
        }
        return stride(from: 0, to: numbers.count, by: 2).map {
            TarEntry.Extent(offset: numbers[$0], length: numbers[$0 + 1])
        }
    }

    /// Lines of numbers in front of the data, filled up to whole blocks (format 1.0).
    static func readLeading(_ next: () throws -> [UInt8]) throws -> [TarEntry.Extent] {
        var numbers: [Int64] = []
        var digits: [UInt8] = []
        var wanted = 1
        while numbers.count < wanted {
            let block = try next()
            guard block.count == 512 else {
                throw TarError.header("a damaged sparse map", offset: 0)
            }
            for byte in block where numbers.count < wanted {
                guard byte == 0x0a else {
                    digits.append(byte)
                    guard digits.count < 20 else {
                        throw TarError.header("a damaged sparse map", offset: 0)
                    }
                    continue
                }
                guard let number = Int64(String(decoding: digits, as: UTF8.self)), number >= 0
                else {
                    throw TarError.header("a damaged sparse map", offset: 0)
                }
                if numbers.isEmpty {
                    guard number <= limit else {
                        throw TarError.limit("pieces of a sparse file", limit)
                    }
                    wanted = Int(number) * 2 + 1
                }
                numbers.append(number)
                digits = []
            }
        }
        return stride(from: 1, to: numbers.count, by: 2).map {
            TarEntry.Extent(offset: numbers[$0], length: numbers[$0 + 1])
        }
    }

    static func check(
        _ extents: [TarEntry.Extent], size: Int64, stored: Int64, at position: Int64
    ) throws(TarError) {
        var end: Int64 = 0
        var total: Int64 = 0
        for extent in extents {
            guard extent.offset >= end, extent.length >= 0, extent.length <= size,
                extent.offset <= size - extent.length
            else { throw .header("a sparse map that does not fit its file", offset: position) }
            end = extent.offset + extent.length
            total += extent.length
        }
        guard total == stored else {
            throw .header("a sparse map that does not fit its data", offset: position)
        }
    }
}
