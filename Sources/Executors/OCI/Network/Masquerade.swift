/// What the plugin `bridge` adds to the machine's table `nat` for a container, so that its packets
/// leave with the machine's address: an entry that names the container in a comment, and the chain
/// that it leads to (containernetworking/plugins, `ip.SetupIPMasq`). The plugin takes both away
/// itself, but not where the container's network namespace is gone.
enum Masquerade {
    private static let table = "nat"

    /// Takes away what a container had. Blocks.
    static func remove(of container: String) throws {
        let change = change(without: container, from: try Firewall.lines(of: table))
        if let change { try Firewall.add(change) }
    }

    /// As iptables-restore takes it, of what iptables-save prints; nil where there is nothing.
    static func change(without container: String, from lines: [String]) -> String? {
        let entries = lines.filter {
            $0.hasPrefix("-A POSTROUTING ")
                && $0.contains(#"name: \"\#(NetworkPlugins.network)\" id: \"\#(container)\""#)
        }
        guard !entries.isEmpty else { return nil }
        let chains = Set(entries.compactMap { $0.split(separator: " ").last })
            .filter { $0.hasPrefix("CNI-") }.sorted()
        // Naming a chain empties it.
        let changes =
            ["*\(table)"] + chains.map { ":\($0) - [0:0]" }
            + entries.map { "-D" + $0.dropFirst(2) } + chains.map { "-X \($0)" } + ["COMMIT"]
        return changes.joined(separator: "\n") + "\n"
    }
}
