/// Builds tar archives byte by byte, also such as no honest tool would write.
package struct RawTar {
    package private(set) var bytes: [UInt8] = []

    package init() {}

    /// Appends a member; its content is `body`, its header's size that of `body` unless given.
    /// `change` may alter the header before its sum is made.
    package mutating func add(
        _ name: some Sequence<UInt8>, type: Character = "0", mode: Int = 0o644, owner: Int = 0,
        group: Int = 0, size: Int? = nil, modified: Int = 1_600_000_000,
        link: some Sequence<UInt8> = [], body: [UInt8] = [],
        change: (inout [UInt8]) -> Void = { _ in }
    ) {
        var block = [UInt8](repeating: 0, count: 512)
        Self.put(Array(name.prefix(100)), in: &block, at: 0)
        Self.put(Self.octal(mode, 7), in: &block, at: 100)
        Self.put(Self.octal(owner, 7), in: &block, at: 108)
        Self.put(Self.octal(group, 7), in: &block, at: 116)
        Self.put(Self.octal(size ?? body.count, 11), in: &block, at: 124)
        Self.put(Self.octal(modified, 11), in: &block, at: 136)
        block[156] = type.asciiValue ?? 0
        Self.put(Array(link.prefix(100)), in: &block, at: 157)
        Self.put(Array("ustar\u{0}00".utf8), in: &block, at: 257)
        change(&block)
        Self.seal(&block)
        bytes += block
        append(padded: body)
    }

    package mutating func add(
        _ name: String, type: Character = "0", mode: Int = 0o644, owner: Int = 0, group: Int = 0,
        size: Int? = nil, modified: Int = 1_600_000_000, link: String = "", body: String = "",
        change: (inout [UInt8]) -> Void = { _ in }
    ) {
        add(
            name.utf8, type: type, mode: mode, owner: owner, group: group, size: size,
            modified: modified, link: link.utf8, body: Array(body.utf8), change: change)
    }

    package mutating func file(_ name: String, _ body: String = "", mode: Int = 0o644) {
        add(name, mode: mode, body: body)
    }

    package mutating func folder(_ name: String, mode: Int = 0o755) {
        add(name, type: "5", mode: mode)
    }

    package mutating func link(_ name: String, to target: String) {
        add(name, type: "2", mode: 0o777, link: target)
    }

    package mutating func hardLink(_ name: String, to target: String) {
        add(name, type: "1", link: target)
    }

    /// An extended header (`x`) for the member that follows, or one for all (`g`).
    package mutating func extended(_ records: [(String, [UInt8])], type: Character = "x") {
        let body = records.flatMap { Self.record($0.0, $0.1) }
        add("PaxHeader".utf8, type: type, body: body)
    }

    package mutating func extended(_ records: [(String, String)], type: Character = "x") {
        extended(records.map { ($0.0, Array($0.1.utf8)) }, type: type)
    }

    /// GNU's long name (`L`) or long link target (`K`) of the member that follows.
    package mutating func long(_ text: String, type: Character = "L") {
        add("././@LongLink".utf8, type: type, body: Array(text.utf8) + [0])
    }

    /// Appends bytes as they are.
    package mutating func append(_ more: [UInt8]) { bytes += more }

    package mutating func append(padded body: [UInt8]) {
        bytes += body
        bytes += [UInt8](repeating: 0, count: (512 - body.count % 512) % 512)
    }

    /// The archive with its two blocks of zeros at the end.
    package var finished: [UInt8] { bytes + [UInt8](repeating: 0, count: 1024) }

    package static func record(_ key: String, _ value: [UInt8]) -> [UInt8] {
        let body = Array(" \(key)=".utf8) + value + [0x0a]
        var length = body.count + 1
        while String(length).utf8.count + body.count != length { length += 1 }
        return Array(String(length).utf8) + body
    }

    package static func octal(_ number: Int, _ width: Int) -> [UInt8] {
        let digits = String(number, radix: 8)
        return Array((String(repeating: "0", count: max(0, width - digits.count)) + digits).utf8)
    }

    /// Writes a number in base 256, which may be negative.
    package static func binary(_ number: Int, in block: inout [UInt8], at start: Int, width: Int) {
        var rest = number
        for index in (start..<start + width).reversed() {
            block[index] = UInt8(truncatingIfNeeded: rest)
            rest >>= 8
        }
        block[start] |= 0x80
    }

    package static func put(_ bytes: [UInt8], in block: inout [UInt8], at start: Int) {
        for (index, byte) in bytes.enumerated() { block[start + index] = byte }
    }

    /// Writes the sum of a header's bytes into it.
    package static func seal(_ block: inout [UInt8]) {
        put(Array("        ".utf8), in: &block, at: 148)
        let sum = block.reduce(0) { $0 + Int($1) }
        put(octal(sum, 6) + [0, 0x20], in: &block, at: 148)
    }
}

/// Gives bytes in pieces of a size, as a slow file or an inflater would.
package func pieces(of bytes: [UInt8], size: Int = 1000) -> () throws -> [UInt8] {
    var start = 0
    return {
        let end = min(bytes.count, start + size)
        defer { start = end }
        return Array(bytes[start..<end])
    }
}

/// An archive of a table, with the fact that it stands for as its name.
package struct TarCase: Sendable, CustomStringConvertible {
    package let description: String
    private let build: @Sendable (inout RawTar) -> Void

    package init(_ fact: String, _ build: @escaping @Sendable (inout RawTar) -> Void) {
        description = fact
        self.build = build
    }

    package var archive: [UInt8] {
        var tar = RawTar()
        build(&tar)
        return tar.finished
    }
}
