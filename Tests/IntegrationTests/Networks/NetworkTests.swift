import Domain
import Glibc
import Storage
import TestSupport
import Testing

/// `network: bridge`: what a job reaches through the machine, and what it does not.
struct NetworkTests {
    private static let bridge = "network: bridge"

    /// Those that a run's attempts have: a file each, which names its container.
    static func addresses(of run: String) throws -> [String] {
        let folder = "/run/slipway/addresses/slipway"
        guard Files.exists(folder) else { return [] }
        return try Files.list(folder).filter { name in
            guard name.hasPrefix("10.83.") else { return false }
            do {
                let text = try Files.readFile("\(folder)/\(name)", limit: 1000)
                return String(decoding: text, as: UTF8.self).contains(run)
            } catch {
                // Another run let go of it meanwhile.
                return false
            }
        }
    }

    @Test("a job reaches what the machine reaches, under the machine's name; its address is let go")
    func outside() async throws {
        try await World.with { outside in
            let server = try await outside.web("outside", on: outside.address, port: 80)
            try await TestHome.busy { home in
                let report = try await home.succeed(
                    Flow.script(
                        """
                        wget -q -O- http://\(outside.address)/word
                        cat /etc/hosts /etc/resolv.conf
                        hostname -i
                        """, job: Self.bridge))
                let log = try await home.log()
                #expect(log.hasPrefix("outside\n127.0.0.1 localhost\n"))
                #expect(log.split(separator: "\n").last?.hasPrefix("10.83.") == true)
                // Through the machine's own address: the job's is nobody's business outside.
                #expect(try server.served() == ["from \(outside.machineAddress)"])
                try await home.expectNothingLeft()
                #expect(try Self.addresses(of: try #require(report.id)) == [])
            }
        }
    }

    @Test("without it a job reaches nothing, services or not")
    func none() async throws {
        try await World.with { outside in
            _ = try await outside.web("outside", on: outside.address, port: 80)
            try await TestHome.busy { home in
                for services in [
                    "", "services: {x: {component: busybox, command: [sleep, '1000']}}",
                ] {
                    try await home.succeed(
                        Flow.script(
                            """
                            if timeout 2 wget -q -O- http://\(outside.address)/word; then exit 1; fi
                            ls /sys/class/net | grep -v '^lo$' && exit 1; true
                            """, job: services))
                }
            }
        }
    }

    @Test("jobs do not reach each other, be they of one run; a service shares its job's address")
    func isolation() async throws {
        try await TestHome.busy { home in
            let program = try home.begin(
                Flow.stages([
                    Flow.stage(
                        "work", "run: parallel",
                        jobs: [
                            Flow.job(
                                "server",
                                """
                                wget -q -O- "http://$(hostname -i):8080/word"
                                hostname -i >"$T_REPORTS/new"; mv "$T_REPORTS/new" "$T_REPORTS/address"
                                until test -e "$T_REPORTS/go"; do sleep 0.05; done
                                """,
                                Self.bridge + """

                                    services:
                                      web:
                                        component: busybox
                                        command: [sh, -c, "mkdir /w; echo w >/w/word; exec httpd -f -p 8080 -h /w"]
                                        ready: wget -q -O /dev/null http://localhost:8080/word
                                    """),
                            Flow.job(
                                "client",
                                """
                                until test -e "$T_REPORTS/there"; do sleep 0.05; done
                                a=$(cat "$T_REPORTS/there")
                                if timeout 2 wget -q -O- "http://$a:8080/word"; then exit 1; fi
                                """, Self.bridge),
                        ])
                ]))
            // Carries the address from one to the other.
            let server: String? = try await eventually {
                try home.reports().first { Files.exists("\($0)/address") }
            }
            let served = try #require(server)
            let other: String? = try await eventually {
                try home.reports().first { $0 != served }
            }
            let client = try #require(other)
            let address = try Files.readFile("\(served)/address", limit: 100)
            // The container's root is not this process: it reads what anybody may.
            try Files.writeFile("\(client)/new", address, mode: 0o644)
            try Files.rename("\(client)/new", to: "\(client)/there")
            let hasTried: Bool? = try await eventually { Files.exists(client) ? nil : true }
            #expect(hasTried == true)
            try Files.writeFile("\(served)/go", [])
            let report = try RunReport(await program.wait())
            #expect(report.code == 0, "\(report.error)")
            #expect(try await home.log("work.server") == "work.server │ w\n")
        }
    }

    @Test("a killed process leaves its job an address; the sweep lets it go")
    func swept() async throws {
        try await TestHome.busy { home in
            let program = try home.begin(Flow.script(MeaningTests.untilTold, job: Self.bridge))
            try await home.wait(for: "ready")
            program.signal(SIGKILL)
            _ = try await program.wait()
            let run = try #require(try await home.show()["id"]?.stringValue)
            #expect(try Self.addresses(of: run).count == 1)
            #expect(try await home.slipway(["cancel", "1"]).code == 0)
            try await home.expectNothingLeftSoon()
            #expect(try Self.addresses(of: run) == [])
        }
    }

    @Test("the machine's name servers are taken, but for those that it alone can reach")
    func doctor() async throws {
        try await TestHome.busy { home in
            let result = try await home.slipway(["doctor"])
            #expect(result.output.contains("network"))
            #expect(result.output.contains("CNI plugins"))
            #expect(result.output.contains("works, for `egress`"))
        }
    }
}

extension TestHome {
    /// The folders for reports of the attempts that run.
    fileprivate func reports() throws -> [String] {
        try Files.list("\(path)/attempts").map { "\(path)/attempts/\($0)/writable/reports" }
    }
}
