import CLinux
import Domain
import Workflows

/// What an attempt may reach, as its workflow and its home say.
struct NetworkReach: Sendable {
    let network: Network
    /// Empty for all that is not closed.
    let egress: [EgressEntry]
    /// Of the home: no workflow opens these.
    let denied: [IPv4Network]
}

/// One end that packets may go to.
struct NetworkEnd: Hashable, Sendable {
    enum Transport: String, Sendable {
        case tcp, udp
    }

    let transport: Transport
    let address: IPv4Address
    let port: UInt16

    /// As iptables takes it, and gives it back.
    var match: String {
        "-d \(address)/32 -p \(transport.rawValue) -m \(transport.rawValue) --dport \(port)"
    }
}

/// The machine that an attempt runs on, as far as its network goes.
struct NetworkSurroundings: Sendable {
    /// Of the machine itself, its loopback device and the bridge's own included.
    let addresses: Set<IPv4Address>
    /// What a container's resolv.conf says when its job may ask for names.
    let resolver: String

    static func ofThisMachine() throws -> NetworkSurroundings {
        var found: [UInt32] = []
        var count: Int32 = 256
        while found.count < Int(count) {
            found = Array(repeating: 0, count: Int(count))
            count = unsafe slipway_own_addresses(&found, count)
            guard count >= 0 else {
                throw ExecutorError.network("the machine's addresses cannot be listed")
            }
        }
        let addresses = found.prefix(Int(count)).map(IPv4Address.init)
        return NetworkSurroundings(
            addresses: Set(addresses).union([NetworkPlugins.gateway]),
            resolver: try AttemptNetwork.resolver())
    }

    /// Of IPv4: jobs have no other.
    var nameServers: [IPv4Address] {
        var found: [IPv4Address] = []
        for line in resolver.split(separator: "\n") {
            let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" })
            guard words.count > 1, words[0] == "nameserver" else { continue }
            do {
                let address = try IPv4Address(parsing: words[1])
                if !found.contains(address) { found.append(address) }
            } catch {
                continue  // IPv6
            }
        }
        return found
    }
}
