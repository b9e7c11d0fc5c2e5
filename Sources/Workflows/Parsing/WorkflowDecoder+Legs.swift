import Domain

/// Matrix, retry, and how a job's container differs from the standard one.
extension WorkflowDecoder {
    mutating func matrix(_ fields: Fields, site: ReferenceUse.Site) -> [MatrixKey] {
        guard let node = fields.value("matrix"), let entries = entries(of: node, "matrix")
        else { return [] }
        if entries.isEmpty { report(.empty, node, "the matrix has no keys") }
        var keys: [MatrixKey] = []
        for entry in entries {
            guard let name = valueName(entry.key, "a key of the matrix") else { continue }
            claim(name, at: entry.key, isForAll: false)
            guard let values = values(entry.value, of: name, site: site) else { continue }
            keys.append(MatrixKey(name: name, values: values))
        }
        return keys
    }

    private mutating func values(
        _ node: YAMLNode, of name: String, site: ReferenceUse.Site
    ) -> MatrixKey.Values? {
        if case .sequence(let items) = node.content {
            if items.isEmpty { report(.empty, node, "\(name) has no values") }
            var templates: [Template] = []
            var seen: Set<Template> = []
            for item in items {
                guard let template = template(item, of: name, site: site) else { continue }
                if !seen.insert(template).inserted {
                    report(.duplicateName, item, "\(name) has the value \(item.shown) twice")
                }
                templates.append(template)
            }
            return .list(templates)
        }
        guard node.scalar != nil else {
            report(
                .wrongType, node,
                "\(name) is \(node.shown); expected a list, or a reference to one")
            return nil
        }
        guard let template = template(node, of: name, site: site) else { return nil }
        guard template.segments.count == 1,
            case .reference(let reference, nil) = template.segments[0]
        else {
            report(
                .wrongType, node,
                "\(name) is \(node.shown); expected a list, or a reference to one",
                hint: "such as [a, b] or ${stage.job.OUTPUT}")
            return nil
        }
        return .reference(reference)
    }

    private mutating func template(
        _ node: YAMLNode, of name: String, site: ReferenceUse.Site
    ) -> Template? {
        guard let text = text(node, "a value of \(name)") else { return nil }
        do {
            let template = try Template(parsing: text)
            for case .reference(let reference, _) in template.segments {
                switch reference {
                case .secret:
                    report(.badReference, node, "a secret cannot be a value of a matrix")
                case .matrix:
                    report(.badReference, node, "a matrix cannot refer to itself")
                default: break
                }
            }
            note(template, of: name, at: node, site: site, needs: .matrixValue)
            return template
        } catch {
            report(.badReference, node, error.description)
            return nil
        }
    }

    /// Adds to the file's legs what is known of a job before it runs; how many these are.
    mutating func count(
        legs shards: Int, _ matrix: [MatrixKey], at position: TextPosition
    ) -> Int {
        let before = legCount
        var legs = shards
        for values in matrix.compactMap(\.literals) {
            legs = legs.multipliedReportingOverflow(by: max(1, values.count)).partialValue
            guard legs <= RunPlan.legLimit else { break }
        }
        legCount += min(legs, RunPlan.legLimit + 1)
        if legCount > RunPlan.legLimit, before <= RunPlan.legLimit {
            report(.limit, position, "the jobs make more than 20,000 legs")
        }
        return min(legs, RunPlan.legLimit + 1)
    }

    mutating func retry(_ fields: Fields) -> RetryPolicy? {
        guard let node = fields.value("retry"), let members = self.fields(of: node, .retry)
        else { return nil }
        let standard = RetryPolicy.never
        if members.value("attempts") == nil {
            report(
                .missingKey, fields.place(of: "retry"), "'attempts' is missing",
                hint: "such as 'attempts: 3'")
        }
        let attempts = whole("attempts", in: members, 1...RetryPolicy.attemptLimit)
        let backoff = members.value("backoff").flatMap { duration($0) }
        var causes: Set<RetryPolicy.Cause> = []
        for item in members.value("on").flatMap({ items(of: $0, "on") }) ?? [] {
            guard let text = text(item, "a cause") else { continue }
            if let cause = RetryPolicy.Cause(rawValue: text) {
                causes.insert(cause)
            } else {
                let names = RetryPolicy.Cause.allCases.map(\.rawValue)
                report(
                    .invalidValue, item,
                    "'\(text.prefix(60))' is no cause; expected \(names.joined(separator: ", "))",
                    hint: findings.hint(for: text, among: names))
            }
        }
        return RetryPolicy(
            attempts: attempts ?? standard.attempts, backoff: backoff ?? standard.backoff,
            causes: causes.isEmpty ? standard.causes : causes)
    }

    mutating func isolationOfJob(_ fields: Fields) -> Isolation {
        let network = network(fields) ?? defaults.network
        return Isolation(
            user: user(fields), hasReadOnlyRoot: flag("read-only", in: fields),
            isHardened: flag("hardened", in: fields), network: network,
            egress: egressOfJob(fields, network))
    }

    /// `network` of the file's defaults or of a job; nil when it says nothing.
    mutating func network(_ fields: Fields) -> Network? {
        guard let node = fields.value("network"), let text = text(node, "network")
        else { return nil }
        if let known = Network(rawValue: text) { return known }
        report(
            .invalidValue, node, "network is '\(text.prefix(60))'; expected none or bridge",
            hint: findings.hint(for: text, among: Network.allCases.map(\.rawValue)))
        return nil
    }

    mutating func user(_ fields: Fields) -> String? {
        let user = optionalText("user", in: fields)
        warnOfReferences(fields.value("user"), "a user")
        if let node = fields.value("user"), let user,
            user.isEmpty || user.utf8.count > 128 || user.utf8.contains(UInt8(ascii: "/"))
        {
            report(
                .invalidValue, node,
                "the user is \(node.shown); expected a name or number, such as nobody or 1000:1000")
        }
        return user
    }

    /// `workspace` of the file or of a job; nil when it says nothing.
    mutating func workspace(_ fields: Fields) -> Workspace? {
        guard let node = fields.value("workspace"), let text = text(node, "workspace")
        else { return nil }
        if let known = Workspace(rawValue: text) { return known }
        let names = Workspace.allCases.map(\.rawValue)
        report(
            .invalidValue, node,
            "workspace is '\(text.prefix(60))'; expected private or shared",
            hint: findings.hint(for: text, among: names))
        return nil
    }

    /// `{NAME: secrets.X}`.
    mutating func secretFiles(_ fields: Fields, site: ReferenceUse.Site) -> [SecretFile] {
        guard let node = fields.value("secret-files"),
            let entries = entries(of: node, "secret-files")
        else { return [] }
        var files: [SecretFile] = []
        for entry in entries {
            guard let name = valueName(entry.key, "a file's name"),
                let text = text(entry.value, name)
            else { continue }
            guard text.hasPrefix("secrets."), Names.isValue(text.dropFirst(8)) else {
                report(
                    .badReference, entry.value,
                    "'\(text.prefix(60))' names no secret; expected secrets.NAME")
                continue
            }
            let secret = String(text.dropFirst(8))
            uses.append(
                ReferenceUse(
                    reference: .secret(secret), owner: name, node: entry.value, site: site,
                    needs: .anyValue))
            files.append(SecretFile(name: name, secret: secret))
        }
        return files
    }
}
