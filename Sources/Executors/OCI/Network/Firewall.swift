import Domain
import Storage
import Workflows

/// iptables, whichever of its kinds the machine has.
enum Firewall {
    static let tools = ["iptables-restore", "iptables-save", "nsenter"]

    /// Sets rules in a network namespace, all or none. Blocks.
    static func apply(_ rules: String, in namespace: String) throws {
        try restore(
            try path("nsenter"), ["--net=\(namespace)", try path("iptables-restore")], rules)
    }

    /// Adds rules to the machine's own, all or none. Blocks.
    static func add(_ rules: String) throws {
        try restore(try path("iptables-restore"), ["--noflush"], rules)
    }

    /// The lines of a table of the machine. Blocks.
    static func lines(of table: String) throws -> [String] {
        let (result, output) = try Spawning.capture(
            try path("iptables-save"), ["-t", table], limit: 16 << 20)
        guard result.code == 0 else {
            throw ExecutorError.network("iptables-save: \(result.message)")
        }
        return String(decoding: output, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    private static func restore(_ tool: String, _ arguments: [String], _ rules: String) throws {
        // Others hold the lock of the older kind for milliseconds.
        let (result, _) = try Spawning.capture(
            tool, arguments + ["-w", "10"], input: Array(rules.utf8), limit: 64 << 10)
        guard result.code == 0 else {
            throw ExecutorError.network(
                "the firewall does not take rules: iptables-restore: code \(result.code): "
                    + result.message)
        }
    }

    private static func path(_ name: String) throws(ExecutorError) -> String {
        guard let path = Spawning.path(of: name) else {
            throw .missing(name, hint: "install with: \(NetworkPlugins.fix)")
        }
        return path
    }

    /// Tries all that rules of attempts and of the machine use, in a namespace that goes with the
    /// process; nil when it works. Blocks.
    static func problem() -> String? {
        let rules = """
            *filter
            :OUTPUT DROP [0:0]
            -A OUTPUT -d 192.0.2.1/32 -p tcp -m tcp --dport 1 -j ACCEPT
            -A OUTPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
            -A OUTPUT -j REJECT --reject-with icmp-admin-prohibited
            COMMIT
            *raw
            :\(MachineBarrier.chain) - [0:0]
            -A \(MachineBarrier.chain) -m addrtype ! --dst-type UNICAST -j DROP
            COMMIT

            """
        do {
            try restore(
                try path("unshare"), ["--net", try path("iptables-restore")], rules)
            return nil
        } catch ExecutorError.missing(let what, _) {
            return "\(what) is missing"
        } catch {
            return "\(error)"
        }
    }
}
