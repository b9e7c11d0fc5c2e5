import Domain
import Glibc
import Storage
import TestSupport
import Testing

/// Jobs of an ordinary user (docs/decisions/0029).
struct RootlessTests {
    private static let tree = Flow.start("source: {path: tree}")

    @Test("jobs run: artifacts, a source, users of the image, a service, a secret as a file")
    func works() async throws {
        try await OrdinaryUser.with { user in
            try Files.makeFolders("\(user.folder)/tree", mode: 0o755)
            try Files.setOwner("\(user.folder)/tree", user: user.id, group: user.id)
            try user.write("given\n", to: "tree/data")
            let first = Flow.job(
                "make",
                """
                test $(id -u) = 0; cat data; mkdir out; echo made >out/a; chown 12:34 out/a
                echo '[T_RESULT] A = 1'; cat /slipway/secrets/TOKEN | wc -c
                """,
                """
                outputs: [A]
                produces: {out: out}
                secret-files: {TOKEN: secrets.TOKEN}
                """)
            let second = Flow.job(
                "use",
                """
                id -u; cat $T_ARTIFACTS/out/a; touch mine; stat -c %u mine; echo changed >>data
                wget -q -O- http://web:80/word
                """,
                """
                user: 1000
                consumes: {out: work.make.out}
                services:
                  web:
                    component: busybox
                    command: [sh, -c, "mkdir /w; echo word >/w/word; exec httpd -f -p 80 -h /w"]
                    ready: "wget -q -O /dev/null http://localhost/word"
                """)
            let report = try await user.run(
                Flow.stages(
                    [Self.tree, Flow.stage("work", jobs: [first, second])],
                    file: "secrets: [TOKEN]"),
                ["--secret", "TOKEN=env:MY_TOKEN"], environment: ["MY_TOKEN": "0123456789"])
            #expect(report.code == 0, "\(report.error)")
            #expect(try await user.log("work.make").contains("given"))
            #expect(try await user.log("work.make").contains("10"))
            let said = try await user.log("work.use")
            let lines = said.split(separator: "\n").map { $0.split(separator: " ").last ?? "" }
            #expect(lines.suffix(4) == ["1000", "made", "1000", "word"], "\(said)")
            let runs = try JSONParser.parse(
                try await user.slipway(["runs", "-o", "json"]).output.utf8)
            #expect(runs.arrayValue?.first?["actor"]?.stringValue == user.name)
            let swept = try await user.slipway(["gc"])
            #expect(swept.code == 0, "\(swept.error)")
        }
    }

    @Test("what needs root says so: a bridge, a disk are refused, limits of cpu and memory warn")
    func lacks() async throws {
        try await OrdinaryUser.with { user in
            let bridged = try await user.run(Flow.script("true", job: "network: bridge"))
            #expect(bridged.state == "errored")
            #expect(bridged.error.contains("'network: bridge' does not work without root"))
            let disk = try await user.run(
                Flow.script("true", job: "resources: {disk: 64Mi}"))
            #expect(disk.state == "errored")
            #expect(disk.error.contains("'resources.disk' does not work without root"))
            let limited = try await user.run(
                Flow.script("true", job: "resources: {memory: 64Mi}"))
            #expect(limited.state == "succeeded", "\(limited.error)")
            #expect(limited.error.contains("limits on cpu and memory were not held"))
        }
    }

    @Test("each container is held to 512 processes of a user, for itself")
    func processes() async throws {
        try await OrdinaryUser.with { user in
            let many =
                "grep -o '^Max processes  *512  *512 ' /proc/self/limits | wc -l; "
                + "for i in $(seq 400); do sleep 60 & done; sleep 1; echo 400; kill $(jobs -p)"
            let two = try await user.run(
                Flow.stages([
                    Flow.stage(
                        "work", "run: parallel",
                        jobs: [Flow.job("one", many), Flow.job("two", many)])
                ]))
            #expect(two.code == 0, "\(two.error)")
            for job in ["work.one", "work.two"] {
                #expect(try await user.log(job) == "1\n400\n")
            }
            let bomb = try await user.run(
                Flow.script("for i in $(seq 600); do sleep 60 & done; sleep 1; echo 600"))
            #expect(bomb.state == "failed")
            #expect(try await user.log().contains("can't fork"))
        }
    }

