import Domain

/// What is wrong with the text of an image reference.
package enum ReferenceError: Error, Hashable, Sendable, CustomStringConvertible {
    case malformed(String, why: String)

    package var description: String {
        switch self {
        case .malformed(let text, let why):
            "\(Quotation(text, limit: 300)) is not an image reference: \(why); expected "
                + "[host/]repository[:tag][@digest], such as library/gcc:12"
        }
    }
}

/// `[host/]repository[:tag][@digest]`; a bare name means `library/NAME` (DESIGN §2, "Components").
///
/// The grammar is that of github.com/distribution/reference; the host is told from the first
/// part of the repository by a dot, a colon or the word `localhost`.
package struct ImageReference: Hashable, Sendable, CustomStringConvertible {
    package let host: String?
    /// Lower-case path such as `library/gcc`.
    package let repository: String
    package let tag: String?
    package let digest: Digest?

    package init(host: String?, repository: String, tag: String?, digest: Digest?) {
        self.host = host
        self.repository = repository
        self.tag = tag
        self.digest = digest
    }

    package init(parsing text: some StringProtocol) throws(ReferenceError) {
        let whole = String(text)
        guard whole.utf8.count <= 4096 else { throw .malformed(whole, why: "it is too long") }
        var rest = whole[...]
        if let at = rest.firstIndex(of: "@") {
            do {
                digest = try Digest(parsing: rest[rest.index(after: at)...])
            } catch {
                throw .malformed(whole, why: error.description)
            }
            rest = rest[..<at]
        } else {
            digest = nil
        }
        let lastSlash = rest.lastIndex(of: "/") ?? rest.startIndex
        if let colon = rest[lastSlash...].firstIndex(of: ":") {
            let name = rest[rest.index(after: colon)...]
            guard Self.isTag(name) else { throw .malformed(whole, why: "the tag is not valid") }
            tag = String(name)
            rest = rest[..<colon]
        } else {
            tag = nil
        }
        if let slash = rest.firstIndex(of: "/"), Self.looksLikeHost(rest[..<slash]) {
            guard Self.isHost(rest[..<slash]) else {
                throw .malformed(whole, why: "the host is not valid")
            }
            host = String(rest[..<slash])
            rest = rest[rest.index(after: slash)...]
        } else {
            host = nil
        }
        guard Self.isRepository(rest) else {
            throw .malformed(
                whole, why: "a repository holds lower-case letters, digits, '.', '_', '-' and '/'")
        }
        repository = host == nil && !rest.contains("/") ? "library/\(rest)" : String(rest)
        guard repository.utf8.count <= 255 else {
            throw .malformed(whole, why: "the repository is longer than 255 characters")
        }
    }

    /// The tag that a reference without tag and digest means.
    package static let defaultTag = "latest"

    /// `host/repository`, without tag and digest.
    package var name: String { host.map { "\($0)/\(repository)" } ?? repository }

    package var description: String {
        name + (tag.map { ":\($0)" } ?? "") + (digest.map { "@\($0)" } ?? "")
    }
}

extension ImageReference {
    /// Whether a text can be the host of a reference.
    package static func isRegistry(_ text: String) -> Bool {
        looksLikeHost(text[...]) && isHost(text[...])
    }

    private static func looksLikeHost(_ text: Substring) -> Bool {
        text.contains(".") || text.contains(":") || text == "localhost"
    }

    private static func isHost(_ text: Substring) -> Bool {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let isName = parts[0].split(separator: ".", omittingEmptySubsequences: false).allSatisfy {
            !$0.isEmpty && $0.first != "-" && $0.last != "-"
                && $0.utf8.allSatisfy {
                    isLowerOrDigit($0) || $0 == UInt8(ascii: "-")
                        || ($0 >= UInt8(ascii: "A") && $0 <= UInt8(ascii: "Z"))
                }
        }
        return isName && (parts.count == 1 || UInt16(parts[1]) != nil)
    }

    /// `[\w][\w.-]{0,127}` (OCI distribution spec, "Pulling manifests").
    package static func isTag(_ text: some StringProtocol) -> Bool {
        guard let first = text.utf8.first, text.utf8.count <= 128 else { return false }
        return isWord(first)
            && text.utf8.allSatisfy {
                isWord($0) || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-")
            }
    }

    /// Parts of letters and digits joined by `.`, `_`, `__` or dashes, joined by `/`.
    private static func isRepository(_ text: Substring) -> Bool {
        text.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { part in
            guard let first = part.utf8.first, let last = part.utf8.last,
                isLowerOrDigit(first), isLowerOrDigit(last)
            else { return false }
            var separators: [UInt8] = []
            for byte in part.utf8 {
                if isLowerOrDigit(byte) {
                    separators = []
                    continue
                }
                separators.append(byte)
                let isDash = separators.allSatisfy { $0 == UInt8(ascii: "-") }
                let isDot = separators == [UInt8(ascii: ".")]
                let isUnderscore =
                    separators.count <= 2 && separators.allSatisfy { $0 == UInt8(ascii: "_") }
                guard isDash || isDot || isUnderscore else { return false }
            }
            return true
        }
    }

    private static func isLowerOrDigit(_ byte: UInt8) -> Bool {
        (byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z"))
            || (byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9"))
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        isLowerOrDigit(byte) || (byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z"))
            || byte == UInt8(ascii: "_")
    }
}
