import Domain
import Workflows

/// What one attempt with a bridge reaches and what not; worked out before anything is made. Pure.
struct NetworkRules: Sendable {
    /// Names of `egress`, for the hosts file.
    let hosts: [(name: String, addresses: [IPv4Address])]
    /// Let through before anything is refused.
    let open: [NetworkEnd]
    let closed: [IPv4Network]
    /// Whether all is reached that is neither open nor closed.
    let opensRest: Bool
    /// Of `open`: what the machine's own rules must let through as well.
    let openings: [NetworkEnd]
    let resolver: String

    /// `resolve` gives all addresses of a name, at least one.
    init(
        _ reach: NetworkReach, in surroundings: NetworkSurroundings,
        resolve: (String) throws -> [IPv4Address]
    ) throws {
        let subnet = NetworkPlugins.subnet
        closed =
            [subnet, .linkLocal, .group] + surroundings.addresses.sorted().map(IPv4Network.init)
            + reach.denied
        opensRest = reach.egress.isEmpty
        var names: [(String, [IPv4Address])] = []
        var ends: [NetworkEnd] = []
        for entry in reach.egress {
            var addresses: [IPv4Address]
            switch entry.host {
            case .address(let address): addresses = [address]
            case .name(let name):
                addresses = names.first { $0.0 == name }?.1 ?? []
                if addresses.isEmpty {
                    addresses = try resolve(name)
                    names.append((name, addresses))
                }
            }
            for address in addresses {
                try Self.check(address, of: entry, reach, surroundings)
                ends.append(NetworkEnd(transport: .tcp, address: address, port: entry.port))
            }
        }
        if opensRest {
            for address in surroundings.nameServers {
                ends.append(NetworkEnd(transport: .udp, address: address, port: 53))
                ends.append(NetworkEnd(transport: .tcp, address: address, port: 53))
            }
        }
        hosts = names
        open = ends
        openings = ends.filter {
            surroundings.addresses.contains($0.address) || subnet.contains($0.address)
                || IPv4Network.linkLocal.contains($0.address)
        }
        resolver =
            opensRest
            ? surroundings.resolver
            : "# no name server: the names of the job's `egress` stand in /etc/hosts\n"
    }

    /// Whoever answers for a name must not lead the job where its file does not say that it goes.
    private static func check(
        _ address: IPv4Address, of entry: EgressEntry, _ reach: NetworkReach,
        _ surroundings: NetworkSurroundings
    ) throws(ExecutorError) {
        let what =
            entry.host == .address(address) ? "'\(entry)'" : "'\(entry)', which is \(address),"
        if let range = reach.denied.first(where: { $0.contains(address) }) {
            throw .network(
                "egress to \(what) is denied by 'network: deny: [\(range)]' of config.yaml")
        }
        guard !IPv4Network.loopback.contains(address), !IPv4Network.unspecified.contains(address),
            !IPv4Network.group.contains(address)
        else {
            throw .network("egress to \(what) leads to no other machine")
        }
        let isOwn = surroundings.addresses.contains(address)
        if !isOwn, NetworkPlugins.subnet.contains(address) {
            throw .network("egress to \(what) would lead to other jobs (\(NetworkPlugins.subnet))")
        }
        if case .name = entry.host, isOwn || IPv4Network.linkLocal.contains(address) {
            let place = isOwn ? "this machine itself" : "a link-local address"
            throw .network(
                "egress to \(what) leads to \(place); where that is meant, write the address: "
                    + "\(address):\(entry.port)")
        }
    }

    /// For iptables-restore, in the attempt's namespace. What is refused is told at once, so that
    /// a job fails in the moment and not by a timeout.
    var namespaceTable: String {
        let refuse = "-j REJECT --reject-with icmp-admin-prohibited"
        var lines = [
            "*filter", ":INPUT DROP [0:0]", ":FORWARD DROP [0:0]", ":OUTPUT DROP [0:0]",
            "-A INPUT -i lo -j ACCEPT",
            "-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
            "-A OUTPUT -o lo -j ACCEPT",
        ]
        lines += open.map { "-A OUTPUT \($0.match) -j ACCEPT" }
        if opensRest {
            lines += closed.map { "-A OUTPUT -d \($0) \(refuse)" }
            lines.append("-A OUTPUT -j ACCEPT")
        } else {
            lines.append("-A OUTPUT \(refuse)")
        }
        return (lines + ["COMMIT"]).joined(separator: "\n") + "\n"
    }
}
