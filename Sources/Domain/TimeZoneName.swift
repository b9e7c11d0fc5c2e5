/// A name of the time zone database, such as `UTC` or `Europe/Berlin`, by its form: parts of
/// letters, digits, `_`, `+` and `-` that begin with a letter, at most four, 64 bytes together.
package struct TimeZoneName: Hashable, Sendable, CustomStringConvertible {
    package let description: String

    package static let utc = TimeZoneName(unchecked: "UTC")

    private init(unchecked text: String) {
        description = text
    }

    /// Nil when the text has not the form.
    package init?(parsing text: String) {
        let parts = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard (1...64).contains(text.utf8.count), parts.count <= 4 else { return nil }
        for part in parts {
            guard let first = part.first, Self.isLetter(first), part.allSatisfy(Self.isInner)
            else { return nil }
        }
        description = text
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "z")
    }

    private static func isInner(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): true
        case UInt8(ascii: "_"), UInt8(ascii: "+"), UInt8(ascii: "-"): true
        default: isLetter(byte)
        }
    }
}
