import Domain
import Glibc
import Storage
import TestSupport
import Testing

/// `egress`: what a job with a list reaches, and that it reaches nothing else.
struct EgressTests {
    private static func script(_ script: String, _ entries: String...) -> String {
        let list = entries.map { "'\($0)'" }.joined(separator: ", ")
        return Flow.script(script, job: "network: bridge\negress: [\(list)]")
    }

    /// What attempts may reach of the machine itself.
    private static func openings() throws -> [String] {
        let folder = "/run/slipway/openings"
        return try Files.list(folder).filter { $0.hasPrefix("10.83.") }
    }

    @Test("names of the list are reached, at the port that it says, and nothing else is")
    func listed() async throws {
        try await World.with { world in
            _ = try await world.web("world", on: world.address, port: 80)
            _ = try await world.web("else", on: world.address, port: 81)
            let names = try await world.names("web.test", is: world.address, on: world.address)
            try await TestHome.busy { home in
                let tries = MachineTests.tries([
                    "web.test", "Web.Test", "web.test:81", world.address, "\(world.address):81",
                ])
                let report = try await home.run(
                    Self.script(
                        """
                        \(tries)
                        nslookup -type=a secret.test \(world.address) 2>&1 | grep -c Address: || true
                        nslookup -type=a secret.test 2>&1 | grep -c secret.test$ || true
                        grep -c nameserver /etc/resolv.conf || true
                        timeout 3 wget -q -O- http://secret.test/ 2>/dev/null || echo no name
                        """, "web.test:80"), resolver: "nameserver \(world.address)\n")
                #expect(report.code == 0, "\(report.error)")
                let log = try await home.log()
                #expect(log.hasPrefix("web.test world\nWeb.Test world\n\(world.address) world\n"))
                #expect(log.hasSuffix("\n0\n0\n0\nno name\n"))
                #expect(!log.contains("else"))
                // The machine asked for what the file says; the job could ask nobody.
                let asked = Set(try names.served())
                #expect(asked == ["asked web.test"])
            }
        }
    }

    @Test("without a list the machine's name servers answer, one on the machine itself too")
    func names() async throws {
        try await World.with { world in
            _ = try await world.web("world", on: world.address, port: 80)
            _ = try await world.names("a.test", is: world.address, on: world.address)
            _ = try await world.names(
                "b.test", is: world.address, on: world.machineAddress, isInside: false)
            let other = try await world.web("machine", on: world.machineAddress, isInside: false)
            try await TestHome.busy { home in
                for (name, server) in [
                    ("a.test", world.address), ("b.test", world.machineAddress),
                ] {
                    let report = try await home.run(
                        Flow.script(
                            MachineTests.tries([
                                name, "\(world.machineAddress):\(other.port)",
                            ]), job: MachineTests.bridge), resolver: "nameserver \(server)\n")
                    #expect(report.code == 0, "\(report.error)")
                    #expect(try await home.log() == "\(name) world\n")
                }
                #expect(try other.served() == [])
            }
        }
    }

