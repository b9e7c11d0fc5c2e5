import CLinux
import Domain
import Glibc
import Storage
import Workflows

/// The machine's own rules between the bridge and itself: one chain, for all homes, that drops what
/// jobs send to any address of the machine, to link-local ones and to each other. It stands in the
/// table `raw`, before anything of the machine could send a packet elsewhere.
///
/// The chain follows from the files in `/run/slipway/openings`, one an attempt that may reach
/// something of the machine, so it is made anew whenever it is not as it should be.
enum MachineBarrier {
    static let chain = "SLIPWAY-JOBS"
    private static let table = "raw"
    private static let path = "/run/slipway/openings"
    private static let jump = "-i \(NetworkPlugins.bridge) -j \(chain)"

    /// Sees that the rules stand, with what the attempt at an address may reach. Blocks.
    static func uphold(for address: IPv4Address, of container: String, _ ends: [NetworkEnd]) throws
    {
        try withLock {
            let file = "\(path)/\(address)"
            if ends.isEmpty {
                if Files.exists(file) { try Files.remove(file) }
            } else {
                let lines = [container] + ends.map { rule($0, from: address) }
                try Files.writeFile(
                    "\(file).new", (lines.joined(separator: "\n") + "\n").utf8, mode: 0o600)
                try Files.rename("\(file).new", to: file)
            }
            try uphold()
        }
        try turnOffIPv6()
    }

    /// Takes away what a container could reach of the machine. To be called while it has its
    /// address: with the next owner of that, another process may see to the rules at any time.
    /// Blocks.
    ///
    /// Throws where it may still be open to the next owner of the address. The answer is why the
    /// rules could not be set, if so: nobody gets the address's opening any more, since no attempt
    /// begins without the rules, and what else the container had can be given back.
    static func forget(_ address: String, of container: String) throws -> (any Error)? {
        guard Files.exists("\(path)/\(address)") else { return nil }
        var failure: (any Error)?
        try withLock {
            if try opening(at: address)?.container == container {
                try Files.remove("\(path)/\(address)")
            }
            do { try uphold() } catch { failure = error }
        }
        return failure
    }

    /// Takes away what attempts without an address could reach: where a process was killed between
    /// the two. Blocks.
    static func forgetStale() throws {
        guard geteuid() == 0, !RootlessMode.isOn, try !openings().isEmpty else { return }
        try withLock { try uphold() }
    }

    /// What attempts of the machine have open: their addresses.
    static func openings() throws -> [String] {
        guard Files.exists(path) else { return [] }
        return try Files.list(path).filter { $0.first?.isNumber == true && !$0.hasSuffix(".new") }
    }

    private static func withLock(_ work: () throws -> Void) throws {
        try Files.makeFolders(path, mode: 0o700)
        let lock = try Files.open("\(path)/lock", O_RDWR | O_CREAT | O_NOFOLLOW)
        guard slipway_lock(lock.descriptor, 1) == 0 else { throw Files.failure("lock", path) }
        defer { slipway_unlock(lock.descriptor) }
        try work()
    }

    private static func uphold() throws {
        let wanted = rules(openings: try standingOpenings())
        let found = try Firewall.lines(of: table)
        guard !isUpheld(wanted, by: found) else { return }
        try Firewall.add(change(to: wanted, from: found))
        guard isUpheld(wanted, by: try Firewall.lines(of: table)) else {
            throw ExecutorError.network(
                "the machine's rules for jobs (iptables, table \(table), chain \(chain)) do not "
                    + "stay as they were set; something else changes them")
        }
    }

    /// Lines of attempts that have their address still; files of others are removed.
    private static func standingOpenings() throws -> [String] {
        var lines: [String] = []
        for address in try openings().sorted() {
            let opening = try opening(at: address)
            if let opening, try NetworkAddresses.container(address) == opening.container {
                lines += opening.rules
            } else {
                try Files.remove("\(path)/\(address)")
            }
        }
        return lines
    }

    /// Who has a file of its own, and what it says.
    private static func opening(
        at address: String
    ) throws -> (container: String, rules: [String])? {
        guard Files.exists("\(path)/\(address)") else { return nil }
        let bytes = try Files.readFile("\(path)/\(address)", limit: 1 << 20)
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
        return lines.first.map { ($0, Array(lines.dropFirst())) }
    }

    static func rule(_ end: NetworkEnd, from address: IPv4Address) -> String {
        "-A \(chain) -s \(address)/32 \(end.match) -j RETURN"
    }

    /// As iptables-save prints them.
    static func rules(openings: [String]) -> [String] {
        openings + [
            "-A \(chain) -m addrtype ! --dst-type UNICAST -j DROP",
            "-A \(chain) -d \(IPv4Network.linkLocal) -j DROP",
            "-A \(chain) -d \(NetworkPlugins.subnet) -j DROP",
        ]
    }

    /// Whether the chain is as wanted, and packets of the bridge come to it first and once.
    static func isUpheld(_ wanted: [String], by lines: [String]) -> Bool {
        let entries = lines.filter { $0.hasPrefix("-A PREROUTING ") }
        return lines.filter { $0.hasPrefix("-A \(chain) ") } == wanted
            && entries.first == "-A PREROUTING \(jump)"
            && entries.filter { $0.hasSuffix("-j \(chain)") }.count == 1
    }

    /// One step from what stands to what should: there is no moment without rules.
    static func change(to wanted: [String], from lines: [String]) -> String {
        let old = lines.filter { $0.hasPrefix("-A PREROUTING ") && $0.hasSuffix("-j \(chain)") }
        // Naming a chain empties it.
        let changes =
            ["*\(table)", ":\(chain) - [0:0]"] + old.map { "-D" + $0.dropFirst(2) } + wanted
            + ["-I PREROUTING 1 \(jump)", "COMMIT"]
        return changes.joined(separator: "\n") + "\n"
    }

    /// The machine's end of the bridge needs none, and would have an address that jobs could try.
    private static func turnOffIPv6() throws {
        let setting = "/proc/sys/net/ipv6/conf/\(NetworkPlugins.bridge)/disable_ipv6"
        guard Files.exists(setting), try Files.readFile(setting, limit: 16).first != 0x31 else {
            return
        }
        try Files.writeFile(setting, "1".utf8)
    }
}
