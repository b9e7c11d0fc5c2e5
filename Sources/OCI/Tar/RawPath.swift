/// A name, a path or a link's target as the kernel knows it: bytes in no particular encoding.
///
/// Text would not do. Its comparison takes different bytes for the same name, a combining mark
/// hides the `/` before it, and a name that is not UTF-8 would change on its way.
package struct RawPath: Hashable, Comparable, Sendable {
    package let bytes: [UInt8]

    package init(_ bytes: some Sequence<UInt8>) {
        self.bytes = Array(bytes)
    }

    package init(_ text: some StringProtocol) {
        bytes = Array(text.utf8)
    }

    /// Parts joined by `/`.
    package init(joining parts: some Sequence<RawPath>) {
        bytes = Array(parts.map(\.bytes).joined(separator: [UInt8(ascii: "/")]))
    }

    package var isEmpty: Bool { bytes.isEmpty }

    /// What stands between the slashes; nothing for empty parts.
    package var parts: [RawPath] {
        bytes.split(separator: UInt8(ascii: "/")).map { RawPath($0) }
    }

    /// As C takes it, with a zero at the end.
    package var cString: [CChar] { bytes.map { CChar(bitPattern: $0) } + [0] }

    package static func < (left: RawPath, right: RawPath) -> Bool {
        left.bytes.lexicographicallyPrecedes(right.bytes)
    }
}

extension RawPath: CustomStringConvertible, ExpressibleByStringLiteral {
    package init(stringLiteral text: String) {
        self.init(text)
    }

    /// For messages only: what is not UTF-8 is replaced.
    package var description: String { String(decoding: bytes, as: UTF8.self) }
}

/// Tar paths made safe: relative, without `.`, `..` and empty parts.
package enum TarPath {
    package static let longest = 4096
    package static let deepest = 256

    /// The parts of a path; a leading `/` or `./` is dropped, `..` is refused.
    package static func parts(_ path: RawPath) throws(TarError) -> [RawPath] {
        func problem(_ why: String) -> TarError { .path(path.description, why: why) }
        guard path.bytes.count <= longest else { throw problem("longer than 4096 bytes") }
        guard !path.bytes.contains(0) else { throw problem("it holds a zero byte") }
        let parts = path.parts.filter { $0 != "." }
        guard !parts.contains("..") else { throw problem("it leads out with '..'") }
        guard parts.allSatisfy({ $0.bytes.count <= 255 }) else {
            throw problem("a part is longer than 255 bytes")
        }
        guard parts.count <= deepest else { throw problem("deeper than 256 folders") }
        return parts
    }
}
