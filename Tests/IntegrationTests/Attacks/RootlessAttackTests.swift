import Domain
import Storage
import TestSupport
import Testing

/// Hostile jobs of an ordinary user: root in them is that user out here, and all of the user's jobs
/// have the same users, so that namespaces alone keep them apart (docs/decisions/0029).
struct RootlessAttackTests {
    private static let canary = "canary-of-the-account"
    private static let waiting = "echo ready; until test -e go; do sleep 0.05; done"

    private static func stage(_ user: OrdinaryUser) async throws -> String {
        try await Attacker.stage(in: user.folder)
    }

    /// Files on the disk, in the user's own folder. What is in memory there, only its jobs see.
    private static func files(of user: OrdinaryUser, containing text: String) async throws
        -> [String]
    {
        let found = try await Program.run(
            "/bin/grep", ["-rlaF", "--devices=skip", "--", text, user.home])
        #expect(found.code <= 1, "\(found.error)")
        return found.output.split(separator: "\n").map(String.init)
    }

    @Test(
        "nothing that it asks of the kernel gets it further; it has three streams, entered or not")
    func kernel() async throws {
        try await OrdinaryUser.with { user in
            let start = try await Self.stage(user)
            let program = try await MachineFacts.stay {
                let program = try user.begin(
                    Flow.stages([
                        start,
                        Flow.stage(
                            "work", "run: parallel",
                            jobs: [
                                Flow.job("root", "./attacker"),
                                Flow.job("hardened", "./attacker", "hardened: true"),
                                Flow.job("user", "./attacker", "user: \"1234\""),
                                Flow.job("it", "./attacker descriptors; \(Self.waiting)"),
                            ]),
                    ]))
                try await user.wait(for: "ready")
                let entered = try await user.slipway(
                    ["exec", "last", "work.it", "--", "./attacker", "descriptors"])
                let lines = entered.output.split(separator: "\n").map { $0.prefix(2) }
                #expect(lines == ["0 ", "1 ", "2 "], "\(entered.output) \(entered.error)")
                try await user.letGo(file: "go")
                return program
            }
            let report = try RunReport(await program.wait())
            #expect(report.code == 0, "\(report.error)")
            for job in ["root", "hardened", "user"] {
                KernelAttack.expectRefused(try await user.log("work.\(job)"), isRoot: job == "root")
            }
            let own = try await user.log().split(separator: "\n").map { $0.prefix(2) }
            #expect(own == ["0 ", "1 ", "2 ", "re"])
        }
    }

    @Test("two jobs of one user find, trace and end nothing of each other, in one run and in two")
    func neighbours() async throws {
        try await OrdinaryUser.with { user in
            let start = try await Self.stage(user)
            let file = try user.write(
                Flow.stages(
                    [
                        Flow.stage(
                            "work", "run: parallel",
                            jobs: [
                                NeighbourAttackTests.victimJob(.standard),
                                NeighbourAttackTests.spyJob(.standard, waits: true),
                            ])
                    ], file: NeighbourAttackTests.file), to: "victim.yaml")
            let program = try user.start(
                ["run", "-o", "json", file] + NeighbourAttackTests.secret,
                environment: NeighbourAttackTests.given)
            try await user.wait(for: "ready", in: "work.victim")
            try await user.letGo("work.spy")
            try await user.wait(for: "found", in: "work.spy")
            #expect(try await user.log("work.spy").hasPrefix("found 0\n"))

            // Told by their numbers what runs for the user: the job, its monitor, the keeper of the
            // namespaces, slipway itself.
            let isAlone: Bool? = try await eventually {
                try user.processes(naming: "conmon").count == 1 ? true : nil
            }
            #expect(isAlone == true)
            let others = try user.processes().map(String.init)
            #expect(try user.processes(naming: "namespace-keeper").count == 1)
            let report = try await user.run(
                Flow.stages([
                    start,
                    Flow.stage(
                        "work", "run: parallel",
                        jobs: [
                            NeighbourAttackTests.spyJob(.standard),
                            Flow.job(
                                "tracer", "./attacker reach \(others.joined(separator: " "))"),
                            Flow.job(
                                "hunter",
                                "n=0; for p in $(seq 2 40000); do "
                                    + "kill -KILL $p 2>/dev/null && n=$((n+1)); done; echo killed $n"
                            ),
                        ]),
                ]))
            #expect(report.code == 0, "\(report.error)")
            #expect(try await user.log("work.spy").hasPrefix("found 0\n"))
            #expect(try await user.log("work.tracer") == "over\n")
            // But for what made its list.
            let killed = try await user.log("work.hunter")
            #expect(["killed 0\n", "killed 1\n"].contains(killed), "\(killed)")

            try await user.letGo("work.victim", of: "1", file: "go")
            let first = try RunReport(await program.wait())
            #expect(first.code == 0, "\(first.error)")
            #expect(try first.job("work.victim").output("ALIVE") == "yes")
        }
    }