    @Test("a cancelled job is told, and nothing of it stays")
    func cancels() async throws {
        try await OrdinaryUser.with { user in
            let program = try user.begin(Flow.script(MeaningTests.untilTold))
            try await user.wait(for: "ready")
            #expect(try await user.slipway(["cancel", "last"]).code == 0)
            let report = try RunReport(await program.wait())
            #expect(report.state == "cancelled")
            #expect(try await user.log() == "ready\ntold\n")
        }
    }

    private static let waiting = """
        echo ready; while ! test -e /tmp/go; do sleep 0.1; done; echo gone on; cat data
        echo made >made
        """

    /// One job over a source, whose artifact is collected from the mounts of its attempt.
    private static func waitingFlow(
        _ user: OrdinaryUser, _ script: String = waiting
    ) throws -> String {
        try Files.makeFolders("\(user.folder)/tree", mode: 0o755)
        try Files.setOwner("\(user.folder)/tree", user: user.id, group: user.id)
        try user.write("given\n", to: "tree/data")
        return Flow.stages([
            tree, Flow.stage("work", jobs: [Flow.job("it", script, "produces: {made: made}")]),
        ])
    }

    @Test(
        "a container outlives slipway: it is entered, adopted and collected by later commands",
        arguments: [false, true])
    func adopts(killsKeeper: Bool) async throws {
        try await OrdinaryUser.with { user in
            let program = try user.begin(try Self.waitingFlow(user))
            try await user.wait(for: "ready")
            let entered = try await user.slipway(
                ["exec", "last", "work.it", "--", "sh", "-c", "id -u; cat data"])
            #expect(entered.output == "0\ngiven\n", "\(entered.error)")
            program.signal(SIGKILL)
            _ = try await program.wait()
            if killsKeeper {
                let keepers = try user.processes(naming: "namespace-keeper")
                #expect(keepers.count == 1)
                for pid in keepers { kill(pid, SIGKILL) }
            }
            let resumed = try user.start(["resume", "-o", "json", "last"])
            try await user.letGo()
            let report = try RunReport(await resumed.wait())
            #expect(report.state == "succeeded", "\(report.error)")
            #expect(try report.job().attempts == 1)
            #expect(try await user.log() == "ready\ngone on\ngiven\n")
        }
    }

    @Test("a job that ended while nobody was there is collected from mounts that were kept")
    func collects() async throws {
        try await OrdinaryUser.with { user in
            let program = try user.begin(
                try Self.waitingFlow(
                    user,
                    """
                    echo ready; until test -e "$T_REPORTS/go"; do sleep 0.05; done
                    cat data; echo made >made
                    """))
            try await user.wait(for: "ready")
            program.signal(SIGKILL)
            _ = try await program.wait()
            let attempt = try #require(try Files.list("\(user.home)/attempts").first)
            let go = "\(user.home)/attempts/\(attempt)/writable/reports/go"
            try Files.writeFile(go, [])
            try Files.setOwner(go, user: user.id, group: user.id)
            let isOver: Bool? = try await eventually {
                try user.processes(naming: "conmon").isEmpty ? true : nil
            }
            #expect(isOver != nil)
            let report = try RunReport(await user.slipway(["resume", "-o", "json", "last"]))
            #expect(report.state == "succeeded", "\(report.error)")
            let made = try await user.slipway(
                ["artifact", "get", "last", "work.it", "made", "-o", "\(user.folder)/got"])
            #expect(made.code == 0, "\(made.error)")
            #expect(try Files.readFile("\(user.folder)/got", limit: 64) == Array("made\n".utf8))
        }
    }

    @Test("a run that is left goes on in a process of its own, in the same namespaces")
    func leaves() async throws {
        try await OrdinaryUser.with { user in
            let file = try user.write(
                Flow.script(
                    "echo ready; while ! test -e /tmp/go; do sleep 0.1; done; echo $TOKEN | wc -c",
                    job: "inputs: {TOKEN: \"${secrets.TOKEN}\"}", file: "secrets: [TOKEN]"),
                to: "workflow.yaml")
            let terminal = try user.terminal(
                ["run", file, "--secret", "TOKEN=env:TOKEN"],
                environment: ["TOKEN": "hidden-value"])
            try await user.wait(for: "ready")
            #expect(try await terminal.shows("q leave"))
            try terminal.type("q")
            #expect(try await terminal.program.wait().code == 8)
            try await user.letGo()
            try await user.wait(for: "13")
        }
    }

