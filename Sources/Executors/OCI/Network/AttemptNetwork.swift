import CLinux
import Domain
import Glibc
import Storage
import Workflows

/// The network namespace that an attempt and its services share, with the files that say who is
/// where in it. All of it lies in `/run`, below the attempt's mounts.
struct AttemptNetwork: Sendable {
    private let id: AttemptID
    private let path: String

    init(_ folder: AttemptFolder) {
        id = folder.id
        path = folder.attemptMountsPath
    }

    var namespacePath: String { "\(path)/network" }
    /// The user namespace that owns it, where containers have users of their own.
    private var usersPath: String { "\(path)/network-users" }
    var ownersPath: String? { Files.exists(usersPath) ? usersPath : nil }
    private var resultPath: String { "\(path)/network.json" }
    private var hostsPath: String { "\(path)/hosts" }
    private var resolverPath: String { "\(path)/resolv.conf" }

    /// Makes the namespace and connects it where it is wanted. Blocks.
    func make(_ reach: NetworkReach, names: [String], _ users: UserRange?) throws {
        if reach.network != .none, RootlessMode.isOn {
            throw ExecutorError.runtime(
                "'network: bridge' does not work without root; run slipway as root, or leave the "
                    + "job without a network")
        }
        // Before anything is made: names that do not resolve cost nothing.
        let rules = try rules(for: reach)
        try Files.makeFolders(path, mode: 0o711)
        try Files.writeFile(namespacePath, [])
        if users != nil || RootlessMode.isOn {
            try Files.writeFile(usersPath, [])
            let result = unsafe slipway_make_network_of_users(
                namespacePath, usersPath, users?.first ?? 0, UserRange.size)
            guard result == 0 else { throw Files.failure("make a network at", namespacePath) }
        } else if unsafe slipway_make_network(namespacePath) < 0 {
            throw Files.failure("make a network at", namespacePath)
        }
        var address: String?
        if let rules { address = try connect(rules) }
        let hosts = Self.hosts(address: address, names: names, egress: rules?.hosts ?? [])
        try Files.writeFile(hostsPath, hosts.utf8, mode: 0o644)
        if let rules { try Files.writeFile(resolverPath, rules.resolver.utf8, mode: 0o644) }
    }

    private func rules(for reach: NetworkReach) throws -> NetworkRules? {
        guard reach.network == .bridge else { return nil }
        let lookup = NameLookup()
        return try NetworkRules(
            reach, in: NetworkSurroundings.ofThisMachine(), resolve: lookup.addresses)
    }

    private func connect(_ rules: NetworkRules) throws -> String? {
        let plugins = try NetworkPlugins.find()
        // Before the call: should this process be killed in it, the sweep knows what to ask for.
        try Files.writeFile(resultPath, JSONValue.null.canonicalBytes)
        let result = try plugins.add(id.description, namespace: namespacePath)
        try Files.writeFile(resultPath, result.canonicalBytes)
        guard let port = result.networkPort, !port.isEmpty, !port.contains("/") else {
            throw ExecutorError.runtime("the CNI plugins name no port of the bridge")
        }
        // Jobs reach what is outside, not each other.
        try Files.writeFile("/sys/class/net/\(port)/brport/isolated", "1".utf8)
        guard let address = result.networkAddress else {
            throw ExecutorError.runtime("the CNI plugins name no address")
        }
        // Nothing runs in the namespace yet. Its rules hold whatever becomes of the machine's.
        try Firewall.apply(rules.namespaceTable, in: namespacePath)
        guard unsafe slipway_turn_off_ipv6(namespacePath, "eth0") == 0 else {
            throw Files.failure("turn IPv6 off in", namespacePath)
        }
        try MachineBarrier.uphold(
            for: IPv4Address(parsing: address), of: id.description, rules.openings)
        return address
    }

    /// Takes the connection and the namespace away; nothing there is no error. Where the machine's
    /// rules could not be set it throws after that. Blocks.
    func remove() throws {
        var failure: (any Error)?
        if Files.exists(resultPath) {
            let bytes = try Files.readFile(resultPath, limit: 1 << 20)
            let result = try JSONParser.parse(bytes)
            if let address = result.networkAddress {
                failure = try MachineBarrier.forget(address, of: id.description)
            }
            try NetworkPlugins.find().remove(
                id.description, namespace: namespacePath, result: result)
            try Files.remove(resultPath)
        }
        for mount in [namespacePath, usersPath] where unsafe slipway_unmount(mount) < 0 {
            throw Files.failure("unmount", mount)
        }
        if let failure { throw failure }
    }

    /// The files as the containers see them.
    func binds() -> [Bind] {
        [(hostsPath, "/etc/hosts"), (resolverPath, "/etc/resolv.conf")]
            .filter { Files.exists($0.0) }
            .map { Bind(source: $0.0, target: $0.1, isWritable: false) }
    }

    /// Services share the loopback device, so their names mean this very place (hosts(5)).
    static func hosts(
        address: String?, names: [String],
        egress: [(name: String, addresses: [IPv4Address])] = []
    ) -> String {
        var lines = ["127.0.0.1 localhost", "::1 localhost ip6-localhost ip6-loopback"]
        lines.append("\(address ?? "127.0.0.1") \(AttemptNetwork.hostName)")
        lines += names.map { "127.0.0.1 \($0)" }
        lines += egress.flatMap { host in host.addresses.map { "\($0) \(host.name)" } }
        return lines.joined(separator: "\n") + "\n"
    }

    static let hostName = "slipway"

    /// The machine's own name servers, but for those that only the machine itself can reach.
    static func resolver() throws -> String {
        // Where the first names a stub on the loopback device, the second names what is behind it.
        for path in ["/etc/resolv.conf", "/run/systemd/resolve/resolv.conf"]
        where Files.exists(path) {
            let text = String(decoding: try Files.readFile(path, limit: 64 << 10), as: UTF8.self)
            let kept = resolver(from: text)
            if kept.contains("nameserver ") { return kept }
        }
        return "# no name server of this machine can be reached from a container\n"
    }

    static func resolver(from text: String) -> String {
        text.split(separator: "\n").filter { line in
            let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" })
            guard let key = words.first, words.count > 1 else { return false }
            guard key == "nameserver" else { return ["search", "options", "domain"].contains(key) }
            return !words[1].hasPrefix("127.") && words[1] != "::1"
        }.map { $0 + "\n" }.joined()
    }
}
