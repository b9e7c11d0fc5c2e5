import Domain

/// `source` of the start stage.
extension WorkflowDecoder {
    /// `stage`: the start stage's members.
    mutating func source(_ stage: Fields) -> SourceDeclaration {
        guard let node = stage.value("source"), let fields = fields(of: node, .source)
        else { return .automatic }
        guard let address = fields.value("git") else {
            for name in ["ref", "credentials"] {
                if let key = fields.key(name) {
                    report(.conflictingKeys, key, "'\(name)' has no meaning without 'git'")
                }
            }
            guard let path = requiredText("path", in: fields, at: stage.place(of: "source"))
            else { return .automatic }
            warnOfReferences(fields.value("path"), "a path")
            return .path(path)
        }
        let ref = ref(fields)
        let path = pathInRepository(fields)
        guard let text = text(address, "git") else { return .automatic }
        warnOfReferences(address, "an address")
        do {
            let known = try GitAddress(parsing: text)
            return .git(
                GitSource(
                    address: known, ref: ref, path: path,
                    credentials: credentials(fields, for: known)))
        } catch {
            report(.invalidValue, address, error.description)
            return .automatic
        }
    }

    private mutating func ref(_ fields: Fields) -> String? {
        guard let node = fields.value("ref"), let text = text(node, "ref") else { return nil }
        if Template.reference(in: text) != nil {
            warnOfReferences(node, "a ref")
        }
        if let why = GitSource.problem(ofRef: text) {
            report(
                .invalidValue, node, "the ref is '\(text.prefix(80))': \(why)",
                hint: "expected a branch, a tag or a commit")
            return nil
        }
        return text
    }

    private mutating func pathInRepository(_ fields: Fields) -> String? {
        guard let node = fields.value("path"), let text = text(node, "path") else { return nil }
        warnOfReferences(node, "a path")
        if [".", "./"].contains(text) { return nil }
        let parts = PathText.parts(of: text)
        let isSound =
            text.utf8.first != UInt8(ascii: "/") && !parts.isEmpty && text.utf8.count <= 1024
            && !parts.contains { $0 == "." || $0 == ".." }
            && text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f }
        guard isSound else {
            report(
                .invalidPath, node,
                "the path is '\(text.prefix(80))'; expected a folder of the repository, from its "
                    + "top, without '..'")
            return nil
        }
        return parts.joined(separator: "/")
    }

    // MARK: Credentials

    private mutating func credentials(
        _ source: Fields, for address: GitAddress
    ) -> GitSource.Credentials? {
        guard let node = source.value("credentials") else {
            if address.scheme == .ssh {
                report(
                    .missingKey, source.place(of: "git"), "an ssh address needs 'credentials'",
                    hint: "such as 'credentials: {key: secrets.SSH_KEY}'")
            }
            return nil
        }
        guard let fields = fields(of: node, .credentials) else { return nil }
        guard address.isPrivate, let key = source.key("credentials") else {
            report(
                .conflictingKeys, node,
                "credentials over '\(address.scheme.rawValue)' can be read by anyone on the way",
                hint: "use https or ssh")
            return nil
        }
        return address.scheme == .ssh
            ? sshKey(fields, at: key) : password(fields, at: key)
    }

    private mutating func sshKey(
        _ fields: Fields, at key: YAMLNode
    ) -> GitSource.Credentials? {
        refuse(["username", "password"], of: fields, "an ssh address has a 'key'")
        let hosts = optionalText("known-hosts", in: fields)
        guard let node = fields.value("key") else {
            report(.missingKey, key, "'key' is missing", hint: "such as 'key: secrets.SSH_KEY'")
            return nil
        }
        return secretName(node).map { .key(secret: $0, knownHosts: hosts) }
    }

    private mutating func password(
        _ fields: Fields, at key: YAMLNode
    ) -> GitSource.Credentials? {
        refuse(["key", "known-hosts"], of: fields, "only an ssh address has a key")
        let username = optionalText("username", in: fields) ?? "git"
        if let node = fields.value("username"),
            username.isEmpty || username.utf8.count > 256
                || username.utf8.contains(where: { $0 < 0x20 || $0 == 0x7f })
        {
            report(.invalidValue, node, "the name is \(node.shown); expected one line of text")
        }
        guard let node = fields.value("password") else {
            report(
                .missingKey, key, "'password' is missing", hint: "such as 'password: secrets.TOKEN'"
            )
            return nil
        }
        return secretName(node).map { .password(username: username, secret: $0) }
    }

    private mutating func refuse(_ names: [String], of fields: Fields, _ why: String) {
        for name in names {
            if let key = fields.key(name) { report(.conflictingKeys, key, "'\(name)': \(why)") }
        }
    }

    /// `secrets.X`, of which the file lists X.
    private mutating func secretName(_ node: YAMLNode) -> String? {
        guard let text = text(node, "a secret") else { return nil }
        guard text.hasPrefix("secrets."), Names.isValue(text.dropFirst(8)) else {
            // The text may be the secret itself.
            report(
                .badReference, node, "the value names no secret; expected secrets.NAME",
                hint: "the value itself must never stand in a file")
            return nil
        }
        let name = String(text.dropFirst(8))
        uses.append(
            ReferenceUse(
                reference: .secret(name), owner: "credentials", node: node, site: nil,
                needs: .anyValue))
        return name
    }
}

extension FormatKeys {
    static let credentials = FormatKeys(
        place: "credentials", known: ["username", "password", "key", "known-hosts"], refused: [])
}
