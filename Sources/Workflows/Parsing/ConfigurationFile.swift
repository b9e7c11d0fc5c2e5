package import Domain

/// Reads a home's `config.yaml` with the same care as a workflow file: positions, duplicate and
/// unknown keys, limits.
package enum ConfigurationFile {
    /// Group → users, and everything that is wrong with the file.
    package static func approvers(
        _ bytes: [UInt8]
    ) -> (groups: [String: [String]], diagnostics: [Diagnostic]) {
        let (node, problems) = YAMLReader.read(bytes)
        var decoder = WorkflowDecoder(checks: .none)
        decoder.findings = problems
        guard let node, let fields = decoder.fields(of: node, .configuration),
            let list = fields.value("approvers"),
            let entries = decoder.entries(of: list, "approvers")
        else { return ([:], decoder.findings.sorted) }
        var groups: [String: [String]] = [:]
        for entry in entries {
            groups[entry.key.scalar ?? ""] = decoder.texts(entry.value, "the group")
        }
        return (groups, decoder.findings.sorted)
    }
}

extension FormatKeys {
    static let configuration = FormatKeys(
        place: "config.yaml", known: ["approvers"], refused: ["environments", "notify"])
}
