/// An IPv4 address (RFC 791), written as four decimal numbers.
package struct IPv4Address: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The first number of the four in the highest byte.
    package let value: UInt32

    package init(_ value: UInt32) {
        self.value = value
    }

    /// Reads `192.0.2.1`. Leading zeros, which some programs take for octal, and shorter forms
    /// are refused.
    package init(parsing text: some StringProtocol) throws(AddressError) {
        var value: UInt32 = 0
        var count = 0
        for part in text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        {
            guard (1...3).contains(part.count), part.count == 1 || part.first != UInt8(ascii: "0")
            else { throw .address(String(text)) }
            var number: UInt32 = 0
            for byte in part {
                guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else {
                    throw .address(String(text))
                }
                number = number * 10 + UInt32(byte - UInt8(ascii: "0"))
            }
            count += 1
            guard number <= 255, count <= 4 else { throw .address(String(text)) }
            value = value << 8 | number
        }
        guard count == 4 else { throw .address(String(text)) }
        self.value = value
    }

    package static func < (left: IPv4Address, right: IPv4Address) -> Bool {
        left.value < right.value
    }

    package var description: String {
        "\(value >> 24).\(value >> 16 & 255).\(value >> 8 & 255).\(value & 255)"
    }
}

/// A range of addresses (RFC 4632), such as `10.0.0.0/8`.
package struct IPv4Network: Hashable, Sendable, CustomStringConvertible {
    /// The first address of the range.
    package let first: IPv4Address
    /// How many leading bits all its addresses have in common: 0 to 32.
    package let prefix: Int

    /// One address.
    package init(_ address: IPv4Address) {
        first = address
        prefix = 32
    }

    private init(_ value: UInt32, _ prefix: Int) {
        first = IPv4Address(value)
        self.prefix = prefix
    }

    /// The range of some length (0 to 32) that an address is in.
    package init(around address: IPv4Address, prefix: Int) {
        self.init(address.value & Self.mask(prefix), prefix)
    }

    /// Reads `10.0.0.0/8`, or one address; bits behind the prefix must be zero.
    package init(parsing text: some StringProtocol) throws(AddressError) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard let head = parts.first, parts.count <= 2 else { throw .network(String(text)) }
        do { first = try IPv4Address(parsing: head) } catch { throw .network(String(text)) }
        guard parts.count == 2 else {
            prefix = 32
            return
        }
        guard parts[1].utf8.count <= 2, parts[1].utf8.allSatisfy({ (48...57).contains($0) }),
            let length = Int(parts[1]), length <= 32
        else { throw .network(String(text)) }
        prefix = length
        let start = IPv4Network(around: first, prefix: length)
        guard start.first == first else { throw .beyondPrefix(String(text), meant: start) }
    }

    private static func mask(_ prefix: Int) -> UInt32 { prefix == 0 ? 0 : .max << (32 - prefix) }

    package func contains(_ address: IPv4Address) -> Bool {
        address.value & Self.mask(prefix) == first.value
    }

    /// RFC 1122, section 3.2.1.3.
    package static let loopback = IPv4Network(127 << 24, 8)
    /// "This network" (RFC 1122); the kernel takes 0.0.0.0 for the machine itself.
    package static let unspecified = IPv4Network(0, 8)
    /// RFC 3927; clouds tell machines their credentials at 169.254.169.254.
    package static let linkLocal = IPv4Network(169 << 24 | 254 << 16, 16)
    /// Multicast (RFC 5771), what is reserved above it, and the broadcast address.
    package static let group = IPv4Network(224 << 24, 3)

    package var description: String { "\(first)/\(prefix)" }
}

/// Why a text is no address.
package enum AddressError: Error, Hashable, Sendable, CustomStringConvertible {
    case address(String)
    case network(String)
    /// Bits behind the prefix are set.
    case beyondPrefix(String, meant: IPv4Network)

    package var description: String {
        switch self {
        case .address(let text):
            "'\(text.prefix(60))' is no IPv4 address; expected four numbers such as 192.0.2.1"
        case .network(let text):
            "'\(text.prefix(60))' is no range of IPv4 addresses; expected one such as 10.0.0.0/8"
        case .beyondPrefix(let text, let meant):
            "'\(text.prefix(60))' has bits beyond its prefix; expected \(meant)"
        }
    }
}
