/// An `http` or `https` address, in the strict form that leaves two programs no two readings:
/// no user, no fragment, printable ASCII alone (RFC 3986).
struct WebAddress: Hashable, Sendable, CustomStringConvertible {
    enum Scheme: String, Hashable, Sendable {
        case http, https

        var defaultPort: Int { self == .https ? 443 : 80 }
    }

    let scheme: Scheme
    /// Lower case; an IPv6 address stands in brackets.
    let host: String
    let port: Int
    /// With the query; begins with `/`.
    let path: String

    /// The longest address that is read, in bytes.
    static let lengthLimit = 16 << 10

    init(scheme: Scheme, host: String, port: Int, path: String) {
        self.scheme = scheme
        self.host = host
        self.port = port
        self.path = path
    }

    /// Nil for anything that is not of the strict form.
    init?(_ text: String) {
        let bytes = text.utf8
        guard bytes.count <= Self.lengthLimit, bytes.allSatisfy({ $0 > 0x20 && $0 < 0x7f }),
            let colon = text.firstRange(of: "://")
        else { return nil }
        guard let scheme = Scheme(rawValue: text[..<colon.lowerBound].lowercased()) else {
            return nil
        }
        var rest = text[colon.upperBound...]
        if let hash = rest.firstIndex(of: "#") { rest = rest[..<hash] }
        let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
        guard let (host, port) = Self.authority(rest[..<end], scheme) else { return nil }
        var path = String(rest[end...])
        if !path.hasPrefix("/") { path = "/" + path }
        guard !path.contains("\\") else { return nil }
        self.init(scheme: scheme, host: host, port: port, path: path)
    }

    private static func authority(
        _ text: Substring, _ scheme: Scheme
    ) -> (host: String, port: Int)? {
        var host = text
        var port = scheme.defaultPort
        if text.hasPrefix("[") {
            guard let close = text.firstIndex(of: "]") else { return nil }
            host = text[...close]
            let rest = text[text.index(after: close)...]
            guard rest.isEmpty || rest.hasPrefix(":") else { return nil }
            if !rest.isEmpty {
                guard let number = Self.port(rest.dropFirst()) else { return nil }
                port = number
            }
            let isAddress = host.dropFirst().dropLast().utf8.allSatisfy {
                isHexDigit($0) || $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: ".")
            }
            return isAddress ? (host.lowercased(), port) : nil
        }
        if let colon = text.firstIndex(of: ":") {
            guard let number = Self.port(text[text.index(after: colon)...]) else { return nil }
            host = text[..<colon]
            port = number
        }
        guard !host.isEmpty, host.utf8.count <= 255, host.utf8.allSatisfy(isHostByte) else {
            return nil
        }
        return (host.lowercased(), port)
    }

    private static func port(_ text: Substring) -> Int? {
        guard !text.isEmpty, text.utf8.count <= 5,
            text.utf8.allSatisfy({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }),
            let number = Int(text), (1...65535).contains(number)
        else { return nil }
        return number
    }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        (byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9"))
            || (byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "f"))
    }

    private static func isHostByte(_ byte: UInt8) -> Bool {
        (byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9"))
            || (byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "z"))
            || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
    }

    /// Where a `Location` leads from here; nil for what is not read (RFC 9110 §10.2.2).
    func following(_ location: String) -> WebAddress? {
        if location.hasPrefix("//") { return WebAddress("\(scheme.rawValue):\(location)") }
        if location.hasPrefix("/") { return at(location) }
        return WebAddress(location)
    }

    /// Another path of the same origin; nil when it is not of the strict form.
    func at(_ path: String) -> WebAddress? {
        WebAddress("\(origin)\(path.hasPrefix("/") ? "" : "/")\(path)")
    }

    /// What credentials are good for (RFC 6454).
    func hasSameOrigin(as other: WebAddress) -> Bool {
        scheme == other.scheme && host == other.host && port == other.port
    }

    var origin: String {
        "\(scheme.rawValue)://\(host)" + (port == scheme.defaultPort ? "" : ":\(port)")
    }

    /// Whether it can only be this machine.
    var isLoopback: Bool { Self.isLoopback(host) }

    static func isLoopback(_ host: String) -> Bool {
        if host == "localhost" || host == "[::1]" || host.hasSuffix(".localhost") { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }

    var description: String { origin + path }

    /// Without the query, which may be a signature that is as good as a password.
    var shown: String { origin + String(path.prefix { $0 != "?" }) }
}
