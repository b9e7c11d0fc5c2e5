/// What a registry asks for with a 401 (RFC 9110 §11.6.1).
struct AuthenticationChallenge: Hashable, Sendable {
    /// Lower case, such as `bearer` or `basic`.
    let scheme: String
    /// Names in lower case.
    let parameters: [String: String]

    static let lengthLimit = 16 << 10
    static let countLimit = 32

    /// Reads the values of all `WWW-Authenticate` fields; what is malformed ends the reading.
    static func parse(_ fields: [String]) -> [AuthenticationChallenge] {
        var challenges: [AuthenticationChallenge] = []
        for field in fields where field.utf8.count <= lengthLimit {
            var reader = ChallengeReader(Array(field.utf8))
            while challenges.count < countLimit, let challenge = reader.next() {
                challenges.append(challenge)
            }
        }
        return challenges
    }

    /// The one that is answered: a token before a password.
    static func best(of challenges: [AuthenticationChallenge]) -> AuthenticationChallenge? {
        challenges.first { $0.scheme == "bearer" && $0.parameters["realm"] != nil }
            ?? challenges.first { $0.scheme == "basic" }
    }
}

/// A list of challenges, each with parameters; both are parted by commas, so that a name followed
/// by `=` belongs to the challenge before it.
private struct ChallengeReader {
    private let bytes: [UInt8]
    private var offset = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    private var current: UInt8? { offset < bytes.count ? bytes[offset] : nil }

    mutating func next() -> AuthenticationChallenge? {
        skip { $0 == UInt8(ascii: ",") || Self.isBlank($0) }
        guard let scheme = token() else { return nil }
        var parameters: [String: String] = [:]
        skip(Self.isBlank)
        skipToken68()
        while parameters.count < AuthenticationChallenge.countLimit {
            let start = offset
            skip { $0 == UInt8(ascii: ",") || Self.isBlank($0) }
            guard let name = token(), takeEquals(), let value = value() else {
                // The next challenge, or what cannot be read.
                offset = start
                break
            }
            if parameters[name.lowercased()] == nil { parameters[name.lowercased()] = value }
        }
        return AuthenticationChallenge(scheme: scheme.lowercased(), parameters: parameters)
    }

    private mutating func skip(_ isSkipped: (UInt8) -> Bool) {
        while let byte = current, isSkipped(byte) { offset += 1 }
    }

    /// `Negotiate YII=`: a word that is followed by a comma or the end is no parameter.
    private mutating func skipToken68() {
        let start = offset
        skip { Self.isTokenByte($0) || $0 == UInt8(ascii: "/") }
        skip { $0 == UInt8(ascii: "=") }
        skip(Self.isBlank)
        if offset > start, current == nil || current == UInt8(ascii: ",") { return }
        offset = start
    }

    private mutating func takeEquals() -> Bool {
        skip(Self.isBlank)
        guard current == UInt8(ascii: "=") else { return false }
        offset += 1
        skip(Self.isBlank)
        return true
    }

    private mutating func token() -> String? {
        let start = offset
        skip(Self.isTokenByte)
        return offset > start ? String(decoding: bytes[start..<offset], as: UTF8.self) : nil
    }

    private mutating func value() -> String? {
        guard current == UInt8(ascii: "\"") else { return token() }
        offset += 1
        var text: [UInt8] = []
        while let byte = current {
            offset += 1
            switch byte {
            case UInt8(ascii: "\""): return String(validating: text, as: UTF8.self)
            case UInt8(ascii: "\\"):
                guard let escaped = current else { return nil }
                offset += 1
                text.append(escaped)
            default: text.append(byte)
            }
        }
        return nil
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

    /// RFC 9110 §5.6.2.
    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }
}
