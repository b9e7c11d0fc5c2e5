package import Crypto
import Domain

/// What is wrong with the text of a digest.
package enum DigestError: Error, Hashable, Sendable, CustomStringConvertible {
    case missingAlgorithm(String)
    case unsupportedAlgorithm(String)
    case wrongLength(expected: Int, actual: Int)
    case invalidCharacter(offset: Int)

    package var description: String {
        switch self {
        case .missingAlgorithm(let text):
            "\(Quotation(text)) is not a digest; expected sha256: and 64 hexadecimal digits"
        case .unsupportedAlgorithm(let name):
            "digest algorithm \(Quotation(name, noun: "a name")) is not supported; "
                + "expected sha256 or sha512"
        case .wrongLength(let expected, let actual):
            "a digest of \(actual) digits; expected \(expected)"
        case .invalidCharacter(let offset):
            "digit \(offset + 1) of the digest is not one of 0-9 and a-f"
        }
    }
}

/// A content digest such as `sha256:2c26…`; always well formed (OCI image spec, descriptor).
package struct Digest: Hashable, Comparable, Sendable, CustomStringConvertible {
    package enum Algorithm: String, Hashable, Sendable {
        case sha256, sha512

        package var hexLength: Int { self == .sha256 ? 64 : 128 }
    }

    package let algorithm: Algorithm
    /// Lower-case hexadecimal; the only text of ours that becomes a file's name.
    package let hex: String

    package init(parsing text: some StringProtocol) throws(DigestError) {
        guard let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")) else {
            throw .missingAlgorithm(String(text))
        }
        guard let algorithm = Algorithm(rawValue: String(text[..<colon])) else {
            throw .unsupportedAlgorithm(String(text[..<colon]))
        }
        let body = text[text.utf8.index(after: colon)...]
        guard body.utf8.count == algorithm.hexLength else {
            throw .wrongLength(expected: algorithm.hexLength, actual: body.utf8.count)
        }
        for (offset, byte) in body.utf8.enumerated() where !Self.isHex(byte) {
            throw .invalidCharacter(offset: offset)
        }
        self.algorithm = algorithm
        hex = String(body)
    }

    /// The SHA-256 of bytes that are at hand.
    package init(of bytes: some Sequence<UInt8>) {
        var hasher = SHA256()
        let isContiguous: Void? = bytes.withContiguousStorageIfAvailable { buffer in
            unsafe hasher.update(bufferPointer: UnsafeRawBufferPointer(buffer))
        }
        if isContiguous == nil { hasher.update(data: Array(bytes)) }
        self.init(hasher.finalize())
    }

    /// The digest that a finished SHA-256 gives.
    package init(_ digest: SHA256.Digest) {
        algorithm = .sha256
        var text: [UInt8] = []
        text.reserveCapacity(64)
        for byte in digest {
            text.append(Self.digits[Int(byte >> 4)])
            text.append(Self.digits[Int(byte & 15)])
        }
        hex = String(decoding: text, as: UTF8.self)
    }

    private static let digits = Array("0123456789abcdef".utf8)

    private static func isHex(_ byte: UInt8) -> Bool {
        (byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9"))
            || (byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "f"))
    }

    package static func < (left: Digest, right: Digest) -> Bool {
        left.description < right.description
    }

    package var description: String { "\(algorithm.rawValue):\(hex)" }

    /// The first twelve digits, for people.
    package var short: String { String(hex.prefix(12)) }
}
