import Domain

/// A token server's answer (distribution's "Token Authentication Specification").
struct TokenReply: Sendable {
    let token: Secret
    /// From when it was asked for.
    let lifetime: Duration

    static let sizeLimit = 256 << 10

    /// Reads at most 256 KiB; a token must be what a header can hold. Nil for anything else.
    init?(parsing bytes: [UInt8]) {
        guard bytes.count <= Self.sizeLimit else { return nil }
        let json: JSONValue
        do { json = try JSONParser.parse(bytes) } catch { return nil }
        let text = json["token"]?.stringValue ?? ""
        let token = text.isEmpty ? json["access_token"]?.stringValue ?? "" : text
        guard Self.fitsHeader(token) else { return nil }
        self.token = Secret(token)
        // Less than a minute is not allowed, and none said means a minute.
        let seconds = json["expires_in"]?.integerValue ?? 60
        lifetime = .seconds(min(max(seconds, 60), 86_400))
    }

    static func fitsHeader(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f }
    }
}

/// What a token is asked for: to pull from one repository.
struct PullScope: Hashable, Sendable, CustomStringConvertible {
    let repository: String

    var description: String { "repository:\(repository):pull" }

    /// The scope that the registry names, when it asks for pulling alone: some name their
    /// repositories otherwise. One that asks for more gets what pulling needs.
    func asked(for scope: String?) -> String {
        guard let scope, scope.utf8.count <= 1024, TokenReply.fitsHeader(scope),
            let colon = scope.lastIndex(of: ":"),
            scope[scope.index(after: colon)...] == "pull"
        else { return description }
        return scope
    }
}
