/// The immutable id of one run: sorts by the time when it was made (a ULID in lower case).
package struct RunID: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let text: String

    /// Makes an id from a time and 80 bits of randomness (github.com/ulid/spec).
    package init(at time: Timestamp, random: (UInt16, UInt64)) {
        let milliseconds = UInt64(max(0, time.microseconds / 1000)) & 0xffff_ffff_ffff
        var bytes: [UInt8] = []
        bytes.reserveCapacity(26)
        for shift in stride(from: 45, through: 0, by: -5) {
            bytes.append(Self.alphabet[Int(milliseconds >> UInt64(shift) & 31)])
        }
        var high = UInt64(random.0)
        var low = random.1
        var tail: [UInt8] = []
        for _ in 0..<16 {
            tail.append(Self.alphabet[Int(low & 31)])
            low = low >> 5 | high << 59
            high >>= 5
        }
        bytes.append(contentsOf: tail.reversed())
        text = String(decoding: bytes, as: UTF8.self)
    }

    /// Reads an id; nil when the text is not 26 characters of the alphabet.
    package init?(parsing text: some StringProtocol) {
        let lower = text.lowercased()
        guard lower.utf8.count == 26, lower.utf8.allSatisfy(Self.alphabet.contains) else {
            return nil
        }
        self.text = lower
    }

    private static let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)

    package static func < (left: RunID, right: RunID) -> Bool { left.text < right.text }

    package var description: String { text }
}

/// Whose a row is: a user or an organisation. A home without accounts holds one, `local`.
package struct NamespaceID: Hashable, Sendable {
    package let value: Int64

    package init(value: Int64) {
        self.value = value
    }

    package static let local = NamespaceID(value: 1)
}
