import Domain

/// `egress: [host:port, …]`: what a job with `network: bridge` may reach (docs/decisions/0026).
extension WorkflowDecoder {
    /// Of the file's defaults or of a job; nil when it says nothing.
    mutating func egress(_ fields: Fields) -> [EgressEntry]? {
        guard let node = fields.value("egress"), let items = items(of: node, "egress") else {
            return nil
        }
        if items.isEmpty {
            report(
                .empty, node, "egress names nothing",
                hint: "'network: none' is what reaches nothing")
        }
        guard items.count <= EgressEntry.countLimit else {
            report(
                .limit, node,
                "egress has \(items.count) entries; expected at most \(EgressEntry.countLimit)")
            return nil
        }
        var entries: [EgressEntry] = []
        for item in items {
            guard let text = text(item, "an entry of egress") else { continue }
            do {
                let entry = try EgressEntry(parsing: text)
                if entries.contains(entry) {
                    report(.duplicateName, item, "'\(entry)' stands in egress twice")
                }
                entries.append(entry)
            } catch {
                report(.invalidValue, item, error.description)
            }
        }
        return entries
    }

    /// What a job has in the end; empty where it reaches all or nothing. Of the defaults, only jobs
    /// with a bridge take it.
    mutating func egressOfJob(_ fields: Fields, _ network: Network) -> [EgressEntry] {
        let own = egress(fields)
        let saysNone = fields.value("network")?.scalar ?? "none" == Network.none.rawValue
        if let key = fields.key("egress"), network == .none, saysNone {
            report(
                .conflictingKeys, key, "'egress' has no meaning with 'network: none'",
                hint: "add 'network: bridge'")
        }
        guard network == .bridge else { return [] }
        let entries = own ?? defaults.egress
        checkNames(of: entries, fields)
        return entries
    }

    /// A name has one place in the job's hosts file.
    private mutating func checkNames(of entries: [EgressEntry], _ fields: Fields) {
        guard case .mapping(let services) = fields.value("services")?.content else { return }
        for service in services where entries.contains(where: { $0.isNamed(service.key.scalar) }) {
            report(
                .conflictingKeys, service.key,
                "'\(service.key.scalar ?? "")' is a service and a host of 'egress'")
        }
    }
}

extension EgressEntry {
    fileprivate func isNamed(_ name: String?) -> Bool {
        if case .name(let own) = host { own == name } else { false }
    }
}
