/// A repository that a run takes its source from: `source: {git: …}` (docs/decisions/0016).
package struct GitSource: Hashable, Sendable {
    /// How the repository is entered; values are secrets of the run, here by their names.
    package enum Credentials: Hashable, Sendable {
        case password(username: String, secret: String)
        /// `knownHosts`: lines of the form of sshd(8), SSH_KNOWN_HOSTS; nil for the machine's own.
        case key(secret: String, knownHosts: String?)

        package var secret: String {
            switch self {
            case .password(_, let secret), .key(let secret, _): secret
            }
        }
    }

    package let address: GitAddress
    /// A branch, a tag, a full commit or `refs/…`; nil for the repository's HEAD.
    package let ref: String?
    /// A folder of the repository, without `.` and `..`; nil for all of it.
    package let path: String?
    package let credentials: Credentials?

    package init(
        address: GitAddress, ref: String?, path: String?, credentials: Credentials?
    ) {
        self.address = address
        self.ref = ref
        self.path = path
        self.credentials = credentials
    }

    /// What Git takes for the name of a ref (git-check-ref-format(1)), or of a commit.
    static func problem(ofRef text: String) -> String? {
        if text.isEmpty { return "it is empty" }
        if text.utf8.count > 255 { return "it is longer than 255 bytes" }
        if text.hasPrefix("-") { return "it begins with '-'" }
        let refused = Set(" ~^:?*[\\".utf8)
        if text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7f || refused.contains($0) }) {
            return "it holds a character that no ref has"
        }
        if text == "@" || text.contains("..") || text.contains("@{") || text.hasSuffix(".") {
            return "no ref has this form"
        }
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        if parts.contains(where: { $0.isEmpty || $0.hasPrefix(".") || $0.hasSuffix(".lock") }) {
            return "no ref has this form"
        }
        return nil
    }
}

/// Where a repository is: `https`, `http`, `ssh`, `git` or `file`, or `user@host:path` for ssh.
///
/// What Git would take for a program (`ext::…`) or an option, and passwords, are refused.
package struct GitAddress: Hashable, Sendable, CustomStringConvertible {
    package enum Scheme: String, Hashable, Sendable, CaseIterable {
        case https, http, ssh, git, file
    }

    /// As it was written.
    package let description: String
    package let scheme: Scheme
    /// Empty for files.
    package let host: String

    package init(parsing text: String) throws(GitAddressError) {
        guard text.utf8.count <= 2048 else { throw .tooLong }
        guard !text.isEmpty, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
            throw .character
        }
        guard !text.hasPrefix("-") else { throw .option(text) }
        let authority: Substring
        let path: Substring
        if let colons = text.firstRange(of: "://") {
            guard let scheme = Scheme(rawValue: String(text[..<colons.lowerBound])) else {
                throw .scheme(text)
            }
            self.scheme = scheme
            let rest = text[colons.upperBound...]
            let slash = rest.firstIndex(of: "/") ?? rest.endIndex
            authority = rest[..<slash]
            path = rest[slash...]
        } else {
            guard let colon = text.firstIndex(of: ":"), text[..<colon].contains("@"),
                !text[..<colon].contains("/"), !text[colon...].hasPrefix("::")
            else { throw .scheme(text) }
            scheme = .ssh
            authority = text[..<colon]
            path = text[text.index(after: colon)...]
        }
        guard !path.isEmpty, path != "/", !path.hasPrefix("-") else { throw .path(text) }
        guard !path.contains("?"), !path.contains("#") else { throw .path(text) }
        host = try Self.host(authority, scheme)
        description = text
    }

    /// Scheme, host and port: what a password is for. Only https and http have one.
    package var site: String {
        guard let colons = description.firstRange(of: "://") else { return "" }
        let authority = description[colons.upperBound...].prefix { $0 != "/" }
        return String(description[..<colons.upperBound] + authority)
    }

    private static func host(
        _ authority: Substring, _ scheme: Scheme
    ) throws(GitAddressError) -> String {
        if scheme == .file {
            guard authority.isEmpty else { throw .host(String(authority)) }
            return ""
        }
        var name = authority
        if let at = authority.lastIndex(of: "@") {
            // A token is often written as a name: only ssh's is none.
            guard scheme == .ssh, !authority[..<at].contains(":") else { throw .password }
            guard isName(authority[..<at], "._-+") else { throw .host(String(authority)) }
            name = authority[authority.index(after: at)...]
        }
        if name.hasPrefix("["), let close = name.firstIndex(of: "]") {
            guard isName(name[..<close].dropFirst(), ":."), isPort(name[close...].dropFirst())
            else { throw .host(String(authority)) }
            return String(name[...close])
        }
        let colon = name.firstIndex(of: ":") ?? name.endIndex
        guard isName(name[..<colon], ".-_"), isPort(name[colon...]) else {
            throw .host(String(authority))
        }
        return String(name[..<colon])
    }

    /// Letters, digits and what else is said; neither empty nor an option.
    private static func isName(_ text: Substring, _ others: String) -> Bool {
        let others = Set(others.utf8)
        return !text.isEmpty && !text.hasPrefix("-")
            && text.utf8.allSatisfy { byte in
                (byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7a) || (0x30...0x39).contains(byte)
                    || others.contains(byte)
            }
    }

    /// Nothing, or `:` and digits.
    private static func isPort(_ text: Substring) -> Bool {
        if text.isEmpty { return true }
        guard text.hasPrefix(":"), (2...6).contains(text.utf8.count) else { return false }
        return text.utf8.dropFirst().allSatisfy { (0x30...0x39).contains($0) }
    }

    /// Whether what is sent there can be read by nobody on the way.
    package var isPrivate: Bool {
        switch scheme {
        case .https, .ssh: true
        case .http, .git: ["localhost", "127.0.0.1", "[::1]"].contains(host)
        case .file: false
        }
    }
}

/// Why a text is no address of a repository.
package enum GitAddressError: Error, Hashable, Sendable, CustomStringConvertible {
    case tooLong, character, password
    case option(String)
    case scheme(String)
    case host(String)
    case path(String)

    package var description: String {
        switch self {
        case .tooLong: "the address is longer than 2,048 bytes"
        case .character: "the address is empty, or holds a blank, a control or a foreign character"
        case .password:
            "the address holds a name or a password; list a secret in the file, and say "
                + "'credentials: {username: NAME, password: secrets.X}'"
        case .option(let text): "'\(text.prefix(80))' is an option; expected an address"
        case .scheme(let text):
            "the address is '\(text.prefix(80))'; expected https://, http://, ssh://, git:// or "
                + "file://, or user@host:path"
        case .host(let text): "the address has the host '\(text.prefix(80))'"
        case .path(let text): "the address '\(text.prefix(80))' names no repository of its host"
        }
    }
}
