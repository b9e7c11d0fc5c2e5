import Domain
import Glibc
import Storage
import TestSupport
import Testing

/// What a job with a bridge does not reach: the machine, other jobs, links, what its home denies.
struct MachineTests {
    static let bridge = "network: bridge"

    /// Tries ends one after the other; what answers is printed. Not with `wget -T`, which dies of
    /// a signal whenever it succeeds (busybox 1.35).
    static func tries(_ ends: [String], seconds: Int = 3) -> String {
        ends.map {
            "timeout \(seconds) wget -q -O- http://\($0)/ 2>/dev/null | sed 's|^|\($0) |' || true"
        }.joined(separator: "\n")
    }

    @Test("a job with a bridge reaches the world, and no address of the machine, in any way")
    func machine() async throws {
        try await World.with { world in
            _ = try await world.web("world", on: world.address, port: 80)
            _ = try await world.web("metadata", on: world.linkLocalAddress, port: 80)
            let server = try await world.web("machine", on: "0.0.0.0", isInside: false)
            let own = try await world.shell(
                "ip -4 -o addr | awk '{sub(\"/.*\", \"\", $4); print $4}'"
            )
            .split(separator: "\n").map { "\($0):\(server.port)" }
            #expect(own.contains("127.0.0.1:\(server.port)"))
            #expect(own.contains("\(world.machineAddress):\(server.port)"))
            // All of it is there, as the machine itself can tell.
            let seen = try await world.shell(
                "timeout 3 busybox wget -q -O- http://\(world.linkLocalAddress)/; "
                    + "timeout 3 busybox wget -q -O- http://\(world.machineAddress):\(server.port)/"
            )
            #expect(seen == "metadata\nmachine\n")
            try await TestHome.busy { home in
                let ends = ["10.83.0.1:\(server.port)", world.linkLocalAddress] + own
                try await home.succeed(
                    Flow.script(
                        Self.tries([world.address], seconds: 20) + "\n" + Self.tries(ends),
                        job: Self.bridge))
                #expect(try await home.log() == "\(world.address) world\n")
                #expect(try server.served().filter { $0.contains("10.83.") } == [])
            }
        }
    }

    @Test("datagrams of a job with a bridge reach the world, and no address of the machine")
    func datagrams() async throws {
        try await World.with { world in
            let outside = try await world.datagrams(on: world.address)
            let machine = try await world.datagrams(on: "0.0.0.0", isInside: false)
            let own = try await world.shell(
                "ip -4 -o addr | awk '{sub(\"/.*\", \"\", $4); print $4}'"
            )
            .split(separator: "\n").map { "\($0) \(machine.port)" }
            #expect(own.contains { $0.hasPrefix("\(world.machineAddress) ") })
            func send(_ ends: [String], _ word: String) -> String {
                ends.map { "timeout 2 busybox tftp -g -r '\(word) to \($0)' \($0) || true" }
                    .joined(separator: "\n")
            }
            try await TestHome.busy { home in
                // The last goes to the world, so that all before it have been on their way.
                let last = "\(world.address) \(outside.port)"
                try await home.succeed(
                    Flow.script(
                        send(["10.83.0.1 \(machine.port)"] + own + [last], "job"),
                        job: Self.bridge))
                let hasCome: Bool? = try await eventually {
                    try outside.served().contains("job to \(last)") ? true : nil
                }
                #expect(hasCome == true)
                // What the machine sends itself does come.
                _ = try await Program.run("/bin/sh", ["-c", send(own, "machine")])
                let served = try machine.served()
                #expect(served.contains("machine to \(world.machineAddress) \(machine.port)"))
                #expect(served.allSatisfy { $0.hasPrefix("machine ") }, "\(served)")
            }
        }
    }

