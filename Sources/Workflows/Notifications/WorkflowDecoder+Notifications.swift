import Domain

/// `notify` of the file and of end stages: a name, `{to, on, message}`, or a list of these.
extension WorkflowDecoder {
    /// `site` stands behind the jobs that a message may refer to. An end stage is never paused.
    mutating func notifications(
        _ fields: Fields, site: ReferenceUse.Site, mayPause: Bool
    ) -> [NotificationRule] {
        guard let node = fields.value("notify") else { return [] }
        guard case .sequence(let items) = node.content else {
            return [notification(node, site, mayPause)].compactMap { $0 }
        }
        if items.isEmpty { report(.empty, node, "notify tells nobody") }
        guard items.count <= NotificationRule.limit else {
            report(
                .limit, node,
                "notify has \(items.count) entries; expected at most \(NotificationRule.limit)")
            return []
        }
        return items.compactMap { notification($0, site, mayPause) }
    }

    private mutating func notification(
        _ node: YAMLNode, _ site: ReferenceUse.Site, _ mayPause: Bool
    ) -> NotificationRule? {
        guard case .mapping = node.content else {
            guard let to = receiver(node) else { return nil }
            return NotificationRule(
                to: to, occasions: NotificationRule.Occasion.ends, message: nil)
        }
        guard let fields = fields(of: node, .notification) else { return nil }
        let occasions = occasions(fields, mayPause)
        let said = fields.value("message").flatMap { message($0, site) }
        guard let receiver = fields.value("to") else {
            report(
                .missingKey, node.start, "'to' is missing",
                hint: "name an entry of 'notify' in the home's config.yaml")
            return nil
        }
        return self.receiver(receiver).map {
            NotificationRule(to: $0, occasions: occasions, message: said)
        }
    }

    private mutating func receiver(_ node: YAMLNode) -> Located<String>? {
        guard let name = text(node, "who is told") else { return nil }
        warnOfReferences(node, "a name")
        guard Names.isPlace(name) else {
            reportName(node, name, "who is told")
            return nil
        }
        if let check = checks.configuration, check.values.notifiers[name] == nil {
            let names = check.values.notifiers.keys.sorted()
            report(
                .unknownNotifier, node,
                "'notify' of the home's config.yaml has no '\(name)'",
                hint: findings.hint(for: name, among: names)
                    ?? "add 'notify: {\(name): {command: [/path/of/a/program]}}'",
                severity: check.severity)
        }
        return Located(name, at: node.start)
    }

    private mutating func occasions(
        _ fields: Fields, _ mayPause: Bool
    ) -> Set<NotificationRule.Occasion> {
        guard let node = fields.value("on") else { return NotificationRule.Occasion.ends }
        guard let items = items(of: node, "on") else { return [] }
        if items.isEmpty { report(.empty, node, "'on' is an empty list") }
        var occasions: Set<NotificationRule.Occasion> = []
        let names = NotificationRule.Occasion.allCases.map(\.rawValue)
            .filter { mayPause || $0 != "paused" }
        for item in items {
            guard let text = text(item, "an occasion") else { continue }
            guard names.contains(text), let known = NotificationRule.Occasion(rawValue: text)
            else {
                report(
                    .invalidValue, item,
                    "'\(text.prefix(60))' is no occasion; expected "
                        + names.joined(separator: ", "),
                    hint: findings.hint(for: text, among: names))
                continue
            }
            if !occasions.insert(known).inserted {
                report(.duplicateName, item, "'\(text)' stands twice")
            }
        }
        return occasions
    }

    private mutating func message(_ node: YAMLNode, _ site: ReferenceUse.Site) -> Template? {
        guard let text = text(node, "message") else { return nil }
        do {
            let template = try Template(parsing: text)
            note(template, of: "message", at: node, site: site, needs: .notification)
            return template
        } catch {
            report(.badReference, node, error.description)
            return nil
        }
    }
}

extension FormatKeys {
    static let notification = FormatKeys(
        place: "a notification", known: ["to", "on", "message"], refused: [])
}
