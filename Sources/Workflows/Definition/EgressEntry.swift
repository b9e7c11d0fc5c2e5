package import Domain

/// One end that a job with `egress` may reach: `host:port`, over TCP.
package struct EgressEntry: Hashable, Sendable, CustomStringConvertible {
    package enum Host: Hashable, Sendable {
        /// In lower case. The machine that runs the job resolves it, once an attempt.
        case name(String)
        case address(IPv4Address)
    }

    package let host: Host
    package let port: UInt16

    /// Entries of one list.
    package static let countLimit = 64

    /// Reads `example.org:443` or `192.0.2.1:443`.
    package init(parsing text: String) throws(EgressError) {
        guard !text.contains("${") else { throw .reference(text) }
        guard !text.contains("*") else { throw .pattern(text) }
        guard !text.contains("//"), !text.contains("@") else { throw .url(text) }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count <= 2, !text.contains("[") else { throw .sixthVersion(text) }
        guard parts.count == 2 else { throw .noPort(text) }
        port = try Self.port(parts[1], of: text)
        host = try Self.host(parts[0], of: text)
    }

    private static func port(
        _ digits: Substring, of text: String
    ) throws(EgressError) -> UInt16 {
        guard (1...5).contains(digits.utf8.count), digits.utf8.first != UInt8(ascii: "0"),
            digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let port = UInt16(digits)
        else { throw .port(String(digits), of: text) }
        return port
    }

    private static func host(_ part: Substring, of text: String) throws(EgressError) -> Host {
        let name = part.lowercased()
        let digits = name.utf8.allSatisfy {
            $0 == UInt8(ascii: ".") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
        }
        guard digits, !name.isEmpty else {
            guard isHostName(name) else { throw .host(String(part), of: text) }
            guard name != "localhost", !name.hasSuffix(".localhost") else { throw .loopback(text) }
            return .name(name)
        }
        let address: IPv4Address
        do { address = try IPv4Address(parsing: name) } catch {
            throw .host(String(part), of: text)
        }
        guard !IPv4Network.loopback.contains(address) else { throw .loopback(text) }
        guard !IPv4Network.unspecified.contains(address), !IPv4Network.group.contains(address)
        else { throw .noEnd(text) }
        return .address(address)
    }

    /// Labels of letters, digits, `-` and `_`, at most 63 bytes each and 253 together. The last one
    /// begins with a letter: `127.1` and `0x7f.1` are addresses to some resolvers.
    private static func isHostName(_ name: String) -> Bool {
        let letters = UInt8(ascii: "a")...UInt8(ascii: "z")
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        let labels = name.utf8.split(
            separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard name.utf8.count <= 253, let last = labels.last?.first, letters.contains(last) else {
            return false
        }
        return labels.allSatisfy { label in
            (1...63).contains(label.count) && label.first != UInt8(ascii: "-")
                && label.last != UInt8(ascii: "-")
                && label.allSatisfy {
                    letters.contains($0) || digits.contains($0) || $0 == UInt8(ascii: "-")
                        || $0 == UInt8(ascii: "_")
                }
        }
    }

    package var description: String {
        switch host {
        case .name(let name): "\(name):\(port)"
        case .address(let address): "\(address):\(port)"
        }
    }
}

/// Why a text is no entry of `egress`.
package enum EgressError: Error, Hashable, Sendable, CustomStringConvertible {
    case reference(String)
    case pattern(String)
    case url(String)
    case sixthVersion(String)
    case noPort(String)
    case port(String, of: String)
    case host(String, of: String)
    case loopback(String)
    case noEnd(String)

    package var description: String {
        switch self {
        case .reference(let text):
            "'\(text.prefix(60))' holds a reference; what a job may reach stands in the file"
        case .pattern(let text):
            "'\(text.prefix(60))' is a pattern; only names that resolve to addresses can be let "
                + "through, so name each host"
        case .url(let text): "'\(text.prefix(60))' is no host:port, such as example.org:443"
        case .sixthVersion(let text):
            "'\(text.prefix(60))' is no host:port; jobs reach IPv4 addresses alone"
        case .noPort(let text):
            "'\(text.prefix(60))' names no port; expected host:port, such as example.org:443"
        case .port(let port, let text):
            "the port of '\(text.prefix(60))' is '\(port.prefix(20))'; expected 1 to 65535 (TCP)"
        case .host(let host, let text):
            "the host of '\(text.prefix(60))' is '\(host.prefix(60))'; expected a name such as "
                + "example.org or an address such as 192.0.2.1"
        case .loopback(let text):
            "'\(text.prefix(60))' is the job's own loopback device, never the machine's"
        case .noEnd(let text): "'\(text.prefix(60))' is the address of no single machine"
        }
    }
}
