import Domain

/// A file with credentials for registries, as Docker and Podman write it (containers-auth.json(5),
/// docker's `config.json`). Other keys of it are not looked at.
struct AuthFile: Sendable {
    enum Entry: Sendable {
        case credentials(RegistryCredentials)
        /// `docker-credential-NAME`.
        case helper(String)
    }

    /// By key: a host, a host with a part of a repository, or an old address.
    private var stored: [String: RegistryCredentials] = [:]
    private var helpers: [String: String] = [:]
    private var store: String?

    static let sizeLimit = 1 << 20

    /// At most 1 MiB; the message never holds what the file says.
    init(parsing bytes: [UInt8]) throws(AuthFileError) {
        guard bytes.count <= Self.sizeLimit else { throw .tooLarge }
        let json: JSONValue
        do { json = try JSONParser.parse(bytes) } catch { throw .malformed(error) }
        guard json.objectValue != nil else { throw .notAnObject }
        for (key, entry) in json["auths"]?.objectValue ?? [:] {
            guard let credentials = try Self.credentials(entry, key) else { continue }
            stored[key] = credentials
        }
        for (key, name) in json["credHelpers"]?.objectValue ?? [:] {
            helpers[key] = try Self.helper(name, "credHelpers.\(key)")
        }
        if let name = json["credsStore"], name != .null, name != "" {
            store = try Self.helper(name, "credsStore")
        }
    }

    /// Nil for an entry that says only that a helper keeps the password.
    private static func credentials(
        _ entry: JSONValue, _ key: String
    ) throws(AuthFileError) -> RegistryCredentials? {
        if let token = entry["identitytoken"]?.stringValue, !token.isEmpty {
            return .identityToken(Secret(token))
        }
        if let text = entry["auth"]?.stringValue, !text.isEmpty {
            guard var bytes = Base64.decode(text),
                let colon = bytes.firstIndex(of: UInt8(ascii: ":"))
            else { throw .malformedEntry(key) }
            // Docker's own tools take zero bytes off the end.
            while bytes.last == 0 { bytes.removeLast() }
            guard colon < bytes.endIndex,
                let user = String(validating: bytes[..<colon], as: UTF8.self),
                let password = String(validating: bytes[(colon + 1)...], as: UTF8.self)
            else { throw .malformedEntry(key) }
            return .password(user: user, Secret(password))
        }
        if let user = entry["username"]?.stringValue, !user.isEmpty,
            let password = entry["password"]?.stringValue
        {
            return .password(user: user, Secret(password))
        }
        return nil
    }

    private static func helper(
        _ value: JSONValue, _ key: String
    ) throws(AuthFileError) -> String {
        guard let name = value.stringValue, isHelperName(name) else {
            throw .malformedHelper(key)
        }
        return name
    }

    /// It becomes a part of a program's name: no way out of a folder.
    static func isHelperName(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.count <= 100
            && name.utf8.allSatisfy {
                ($0 | 0x20 >= UInt8(ascii: "a") && $0 | 0x20 <= UInt8(ascii: "z"))
                    || ($0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9"))
                    || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_")
                    || $0 == UInt8(ascii: ".")
            }
    }
}

extension AuthFile {
    /// What the file says of a repository: the helper of its host, then the longest key that is a
    /// part of its name, then the helper for all hosts.
    func entries(for repository: RemoteRepository) -> [Entry] {
        let names = repository.host.names
        var entries: [Entry] = []
        for name in names {
            if let helper = helpers[name] { entries.append(.helper(helper)) }
        }
        if let found = stored(for: repository) { entries.append(.credentials(found)) }
        if let store, entries.isEmpty { entries.append(.helper(store)) }
        return entries
    }

    private func stored(for repository: RemoteRepository) -> RegistryCredentials? {
        for name in repository.host.names {
            var key = "\(name)/\(repository.name)"
            while true {
                if let found = stored[key] { return found }
                guard let slash = key.lastIndex(of: "/") else { break }
                key = String(key[..<slash])
            }
        }
        // Addresses, as older tools wrote them: the host of each.
        for key in stored.keys.sorted() {
            if repository.host.names.contains(Self.host(ofAddress: key) ?? "") {
                return stored[key]
            }
        }
        return nil
    }

    /// `https://index.docker.io/v1/` → `index.docker.io`; nil for a key without a scheme.
    static func host(ofAddress key: String) -> String? {
        for scheme in ["https://", "http://"] where key.hasPrefix(scheme) {
            return String(key.dropFirst(scheme.utf8.count).prefix { $0 != "/" })
        }
        return key.hasSuffix("/v1/") || key.hasSuffix("/v2/")
            ? String(key.prefix { $0 != "/" }) : nil
    }
}

/// What is wrong with a file of credentials.
enum AuthFileError: Error, Sendable, CustomStringConvertible {
    case tooLarge
    case malformed(JSONError)
    case notAnObject
    case malformedEntry(String)
    case malformedHelper(String)

    var description: String {
        switch self {
        case .tooLarge: "it is larger than 1 MiB"
        case .malformed(let error):
            switch error {
            // A key may be a part of a secret where the file is damaged.
            case .duplicateKey(_, let offset): "byte \(offset): a key stands twice"
            default: error.description
            }
        case .notAnObject: "it holds no object; expected {\"auths\": {…}}"
        case .malformedEntry(let key):
            "auths.\(Quotation.line(key.utf8)): 'auth' is not USER:PASSWORD in base 64"
        case .malformedHelper(let key):
            "\(Quotation.line(key.utf8)): expected the name of a helper, such as pass "
                + "for docker-credential-pass"
        }
    }
}
