import Domain
import TestSupport
import Testing
import Workflows

@testable import Executors

/// What follows from what a workflow, a home and a machine say, before anything is made.
struct NetworkRulesTests {
    private static func addresses(_ texts: [String]) throws -> [IPv4Address] {
        try texts.map { try IPv4Address(parsing: $0) }
    }

    private static func rules(
        _ egress: [String] = [], denied: [String] = [],
        resolver: String = "nameserver 9.9.9.9\nnameserver fd00::1\n",
        names: [String: [String]] = [:]
    ) throws -> NetworkRules {
        let reach = NetworkReach(
            network: .bridge, egress: try egress.map { try EgressEntry(parsing: $0) },
            denied: try denied.map { try IPv4Network(parsing: $0) })
        let surroundings = NetworkSurroundings(
            addresses: Set(try addresses(["127.0.0.1", "192.0.2.1", "10.83.0.1"])),
            resolver: resolver)
        return try NetworkRules(reach, in: surroundings) { name in
            try addresses(try #require(names[name]))
        }
    }

    @Test("without a list all is open but the machine, other jobs, links and what the home denies")
    func open() throws {
        // The name server is in the second of them.
        let rules = try Self.rules(denied: ["172.16.0.0/12", "9.9.9.0/24"])
        #expect(
            rules.namespaceTable == """
                *filter
                :INPUT DROP [0:0]
                :FORWARD DROP [0:0]
                :OUTPUT DROP [0:0]
                -A INPUT -i lo -j ACCEPT
                -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
                -A OUTPUT -o lo -j ACCEPT
                -A OUTPUT -d 9.9.9.9/32 -p udp -m udp --dport 53 -j ACCEPT
                -A OUTPUT -d 9.9.9.9/32 -p tcp -m tcp --dport 53 -j ACCEPT
                -A OUTPUT -d 10.83.0.0/16 -j REJECT --reject-with icmp-admin-prohibited
                -A OUTPUT -d 169.254.0.0/16 -j REJECT --reject-with icmp-admin-prohibited
                -A OUTPUT -d 224.0.0.0/3 -j REJECT --reject-with icmp-admin-prohibited
                -A OUTPUT -d 10.83.0.1/32 -j REJECT --reject-with icmp-admin-prohibited
                -A OUTPUT -d 127.0.0.1/32 -j REJECT --reject-with icmp-admin-prohibited
                -A OUTPUT -d 192.0.2.1/32 -j REJECT --reject-with icmp-admin-prohibited
                -A OUTPUT -d 172.16.0.0/12 -j REJECT --reject-with icmp-admin-prohibited
                -A OUTPUT -d 9.9.9.0/24 -j REJECT --reject-with icmp-admin-prohibited
                -A OUTPUT -j ACCEPT
                COMMIT

                """)
        #expect(rules.openings.isEmpty)
        #expect(rules.resolver.hasPrefix("nameserver 9.9.9.9\n"))
    }

