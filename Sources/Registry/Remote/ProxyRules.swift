import Domain

/// Which proxy leads to a host, as `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` say (curl(1),
/// "ENVIRONMENT"); names in lower case win. This machine is never reached through one.
package struct ProxyRules: Sendable {
    struct Proxy: Hashable, Sendable {
        let host: String
        let port: Int
        let user: String?
        let password: String?
    }

    private let secure: String?
    private let plain: String?
    private let direct: [String]

    package init(environment: [String: String] = [:]) {
        func value(_ name: String) -> String? {
            [name.lowercased(), name].compactMap { environment[$0] }.first { !$0.isEmpty }
        }
        secure = value("HTTPS_PROXY")
        plain = value("HTTP_PROXY")
        direct = (value("NO_PROXY") ?? "").split { $0 == "," || $0 == " " }.prefix(1000)
            .map { $0.lowercased() }
    }

    /// Nil to go directly; an error names a variable whose value is no proxy.
    func proxy(for address: WebAddress) throws -> Proxy? {
        let (name, text) =
            address.scheme == .https ? ("HTTPS_PROXY", secure) : ("HTTP_PROXY", plain)
        guard let text, !address.isLoopback, !isDirect(address) else { return nil }
        guard let proxy = Self.read(text) else {
            // It may hold a password.
            throw RegistryError.proxy(
                name, why: "its value is no proxy; expected http://[USER:PASSWORD@]HOST:PORT")
        }
        return proxy
    }

    static func read(_ text: String) -> Proxy? {
        var rest = text[...]
        if let mark = rest.firstRange(of: "://") {
            guard rest[..<mark.lowerBound].lowercased() == "http" else { return nil }
            rest = rest[mark.upperBound...]
        }
        var names: [String?] = []
        if let at = rest.lastIndex(of: "@") {
            names = rest[..<at].split(
                separator: ":", maxSplits: 1, omittingEmptySubsequences: false
            )
            .map { Self.plain($0) }
            guard names.allSatisfy({ $0 != nil }) else { return nil }
            rest = rest[rest.index(after: at)...]
        }
        // The scheme decides the port that is meant when none is said.
        guard let address = WebAddress("http://\(rest)"), address.path == "/" else { return nil }
        return Proxy(
            host: address.host, port: address.port, user: names.first ?? nil,
            password: names.count > 1 ? names[1] : nil)
    }

    /// Resolves `%40`; nil when it is malformed.
    private static func plain(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard rest.count >= 2,
                let code = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            else { return nil }
            bytes.append(code)
            rest = rest.dropFirst(2)
        }
        return String(validating: bytes, as: UTF8.self)
    }

    private func isDirect(_ address: WebAddress) -> Bool {
        direct.contains { rule in
            if rule == "*" || rule == "\(address.host):\(address.port)" { return true }
            if let slash = rule.firstIndex(of: "/") {
                return Self.holds(rule[..<slash], rule[rule.index(after: slash)...], address.host)
            }
            let name = rule.hasPrefix("*.") ? rule.dropFirst(2) : rule.drop { $0 == "." }
            return !name.isEmpty && (address.host == name || address.host.hasSuffix(".\(name)"))
        }
    }

    /// Whether an IPv4 network (`10.0.0.0/8`) holds an address.
    private static func holds(_ network: Substring, _ length: Substring, _ host: String) -> Bool {
        guard let bits = UInt32(length), bits <= 32, let base = number(network),
            let address = number(host[...])
        else { return false }
        return bits == 0 || base >> (32 - bits) == address >> (32 - bits)
    }

    private static func number(_ text: Substring) -> UInt32? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        let bytes = parts.compactMap { UInt8($0) }
        guard parts.count == 4, bytes.count == 4 else { return nil }
        return bytes.reduce(0) { $0 << 8 | UInt32($1) }
    }
}