    /// Each path that leads to the account's folder, or to its files, would be counted.
    private static func search(_ user: OrdinaryUser) -> String {
        """
        for n in user mnt pid net ipc uts cgroup; do readlink /proc/self/ns/$n; done
        needle=$(printf 'canary-of-%s' the-account)
        found=0
        for d in /*; do
          case $d in /proc|/sys|/dev|/bin|/sbin|/usr) continue;; esac
          grep -rlq "$needle" $d 2>/dev/null && found=$((found+1))
        done
        for r in '' /proc/1/root /proc/1/cwd/../../../.. /proc/self/fd/../../..; do
          ls "$r\(user.folder)" 2>/dev/null && found=$((found+1))
          (echo x >"$r\(user.folder)/open/new") 2>/dev/null && found=$((found+1))
        done
        for d in /run/slipway /run/user /run/lock /run/systemd; do
          test -e $d && found=$((found+1))
        done
        ./attacker connect '\(socketName(user))'
        echo "found $found"
        """
    }

    private static func socketName(_ user: OrdinaryUser) -> String { "slipway-\(user.name)" }

    @Test("it reaches no file, socket or namespace of its account, though it is that user out here")
    func account() async throws {
        try await OrdinaryUser.with { user in
            let start = try await Self.stage(user)
            try user.write(Self.canary, to: "mine", mode: 0o666)
            try user.write(Self.canary, to: "home/mine", mode: 0o666)
            try Files.makeFolders("\(user.folder)/open")
            try Files.setMode("\(user.folder)/open", 0o777)
            let listener = try Program(
                "\(user.folder)/attacker/attacker", ["listen", Self.socketName(user)])
            let isThere: Bool? = try await eventually {
                try listener.printed().contains("listening") ? true : nil
            }
            try #require(isThere == true)
            let file = try user.write(
                Flow.stages(
                    [
                        start,
                        Flow.stage(
                            "work",
                            jobs: [
                                Flow.job(
                                    "it", "\(Self.search(user))\n\(Self.waiting)",
                                    "inputs: {T_TOKEN: \"${secrets.TOKEN}\"}\n"
                                        + "secret-files: {TOKEN: secrets.TOKEN}")
                            ]),
                    ], file: "secrets: [TOKEN]"), to: "workflow.yaml")
            let program = try user.start(
                ["run", "-o", "json", file] + LeakAttackTests.secret,
                environment: LeakAttackTests.given)
            try await user.wait(for: "ready")
            // The secret is in memory, which whoever has the disk does not see.
            #expect(try await Self.files(of: user, containing: LeakAttackTests.value).isEmpty)
            let lines = try await user.log().split(separator: "\n").map(String.init)
            try #require(lines.count == 10, "\(lines)")
            #expect(lines[7...] == ["ECONNREFUSED", "found 0", "ready"])
            // Out here: what keeps the namespaces, what watches the job, and this process.
            let keepers = try user.processes(naming: "namespace-keeper")
            let monitors = try user.processes(naming: "conmon")
            #expect(keepers.count == 1 && monitors.count == 1)
            for pid in keepers.map(String.init) + monitors.map(String.init) + ["self"] {
                let kinds = ["user", "mnt", "pid", "net", "ipc", "uts"]
                for (kind, own) in zip(kinds, lines) {
                    let other = try await Program.run(
                        "/bin/readlink", ["/proc/\(pid)/ns/\(kind)"])
                    #expect(other.output.hasPrefix("\(kind):["), "\(other.error)")
                    #expect(other.output != "\(own)\n", "\(kind) of \(pid)")
                }
            }
            // Layers, sources and what jobs leave are the user's; nobody else may come near.
            #expect(try Files.status(user.home)?.mode == 0o700)
            #expect(try Files.list("\(user.folder)/open") == [])
            try await user.letGo(file: "go")
            #expect(try RunReport(await program.wait()).code == 0)
            let reached = try await Program.run(
                "\(user.folder)/attacker/attacker", ["connect", Self.socketName(user)])
            #expect(reached.output == "done\n")
            #expect(try await listener.wait().output.hasSuffix("reached\n"))
        }
    }

    @Test("what it leaves is taken as it is or refused by name, and secrets stay masked")
    func leaves() async throws {
        try await OrdinaryUser.with { user in
            try CollectionAttackTests.expect(try await user.run(CollectionAttackTests.together()))

            let leaky = try await user.run(
                LeakAttackTests.together(), LeakAttackTests.secret,
                environment: LeakAttackTests.given)
            #expect(leaky.states.count == LeakAttackTests.ways.count)
            // Each ran, and what it printed was masked.
            #expect(leaky.states.allSatisfy { !$0.hasSuffix(" errored") }, "\(leaky.states)")
            let logs = try await user.slipway(["logs", "last"]).output
            #expect(logs.contains("***"))
            for form in LeakAttackTests.forms {
                #expect(!logs.contains(form))
                #expect(!leaky.error.contains(form))
                #expect(!leaky.document.canonicalText.contains(form))
                #expect(try await Self.files(of: user, containing: form).isEmpty)
            }
        }
    }

    @Test("gVisor, which has not been seen to work without root, is refused and not left out")
    func sandbox() async throws {
        try await OrdinaryUser.with { user in
            let report = try await user.run(
                Flow.script("true", job: AttackSandbox.gvisor.keys))
            #expect(report.state == "errored")
            #expect(report.error.contains("'sandbox: gvisor' does not work without root"))
            #expect(try await user.log() == "")
        }
    }
}
