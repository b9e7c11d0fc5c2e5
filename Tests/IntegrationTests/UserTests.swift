import Domain
import Glibc
import Storage
import TestSupport
import Testing

/// Each container has users of its own (docs/decisions/0025).
struct UserTests {
    private static let base: UInt32 = 1_879_048_192

    /// The users of the containers' first processes, out here, by attempt.
    private static func users(_ home: TestHome) throws -> [String: UInt32] {
        var found: [String: UInt32] = [:]
        for name in try Files.list("\(home.path)/attempts") {
            let path = "\(home.path)/attempts/\(name)/container.pid"
            guard Files.exists(path) else { continue }
            let pid = String(decoding: try Files.readFile(path, limit: 64), as: UTF8.self)
            found[name] = try Files.status("/proc/\(pid)")?.owner
        }
        return found
    }

    @Test("root in a container is nobody of this machine, and no other container's root")
    func separate() async throws {
        try await TestHome.busy { home in
            let wait = "echo up; \(MeaningTests.untilTold)"
            let program = try home.begin(
                Flow.stages([
                    Flow.stage(
                        "work", "run: parallel", jobs: ["it", "too"].map { Flow.job($0, wait) })
                ]))
            for job in ["work.it", "work.too"] { try await home.wait(for: "ready", in: job) }
            let users = try Self.users(home).values.sorted()
            #expect(users.count == 2 && Set(users).count == 2)
            #expect(users.allSatisfy { $0 >= Self.base && $0 % 65_536 == 0 })
            for name in try Files.list("\(home.path)/attempts") {
                let file = "\(home.path)/attempts/\(name)/container.pid"
                let pid = String(decoding: try Files.readFile(file, limit: 64), as: UTF8.self)
                for kind in ["user", "mnt", "pid", "net", "ipc", "uts"] {
                    let own = try Files.target(ofLink: "/proc/self/ns/\(kind)")
                    #expect(try Files.target(ofLink: "/proc/\(pid)/ns/\(kind)") != own, "\(kind)")
                }
            }
            #expect(try await home.slipway(["cancel", "last"]).code == 0)
            _ = try await program.wait()
        }
    }

    @Test("inside, all looks as before: owners, modes, identities, ids up to 65,535")
    func inside() async throws {
        try await TestHome.busy { home in
            try await home.succeed(
                Flow.script(
                    """
                    id -u
                    stat -c '%u:%g %a' / /bin /etc/passwd $PWD $T_RESULT_FILE $T_REPORTS $T_ARTIFACTS
                    touch a && chown 1234:65535 a && chmod 4755 a && stat -c '%u:%g %a' a
                    touch b && chown 65536 b 2>/dev/null || echo refused
                    cat /proc/self/uid_map | tr -s ' '
                    """))
            let lines = try await home.logLines()
            #expect(
                lines.dropLast() == [
                    "0", "0:0 755", "0:0 755", "0:0 644", "0:0 755", "0:0 644", "0:0 755",
                    "0:0 755", "1234:65535 4755", "refused",
                ])
            let map = (lines.last ?? "").split(separator: " ")
            #expect(map.first == "0" && map.last == "65536")
            #expect(map.count == 3 && UInt32(map[1]).map { $0 >= Self.base } == true)
        }
    }

    @Test("a job's user owns its source, artifacts of others can be read, and all is collected")
    func user() async throws {
        try await TestHome.busy { home in
            try Files.makeFolders("\(home.folder)/src")
            try Files.writeFile("\(home.folder)/src/code", "x".utf8)
            let make = Flow.job(
                "make",
                """
                id -u; stat -c %u code .; echo more >>code; mkdir out; cp code out/; chmod 700 out
                echo '[T_RESULT] X = 1'; echo '<testsuite/>' >$T_REPORTS/a.xml
                """, "user: '1000:1000'\noutputs: [X]\nproduces: {made: out}")
            let take = Flow.job(
                "take", "id -u; cat $T_ARTIFACTS/made/code; stat -c %u $T_ARTIFACTS/made/code",
                "user: '2000'\nconsumes: {made: a.make.made}")
            try await home.succeed(
                Flow.stages([
                    Flow.start("source: {path: src}"), Flow.stage("a", jobs: [make]),
                    Flow.stage("b", jobs: [take]),
                ]))
            let made = try await home.log("a.make")
            #expect(made.hasPrefix("1000\n1000\n1000\n"))
            #expect(try await home.log("b.take") == "2000\nxmore\n0\n")
            #expect(try Files.readFile("\(home.folder)/src/code", limit: 9) == Array("x".utf8))
        }
    }

    @Test(
        "jobs that share a folder share its owners, also when the run is taken over",
        arguments: [
            (make: "true", look: "true", says: ""),
            (Flow.deepTree, "\(Flow.deepFile); stat -c %u $file; cat $file", "0\ndeep\n"),
        ])
    func shared(make: String, look: String, says: String) async throws {
        try await TestHome.busy { home in
            let text = Flow.stages([
                Flow.stage(
                    "a",
                    jobs: [
                        Flow.job("it", "echo a >a; chmod 600 a; \(make)", "workspace: shared")
                    ]),
                "- name: stop\n  type: pause\n",
                Flow.stage(
                    "b",
                    jobs: [Flow.job("it", "stat -c %u a; cat a; \(look)", "workspace: shared")]),
            ])
            let report = try await home.run(text)
            #expect(report.code == 8)
            // Somebody else has taken the range meanwhile, as after a restart of the machine.
            let run = try #require(report.id)
            let links = "/run/slipway/users"
            let mine = try Files.list(links).filter {
                try TestHome.holder("\(links)/\($0)")?.hasSuffix("/\(run)") == true
            }
            let slot = try #require(mine.first)
            try Files.remove("\(links)/\(slot)")
            try Files.link("elsewhere/other", at: "\(links)/\(slot)")
            #expect(try await home.slipway(["approve", "last"]).code == 0)
            let resumed = try await home.slipway(["resume", "last"])
            try Files.remove("\(links)/\(slot)")
            #expect(resumed.code == 0, "\(resumed.error)")
            #expect(try await home.log("b.it") == "0\na\n\(says)")
        }
    }

    @Test("a service that is root listens on a low port, and sees their network alone")
    func service() async throws {
        try await TestHome.busy { home in
            try await home.succeed(
                Flow.script(
                    "ls /sys/class/net; wget -q -O - http://web:80/x",
                    job: """
                        services:
                          web:
                            component: busybox
                            command: [sh, -c, "mkdir /w; echo served >/w/x; exec httpd -f -p 80 -h /w"]
                            ready: wget -q -O /dev/null http://127.0.0.1:80/x
                        """))
            #expect(try await home.log() == "work.it │ lo\nwork.it │ served\n")
        }
    }

    @Test("a user past the last one is told as such")
    func pastTheLast() async throws {
        try await TestHome.busy { home in
            let report = try await home.run(Flow.script("true", job: "user: '70000'"))
            #expect(try report.job().reason?.contains("70000") == true)
            #expect(try report.job().reason?.contains("65535") == true)
        }
    }
}