    @Test("two users at once see nothing of each other")
    func apart() async throws {
        try await OrdinaryUser.with { one in
            try await OrdinaryUser.with { two in
                let script = "echo ready; while ! test -e /tmp/go; do sleep 0.1; done; ps"
                let programs = try [one, two].map { try $0.begin(Flow.script(script)) }
                for user in [one, two] {
                    try await user.wait(for: "ready")
                    let runs = try JSONParser.parse(
                        try await user.slipway(["runs", "-o", "json"]).output.utf8)
                    #expect(runs.arrayValue?.count == 1)
                }
                // Neither may use, nor enter, what the other has.
                for words in [
                    ["exec", "last", "work.it", "--", "true"], ["cancel", "last"],
                    ["approve", "last"], ["logs", "last"], ["show", "last"],
                ] {
                    let other = try await one.slipway(
                        words, environment: ["SLIPWAY_HOME": two.home])
                    #expect(other.code == 2, "\(words): \(other.error)")
                    #expect(other.output.isEmpty)
                }
                for (user, program) in zip([one, two], programs) {
                    try await user.letGo()
                    #expect(try RunReport(await program.wait()).state == "succeeded")
                }
            }
        }
    }

    @Test("other programs are started as the user, not as root of its namespaces")
    func programs() async throws {
        try await OrdinaryUser.with { user in
            let program = try user.write(
                "#!/bin/sh\nid -u >\"$HOME/told\"; id -un >>\"$HOME/told\"\n", to: "tell",
                mode: 0o755)
            try user.write(
                "notify: {team: {command: [\(program)]}}\n", to: "home/config.yaml")
            let report = try await user.run(
                Flow.script(
                    "true", file: "notify: {to: team, on: [succeeded], message: done}"))
            #expect(report.code == 0, "\(report.error)")
            #expect(!report.error.contains("warning"), "\(report.error)")
            let told = try Files.readFile("\(user.folder)/told", limit: 1024)
            #expect(String(decoding: told, as: UTF8.self) == "\(user.id)\n\(user.name)\n")
        }
    }

    @Test("an account without ranges is told the command; what needs no container works")
    func missingRanges() async throws {
        try await OrdinaryUser.with(ranges: false) { user in
            let report = try await user.run(Flow.script("true"))
            #expect(report.code == 2)
            #expect(report.error.contains("/etc/subuid has no line for \(user.name)"))
            #expect(report.error.contains("usermod --add-subuids"))
            let doctor = try await user.slipway(["doctor"])
            #expect(doctor.code == 2)
            #expect(doctor.output.contains("usermod --add-subuids"))
            // Nothing is promised, or found wanting, that such a user cannot even try.
            #expect(!doctor.error.contains("could not be removed"), "\(doctor.error)")
            let lines = doctor.output.split(separator: "\n").map {
                $0.split(separator: " ", omittingEmptySubsequences: true).prefix(2)
                    .joined(separator: " ")
            }
            #expect(lines.filter { $0.hasPrefix("missing") } == ["missing user"])
            for name in ["overlayfs", "network", "cgroups", "gvisor"] {
                #expect(lines.contains("warning \(name)"), "\(doctor.output)")
            }
            for text in ["choose a SLIPWAY_HOME", "sysctl", "modprobe", "jobs share"] {
                #expect(!doctor.output.contains(text), "\(doctor.output)")
            }
            let swept = try await user.slipway(["gc"])
            #expect(swept.code == 0, "\(swept.error)")
            #expect(try await user.slipway(["lint", "workflow.yaml"]).code == 0)
            #expect(try await user.slipway(["runs"]).code == 0)
        }
    }

    @Test("the doctor says what an ordinary user has")
    func doctor() async throws {
        try await OrdinaryUser.with(images: []) { user in
            let doctor = try await user.slipway(["doctor"])
            #expect(doctor.code == 0, "\(doctor.output)")
            #expect(doctor.output.contains("user \(user.id), without root"))
            for name in ["`network: bridge`", "`resources.disk`", "gvisor"] {
                let line = doctor.output.split(separator: "\n").first { $0.contains(name) }
                #expect(line?.contains("without root") == true, "\(name): \(doctor.output)")
            }
        }
    }
}