    @Test("an address that the machine gets later is no way in: its own rules drop what goes there")
    func later() async throws {
        try await World.with { world in
            let server = try await world.web("machine", on: "0.0.0.0", isInside: false)
            try await TestHome.busy { home in
                let program = try home.begin(
                    Flow.script(
                        """
                        echo ready
                        until test -e "$T_REPORTS/go"; do sleep 0.05; done
                        \(Self.tries(["\(world.laterAddress):\(server.port)"]))
                        """, job: Self.bridge))
                try await home.wait(for: "ready")
                try await world.shell("ip addr add \(world.laterAddress)/24 dev \(world.device)")
                let reports = try #require(try home.reportFolders().first)
                try Files.writeFile("\(reports)/go", [])
                #expect(try await program.wait().code == 0)
                #expect(!(try await home.log().contains("machine")))
                #expect(try server.served() == [])
            }
        }
    }

    /// Runs a workflow, and again after each of some commands; prints the rules after each run.
    /// All of it on a machine with a network of its own, whose rules nobody else needs meanwhile.
    private static let damaged = """
        mount --rbind /sys/fs/cgroup "$TMPDIR"
        mount -t sysfs sysfs /sys && mount --rbind "$TMPDIR" /sys/fs/cgroup
        mkdir -p /run/slipway && mount -t tmpfs tmpfs /run/slipway
        slipway=$1 file=$2; shift 2
        "$slipway" run "$file"; iptables-save -t raw | grep SLIPWAY-JOBS >&3
        for damage; do
            $damage
            "$slipway" run "$file"; echo >&3; iptables-save -t raw | grep SLIPWAY-JOBS >&3
        done
        """

    @Test("rules that somebody flushed are set again when the next job connects")
    func flushed() async throws {
        let damages = [
            "iptables -t raw -F SLIPWAY-JOBS", "iptables -t raw -F PREROUTING",
            "iptables -t raw -D SLIPWAY-JOBS -d 10.83.0.0/16 -j DROP",
            "iptables -t raw -I SLIPWAY-JOBS -j RETURN",
        ]
        try await TestHome.busy { home in
            let file = try home.workflow(Flow.script("true", job: Self.bridge))
            let place = "\(home.folder)/groups"
            try Files.makeFolders(place)
            let result = try await Program.run(
                "/usr/bin/unshare",
                ["-m", "-n", "/bin/bash", "-ec", "exec 3>&1 >&2; " + Self.damaged, "damaged"]
                    + [try BuiltProduct.path("slipway"), file] + damages,
                environment: home.environment(["TMPDIR": place]))
            try #require(result.code == 0, "\(result.error)")
            let found = result.output.split(separator: "\n\n").map {
                $0.split(separator: "\n").map(String.init)
            }
            #expect(found.count == 1 + damages.count)
            #expect(found.first?.contains("-A PREROUTING -i slipway0 -j SLIPWAY-JOBS") == true)
            #expect(found.first?.contains("-A SLIPWAY-JOBS -d 10.83.0.0/16 -j DROP") == true)
            for (damage, rules) in zip(["nothing"] + damages, found) {
                #expect(rules == found.first, "\(damage)")
            }
        }
    }

