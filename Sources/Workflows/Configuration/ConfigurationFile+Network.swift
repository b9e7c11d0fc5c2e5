import Domain

/// `network`: what jobs of the home reach at most.
extension WorkflowDecoder {
    /// Ranges; a limit as for `egress`.
    mutating func deniedNetworks(_ node: YAMLNode) -> [IPv4Network] {
        guard let fields = fields(of: node, .homeNetwork) else { return [] }
        let list = fields.value("deny").flatMap { items(of: $0, "deny") } ?? []
        guard list.count <= EgressEntry.countLimit else {
            report(
                .limit, node,
                "deny has \(list.count) entries; expected at most \(EgressEntry.countLimit)")
            return []
        }
        var ranges: [IPv4Network] = []
        for item in list {
            guard let text = text(item, "a range") else { continue }
            do { ranges.append(try IPv4Network(parsing: text)) } catch {
                report(
                    .invalidValue, item, error.description,
                    hint: text.contains(":") ? "jobs have no IPv6 in any case" : nil)
            }
        }
        return ranges
    }
}

extension FormatKeys {
    static let homeNetwork = FormatKeys(place: "network", known: ["deny"], refused: [])
}
