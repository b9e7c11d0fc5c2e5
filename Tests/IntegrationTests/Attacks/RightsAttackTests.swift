import Storage
import TestSupport
import Testing

/// A hostile image or job that wants to be more than it is: files that lend rights.
struct RightsAttackTests {
    /// The attacker with setuid and setgid bits, and again with every capability.
    private static func image(_ home: TestHome) async throws {
        let program = "\(home.folder)/attacker"
        try await Attacker.build(to: program)
        let bytes = try Files.readFile(program, limit: 16 << 20)
        try await HostileImage(home).make("rights:1", user: "1234:1234") { layer in
            layer.add("setuid".utf8, mode: 0o6755, body: bytes)
            let all = [UInt8](repeating: 0xff, count: 4)
            let capability: [UInt8] = [1, 0, 0, 2] + all + [0, 0, 0, 0] + all + [0, 0, 0, 0]
            layer.extended([("SCHILY.xattr.security.capability", capability)])
            layer.add("capable".utf8, mode: 0o755, body: bytes)
        }
    }

    @Test(
        "setuid, setgid and file capabilities of an image lend nothing",
        arguments: AttackSandbox.tried)
    func lent(sandbox: AttackSandbox) async throws {
        try await TestHome.busy { home in
            try await Self.image(home)
            try await home.succeed(
                Flow.script("/setuid identity; /capable identity", job: sandbox.keys)
                    .replacing("component: busybox", with: "component: rights:1"))
            let nothing = "1234 1234 1234 1234 0 0"
            #expect(try await home.logLines() == [nothing, nothing])
        }
    }

    @Test(
        "what root of one job leaves for another user of a shared folder lends nothing",
        arguments: AttackSandbox.tried)
    func left(sandbox: AttackSandbox) async throws {
        try await TestHome.busy { home in
            let start = try await Attacker.stage(home)
            let shared = "\(sandbox.keys)\nworkspace: shared"
            let report = try await home.run(
                Flow.stages([
                    start,
                    Flow.stage(
                        "work",
                        jobs: [
                            Flow.job(
                                "one", "cp attacker lent; chown 0:0 lent; chmod 6755 lent", shared),
                            Flow.job("two", "./lent identity", "\(shared)\nuser: \"1234:1234\""),
                        ]),
                ]))
            #expect(report.code == 0, "\(report.error)")
            #expect(try await home.log("work.two") == "1234 1234 1234 1234 0 0\n")
        }
    }
}

/// Attacks of other users of this machine on what runs (the actor "host user").
struct HostUserAttackTests {
    private static let nobody = ["--reuid=65534", "--regid=65534", "--clear-groups"]

    /// What a user without rights is told.
    private static func asNobody(_ script: String) async throws -> ProgramResult {
        try await Program.run("/usr/bin/setpriv", nobody + ["/bin/sh", "-c", script])
    }

    @Test("another user reads nothing of a job that runs, starts nothing of it, and steers no run")
    func other() async throws {
        try await TestHome.busy { home in
            let start = try await Attacker.stage(home)
            let program = try home.begin(
                Flow.stages([
                    start,
                    Flow.stage(
                        "work",
                        jobs: [
                            Flow.job(
                                "it",
                                """
                                cp attacker /lent; chmod 6755 /lent; chmod 777 /slipway/work
                                echo mark >mark; chmod 666 mark
                                echo ready; until test -e go; do sleep 0.05; done
                                test "$(cat mark)" = mark
                                """,
                                "workspace: shared\nservices: {s: {component: busybox, "
                                    + "command: [sh, -c, \"sleep 60\"]}}")
                        ]),
                ]))
            try await home.wait(for: "ready")
            let runtime = try home.runtimePath()
            let mounts = String(
                decoding: try Files.readFile("/proc/mounts", limit: 1 << 24), as: UTF8.self)
            let places = mounts.split(separator: "\n").compactMap {
                $0.split(separator: " ").dropFirst().first.map(String.init)
            }.filter { $0.hasPrefix(runtime) }
            #expect(places.count >= 4, "\(places)")
            for place in places {
                for attempt in [
                    "ls '\(place)'", "'\(place)/lent' identity", "cat '\(place)/mark'",
                    "echo x >'\(place)/mark'", "touch '\(place)/new'",
                ] {
                    let result = try await Self.asNobody(attempt)
                    #expect(result.code != 0, "\(attempt): \(result.output)")
                }
            }
            for attempt in [
                "ls '\(home.path)'", "cat '\(home.path)/slipway.db'", "ls '\(runtime)'",
                "cat '\(runtime)'/*.sock", "ls '\(runtime)/runc'",
            ] {
                let result = try await Self.asNobody(attempt)
                #expect(result.code != 0, "\(attempt): \(result.output)")
            }
            // The bits themselves mean nothing below a mount point, whoever gets there.
            for line in mounts.split(separator: "\n") where line.contains(" \(runtime)/") {
                guard line.hasPrefix("overlay") || line.hasPrefix("/dev") else { continue }
                #expect(line.contains("nosuid"), "\(line)")
                #expect(line.contains("nodev"), "\(line)")
            }
            let sockets = try Files.list(runtime).filter { $0.hasSuffix(".sock") }
            #expect(!sockets.isEmpty)
            for name in sockets {
                #expect(try Files.status("\(runtime)/\(name)")?.mode == 0o600)
            }
            try await home.letGo(file: "go")
            let report = try RunReport(try await program.wait())
            #expect(report.code == 0, "\(report.error)")
        }
    }
}
