/// Writes a tar whose bytes follow from its content alone: no owners, modes cut to 0644 or 0755,
/// no times but those that it is given (seconds since 1970). PAX headers carry what ustar cannot
/// hold.
package struct TarWriter {
    private let sink: ([UInt8]) throws -> Void

    package init(sink: @escaping ([UInt8]) throws -> Void) {
        self.sink = sink
    }

    package func folder(_ path: RawPath, modified: Int64 = 0) throws {
        let name = RawPath(path.bytes + [UInt8(ascii: "/")])
        try header(name, type: UInt8(ascii: "5"), mode: 0o755, size: 0, target: "", modified)
    }

    package func symbolicLink(
        _ path: RawPath, target: RawPath, modified: Int64 = 0
    ) throws {
        try header(path, type: UInt8(ascii: "2"), mode: 0o777, size: 0, target: target, modified)
    }

    /// Writes a file whose `size` bytes `body` gives in pieces, an empty one at the end.
    package func file(
        _ path: RawPath, isExecutable: Bool, size: Int64, modified: Int64 = 0,
        body: () throws -> [UInt8]
    ) throws {
        try header(
            path, type: UInt8(ascii: "0"), mode: isExecutable ? 0o755 : 0o644, size: size,
            target: "", modified)
        var rest = size
        while rest > 0 {
            let piece = try body()
            // A file that shrank while it was read must not shift what follows.
            guard !piece.isEmpty, Int64(piece.count) <= rest else {
                throw TarError.path(path.description, why: "its size changed while it was read")
            }
            try sink(piece)
            rest -= Int64(piece.count)
        }
        try pad(size)
    }

    package func finish() throws {
        try sink([UInt8](repeating: 0, count: 1024))
    }

    private func pad(_ size: Int64) throws {
        let rest = Int((512 - size % 512) % 512)
        if rest > 0 { try sink([UInt8](repeating: 0, count: rest)) }
    }

    private func header(
        _ path: RawPath, type: UInt8, mode: UInt32, size: Int64, target: RawPath,
        _ modified: Int64
    ) throws {
        var records: [UInt8] = []
        if path.bytes.count > 100 { records += Self.record("path", path.bytes) }
        if target.bytes.count > 100 { records += Self.record("linkpath", target.bytes) }
        if size >= 1 << 33 { records += Self.record("size", Array(String(size).utf8)) }
        if !records.isEmpty {
            try sink(
                Self.block(
                    "pax", type: UInt8(ascii: "x"), mode: 0o644, size: Int64(records.count),
                    target: ""))
            try sink(records)
            try pad(Int64(records.count))
        }
        let plainSize = size >= 1 << 33 ? 0 : size
        try sink(
            Self.block(
                path, type: type, mode: mode, size: plainSize, target: target, modified))
    }

    private static func record(_ key: String, _ value: [UInt8]) -> [UInt8] {
        let body = Array(" \(key)=".utf8) + value + [0x0a]
        var length = body.count + 1
        while String(length).utf8.count + body.count != length { length += 1 }
        return Array(String(length).utf8) + body
    }

    private static func block(
        _ path: RawPath, type: UInt8, mode: UInt32, size: Int64, target: RawPath,
        _ modified: Int64 = 0
    ) -> [UInt8] {
        var block = [UInt8](repeating: 0, count: 512)
        func put(_ bytes: some Sequence<UInt8>, at start: Int, limit: Int) {
            for (index, byte) in bytes.prefix(limit).enumerated() { block[start + index] = byte }
        }
        func octal(_ number: Int64, _ width: Int) -> String {
            let digits = String(number, radix: 8)
            return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
        }
        put(path.bytes, at: 0, limit: 100)
        put(octal(Int64(mode), 7).utf8, at: 100, limit: 7)
        put("0000000".utf8, at: 108, limit: 7)
        put("0000000".utf8, at: 116, limit: 7)
        put(octal(size, 11).utf8, at: 124, limit: 11)
        // Eleven octal digits.
        put(octal(min(max(0, modified), 1 << 33 - 1), 11).utf8, at: 136, limit: 11)
        put("        ".utf8, at: 148, limit: 8)
        block[156] = type
        put(target.bytes, at: 157, limit: 100)
        put("ustar\u{0}00".utf8, at: 257, limit: 8)
        let sum = block.reduce(0) { $0 + Int64($1) }
        put((octal(sum, 6) + "\u{0} ").utf8, at: 148, limit: 8)
        return block
    }
}