    @Test("with a list nothing else is open, name servers neither")
    func listed() throws {
        let rules = try Self.rules(
            ["a.test:443", "A.test:80", "198.51.100.7:22"],
            names: ["a.test": ["198.51.100.1", "198.51.100.2"]])
        let lines = rules.namespaceTable.split(separator: "\n").filter { $0.hasPrefix("-A OUTPUT") }
        #expect(
            lines == [
                "-A OUTPUT -o lo -j ACCEPT",
                "-A OUTPUT -d 198.51.100.1/32 -p tcp -m tcp --dport 443 -j ACCEPT",
                "-A OUTPUT -d 198.51.100.2/32 -p tcp -m tcp --dport 443 -j ACCEPT",
                "-A OUTPUT -d 198.51.100.1/32 -p tcp -m tcp --dport 80 -j ACCEPT",
                "-A OUTPUT -d 198.51.100.2/32 -p tcp -m tcp --dport 80 -j ACCEPT",
                "-A OUTPUT -d 198.51.100.7/32 -p tcp -m tcp --dport 22 -j ACCEPT",
                "-A OUTPUT -j REJECT --reject-with icmp-admin-prohibited",
            ])
        #expect(rules.hosts.map { $0.name } == ["a.test"])
        #expect(!rules.resolver.contains("nameserver "))
        #expect(rules.openings.isEmpty)
    }

    @Test(
        "what the machine's own rules must let through as well",
        arguments: [
            (["192.0.2.1:5000"], "nameserver 9.9.9.9", ["192.0.2.1"]),
            (["10.83.0.1:5000"], "nameserver 9.9.9.9", ["10.83.0.1"]),
            (["169.254.169.254:80"], "nameserver 9.9.9.9", ["169.254.169.254"]),
            ([], "nameserver 192.0.2.1", ["192.0.2.1", "192.0.2.1"]),
            ([], "nameserver 169.254.169.253", ["169.254.169.253", "169.254.169.253"]),
            (["198.51.100.1:80"], "nameserver 192.0.2.1", []),
        ])
    func openings(egress: [String], resolver: String, openings: [String]) throws {
        let rules = try Self.rules(egress, resolver: resolver + "\n")
        #expect(rules.openings.map(\.address.description) == openings)
    }

    @Test(
        "a list does not lead where it does not say that it goes",
        arguments: [
            (["a.test:80"], ["127.0.0.1"], "leads to no other machine"),
            (["a.test:80"], ["0.0.0.0"], "leads to no other machine"),
            (["a.test:80"], ["224.0.0.1"], "leads to no other machine"),
            (["a.test:80"], ["192.0.2.1"], "this machine itself"),
            (["a.test:80"], ["10.83.0.1"], "write the address: 10.83.0.1:80"),
            (["a.test:80"], ["198.51.100.1", "169.254.169.254"], "a link-local address"),
            (["a.test:80"], ["10.83.0.9"], "other jobs"),
            (["10.83.0.9:80"], [], "other jobs"),
            (["a.test:80"], ["172.16.3.4"], "denied by 'network: deny: [172.16.0.0/12]'"),
            (["172.16.3.4:80"], [], "denied by"),
        ])
    func refused(egress: [String], addresses: [String], why: String) throws {
        let error = #expect(throws: ExecutorError.self) {
            try Self.rules(egress, denied: ["172.16.0.0/12"], names: ["a.test": addresses])
        }
        let text = try #require(error).description
        #expect(text.contains(why), "\(text)")
        if egress == ["a.test:80"] { #expect(text.contains("'a.test:80'")) }
    }

    @Test("getent's answer is addresses, each once")
    func lookup() throws {
        let text = """
            198.51.100.1    STREAM a.test
            198.51.100.1    DGRAM
            ::ffff:1.2.3.4  STREAM
            198.51.100.2    STREAM

            """
        #expect(
            NameLookup.addresses(in: Array(text.utf8)).map(\.description)
                == ["198.51.100.1", "198.51.100.2"])
    }

    @Test("of the plugin's rules for addresses those of one container go, whatever else is there")
    func masquerade() throws {
        func entry(_ network: String, _ container: String, _ chain: String) -> String {
            #"-A POSTROUTING -s 10.83.0.9/32 -m comment --comment "name: \"\#(network)\" id: "#
                + #"\"\#(container)\"" -j \#(chain)"#
        }
        let own = entry("slipway", "run-0-1", "CNI-0a")
        let lines = [
            "*nat", ":CNI-0a - [0:0]", own, entry("slipway", "run-0-12", "CNI-0b"),
            entry("other", "run-0-1", "CNI-0c"), "-A CNI-0a -d 10.83.0.0/16 -j ACCEPT", "COMMIT",
        ]
        #expect(
            Masquerade.change(without: "run-0-1", from: lines)
                == "*nat\n:CNI-0a - [0:0]\n-D\(own.dropFirst(2))\n-X CNI-0a\nCOMMIT\n")
        #expect(Masquerade.change(without: "run-0-2", from: lines) == nil)
    }

    @Test("the machine's chain is whole, first and once, or is made anew")
    func chain() throws {
        let end = NetworkEnd(
            transport: .tcp, address: try IPv4Address(parsing: "192.0.2.1"), port: 80)
        let wanted = MachineBarrier.rules(openings: [
            MachineBarrier.rule(end, from: try IPv4Address(parsing: "10.83.0.7"))
        ])
        #expect(
            wanted[0] == "-A SLIPWAY-JOBS -s 10.83.0.7/32 -d 192.0.2.1/32 -p tcp -m tcp --dport 80"
                + " -j RETURN")
        let jump = "-A PREROUTING -i slipway0 -j SLIPWAY-JOBS"
        let other = "-A PREROUTING -i docker0 -j ACCEPT"
        let whole = ["*raw", jump, other] + wanted + ["COMMIT"]
        #expect(MachineBarrier.isUpheld(wanted, by: whole))
        for bad in [
            [], ["*raw", "COMMIT"], [other, jump] + wanted, [jump, jump] + wanted, [jump],
            [jump] + wanted.dropLast(), [jump] + wanted.reversed(), wanted,
        ] {
            #expect(!MachineBarrier.isUpheld(wanted, by: bad))
        }
        #expect(
            MachineBarrier.change(to: wanted, from: [other, jump])
                == (["*raw", ":SLIPWAY-JOBS - [0:0]", "-D" + jump.dropFirst(2)] + wanted + [
                    "-I PREROUTING 1 -i slipway0 -j SLIPWAY-JOBS", "COMMIT", "",
                ]).joined(separator: "\n"))
    }

    @Test("the hosts file has the names of the list")
    func hosts() throws {
        let text = AttemptNetwork.hosts(
            address: "10.83.0.2", names: ["db"],
            egress: [("a.test", try Self.addresses(["198.51.100.1", "198.51.100.2"]))])
        #expect(text.hasSuffix("127.0.0.1 db\n198.51.100.1 a.test\n198.51.100.2 a.test\n"))
    }
}