    @Test("an address of the machine is open when the list says it, to this job, at this port")
    func machine() async throws {
        try await World.with { world in
            let server = try await world.web("machine", on: "0.0.0.0", isInside: false)
            let other = try await world.web("other", on: "0.0.0.0", isInside: false)
            _ = try await world.web("metadata", on: world.linkLocalAddress, port: 80)
            let end = "\(world.machineAddress):\(server.port)"
            try await TestHome.busy { home in
                let tries = MachineTests.tries([
                    end, "10.83.0.1:\(server.port)", "\(world.machineAddress):\(other.port)",
                    "127.0.0.1:\(server.port)", world.linkLocalAddress,
                ])
                let program = try home.begin(
                    Self.script(
                        """
                        \(tries)
                        echo ready
                        until test -e "$T_REPORTS/go"; do sleep 0.05; done
                        """, end, "\(world.linkLocalAddress):80"))
                try await home.wait(for: "ready")
                #expect(
                    try await home.log()
                        == "\(end) machine\n\(world.linkLocalAddress) metadata\nready\n")
                let folder = try #require(try home.reportFolders().first)
                let run = try #require(try await home.show()["id"]?.stringValue)
                let address = try #require(try NetworkTests.addresses(of: run).first)
                #expect(try Self.openings().contains(address))
                // Beside it, another job reaches nothing of this.
                try await TestHome.busy { second in
                    try await second.succeed(Flow.script(tries, job: MachineTests.bridge))
                    #expect(try await second.log() == "")
                }
                try Files.writeFile("\(folder)/go", [])
                #expect(try await program.wait().code == 0)
                #expect(!(try Self.openings().contains(address)))
                let rules = try await world.shell("iptables-save -t raw")
                #expect(!rules.contains("-s \(address)/32"))
            }
        }
    }

    @Test("what a killed process opened is closed by the sweep")
    func swept() async throws {
        try await World.with { world in
            try await TestHome.busy { home in
                let program = try home.begin(
                    Self.script(MeaningTests.untilTold, "\(world.machineAddress):80"))
                try await home.wait(for: "ready")
                program.signal(SIGKILL)
                _ = try await program.wait()
                let run = try #require(try await home.show()["id"]?.stringValue)
                let address = try #require(try NetworkTests.addresses(of: run).first)
                #expect(try Self.openings().contains(address))
                #expect(
                    try await world.shell("iptables-save -t raw").contains("-s \(address)/32"))
                #expect(try await home.slipway(["cancel", "1"]).code == 0)
                try await home.expectNothingLeftSoon()
                #expect(!(try Self.openings().contains(address)))
                #expect(
                    try await !world.shell("iptables-save -t raw").contains("-s \(address)/32"))
            }
        }
    }

    @Test("services of a job are held to its list")
    func services() async throws {
        try await World.with { world in
            _ = try await world.web("world", on: world.address, port: 80)
            _ = try await world.web("else", on: world.address, port: 81)
            try await TestHome.busy { home in
                try await home.succeed(
                    Flow.script(
                        "wget -q -O- http://near:8080/log",
                        job: """
                            network: bridge
                            egress: ['\(world.address):80']
                            services:
                              near:
                                component: busybox
                                command:
                                  - sh
                                  - -c
                                  - |
                                    mkdir /w; timeout 3 wget -q -O- http://\(world.address)/ >>/w/log
                                    timeout 3 wget -q -O- http://\(world.address):81/ >>/w/log
                                    exec httpd -f -p 8080 -h /w
                                ready: wget -q -O /dev/null http://localhost:8080/log
                            """))
                let log = try await home.log()
                #expect(log.contains("│ world\n") && !log.contains("│ else"), "\(log)")
            }
        }
    }

    @Test(
        "a list that cannot be held to errors the attempt, which is made again where that is asked",
        arguments: [
            ("gone.test:80", "", "'gone.test' of egress does not resolve on this machine"),
            ("web.test:80", "127.0.0.1 web.test\n", "leads to no other machine"),
            ("web.test:80", "169.254.169.254 web.test\n", "write the address: 169.254.169.254:80"),
            ("web.test:80", "10.83.0.1 web.test\n", "leads to this machine itself"),
            ("web.test:80", "10.83.0.77 web.test\n", "would lead to other jobs"),
        ])
    func errored(entry: String, hosts: String, why: String) async throws {
        try await TestHome.busy { home in
            let report = try await home.run(
                Flow.script(
                    "echo never",
                    job: """
                        network: bridge
                        egress: ['\(entry)']
                        retry: {attempts: 2, backoff: 10ms}
                        """),
                // Nobody answers there, and says so at once.
                resolver: "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n", hosts: hosts)
            #expect(report.code != 0)
            #expect(try report.job().state == "errored")
            #expect(try report.job().attempts == 2)
            #expect(report.error.contains(why), "\(report.error)")
            #expect(try await home.log() == "")
        }
    }
}