    @Test("two jobs of one moment reach neither each other, nor does the machine or the world them")
    func neighbours() async throws {
        try await World.with { world in
            try await TestHome.busy { home in
                let script = """
                    mkdir /w; echo neighbour >/w/index.html; httpd -p 8080 -h /w
                    wget -q -O- "http://$(hostname -i):8080/"
                    hostname -i >"$T_REPORTS/own.new"; mv "$T_REPORTS/own.new" "$T_REPORTS/own"
                    until test -e "$T_REPORTS/other"; do sleep 0.05; done
                    other=$(cat "$T_REPORTS/other")
                    timeout 3 wget -q -O- "http://$other:8080/" && exit 1
                    timeout 3 wget -q -O- "http://10.83.0.1:8080/" && exit 1
                    ping -c 1 -W 1 "$other" 2>&1 | grep -o 'permission denied'
                    touch "$T_REPORTS/tried"
                    until test -e "$T_REPORTS/go"; do sleep 0.05; done
                    """
                let program = try home.begin(
                    Flow.stages([
                        Flow.stage(
                            "work", "run: parallel",
                            jobs: ["a", "b"].map { Flow.job($0, script, Self.bridge) })
                    ]))
                let all: [String]? = try await eventually {
                    let folders = try home.reportFolders()
                    return folders.count == 2 && folders.allSatisfy { Files.exists("\($0)/own") }
                        ? folders : nil
                }
                let folders = try #require(all)
                let addresses = try folders.map { folder in
                    String(
                        decoding: try Files.readFile("\(folder)/own", limit: 100).dropLast(),
                        as: UTF8.self)
                }
                #expect(Set(addresses).count == 2)
                for (index, folder) in folders.enumerated() {
                    try Files.writeFile("\(folder)/new", addresses[1 - index].utf8, mode: 0o644)
                    try Files.rename("\(folder)/new", to: "\(folder)/other")
                }
                for address in addresses {
                    let words = [
                        "/usr/bin/timeout", "2", "/bin/busybox", "wget", "-O-",
                        "http://\(address):8080/",
                    ]
                    let fromMachine = try await Program.run(words[0], Array(words.dropFirst()))
                    #expect(fromMachine.code != 0 && fromMachine.output.isEmpty)
                    let fromWorld = try await world.inside(words)
                    #expect(fromWorld.code != 0 && fromWorld.output.isEmpty)
                }
                let haveTried: Bool? = try await eventually {
                    folders.allSatisfy { Files.exists("\($0)/tried") } ? true : nil
                }
                #expect(haveTried == true)
                for folder in folders { try Files.writeFile("\(folder)/go", []) }
                let report = try RunReport(await program.wait())
                #expect(report.code == 0, "\(report.error)")
                for job in ["work.a", "work.b"] {
                    let lines = try await home.log(job)
                    #expect(lines.contains("neighbour\n"))
                    #expect(lines.contains("permission denied"), "no raw socket: \(lines)")
                }
            }
        }
    }

    @Test("there is no IPv6 between a job and the machine; its loopback device has it")
    func sixthVersion() async throws {
        try await TestHome.busy { home in
            try await home.succeed(
                Flow.script(
                    """
                    awk '{print $6}' /proc/net/if_inet6
                    cat /proc/sys/net/ipv6/conf/eth0/disable_ipv6
                    echo 0 2>/dev/null >/proc/sys/net/ipv6/conf/eth0/disable_ipv6 && exit 1
                    ip link set eth0 down 2>/dev/null && exit 1
                    ip route add 10.99.0.0/16 via 10.83.0.1 2>/dev/null && exit 1
                    ip -6 addr add fe80::1/64 dev eth0 2>/dev/null && exit 1
                    true
                    """, job: Self.bridge))
            #expect(try await home.log() == "lo\n1\n")
            let machine = String(
                decoding: try Files.readFile("/proc/net/if_inet6", limit: 1 << 20), as: UTF8.self)
            #expect(!machine.contains(" slipway0\n"))
        }
    }

    @Test("what a home denies no workflow opens")
    func denied() async throws {
        try await World.with { world in
            _ = try await world.web("world", on: world.address, port: 80)
            try await TestHome.busy { home in
                let text = Flow.script(Self.tries([world.address]), job: Self.bridge)
                try await home.succeed(text)
                #expect(try await home.log() == "\(world.address) world\n")
                try Files.writeFile(
                    "\(home.path)/config.yaml", "network: {deny: [\(world.network)]}\n".utf8)
                try await home.succeed(text)
                #expect(try await home.log() == "")
                let report = try await home.run(
                    Flow.script(
                        "true", job: "\(Self.bridge)\negress: ['\(world.address):80']"))
                #expect(try report.job().state == "errored")
                #expect(report.error.contains("denied by 'network: deny: [\(world.network)]'"))
            }
        }
    }
}

extension TestHome {
    /// The folders for reports of the attempts that run.
    func reportFolders() throws -> [String] {
        try Files.list("\(path)/attempts").map { "\(path)/attempts/\($0)/writable/reports" }
    }
}
