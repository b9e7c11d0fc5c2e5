import Domain
import Storage
import TestSupport
import Testing

/// A hostile job or image against the programs that hold it: the runtime, conmon, and slipway.
struct RuntimeAttackTests {
    private static func flow(_ start: String, _ script: String, _ keys: String) -> String {
        Flow.stages([start, Flow.stage("work", jobs: [Flow.job("it", script, keys)])])
    }

    private static let waiting = "echo ready; until test -e go; do sleep 0.02; done"

    @Test(
        "a job, and a command that enters it, have three streams and no other descriptor",
        arguments: AttackSandbox.tried)
    func descriptors(sandbox: AttackSandbox) async throws {
        try await TestHome.busy { home in
            let start = try await Attacker.stage(home)
            let program = try home.begin(
                Self.flow(start, "./attacker descriptors; \(Self.waiting)", sandbox.keys))
            try await home.wait(for: "ready")
            let entered = try await home.slipway(
                ["exec", "last", "work.it", "--", "./attacker", "descriptors"])
            try await home.letGo(file: "go")
            #expect(try RunReport(await program.wait()).code == 0)
            let own = try await home.logLines()
            #expect(own.map { String($0.prefix(2)) } == ["0 ", "1 ", "2 ", "re"], "\(own)")
            // gVisor tells of the machine's only that they are.
            let kinds =
                sandbox.sharesKernel ? ["/dev/null", "pipe", "pipe"] : ["host", "host", "host"]
            #expect(own.prefix(3).map { String($0.dropFirst(2)) } == kinds)
            let lines = entered.output.split(separator: "\n").map { $0.prefix(2) }
            #expect(lines == ["0 ", "1 ", "2 "], "\(entered.output) \(entered.error)")
        }
    }

    @Test(
        "the runtime that enters a container is not overwritten from inside (CVE-2019-5736)",
        arguments: AttackSandbox.tried)
    func overwrites(sandbox: AttackSandbox) async throws {
        try await TestHome.busy { home in
            let start = try await Attacker.stage(home)
            try await MachineFacts.stay {
                let program = try home.begin(
                    Self.flow(start, "./attacker overwrite go", sandbox.keys))
                try await home.wait(for: "ready")
                for _ in 0..<(sandbox.sharesKernel ? 10 : 3) {
                    // As in the attack: what is entered runs the runtime's own program again.
                    for command in ["/proc/self/exe", "true"] {
                        _ = try await home.slipway(
                            ["exec", "last", "work.it", "--", command])
                    }
                }
                try await home.letGo(file: "go")
                #expect(try RunReport(await program.wait()).code == 0)
            }
            let said = try await home.log()
            // It looked to the end; whoever enters is not shown to it, so that it sees nothing to open.
            #expect(said.hasPrefix("ready\n") && said.contains("looked "), "\(said)")
            #expect(!said.contains("wrote"), "\(said)")
        }
    }

    // Services alone begin in the folder of their image, and gVisor has none.
    @Test(
        "an image whose working folder is the runtime's own gets nowhere (CVE-2024-21626)",
        arguments: [
            "/proc/self/fd/7", "/proc/self/fd/8", "/proc/self/fd/../../../..", "/proc/1/cwd",
            "/way/7", "/way/8", "/way/9", "/../../../..",
        ])
    func workingFolder(place: String) async throws {
        try await TestHome.busy { home in
            try await HostileImage(home).make(
                "place:1", configuration: ["WorkingDir": .string(place)]
            ) { $0.link("way", to: "/proc/self/fd") }
            // What a process sees of the folder that it began in, and whether that is its own.
            let look =
                "ls -a . ../../../.. 2>&1; "
                + "if test -e ../../../../\(home.folder); then echo out of it; fi"
            let report = try await home.run(
                Flow.script(
                    "true",
                    job: """
                        services:
                          s: {component: place:1, command: [sh, -c, "\(look); exec sleep 60"], \
                        ready: "test ! -e /proc/1/cwd/../../../..\(home.folder)"}
                        """))
            let job = try report.job()
            let logs = try await home.slipway(["logs", "last"]).output
            #expect(!logs.contains("out of it"), "\(logs)")
            #expect(job.reason?.contains("out of it") != true, "\(job.reason ?? "")")
            if job.state == "succeeded" { return }
            #expect(job.state == "errored")
            #expect(job.reason?.contains("service") == true, "\(job.reason ?? "")")
        }
    }

    @Test(
        "its terminal is not typed into by a command that was entered",
        arguments: AttackSandbox.tried)
    func types(sandbox: AttackSandbox) async throws {
        try await TestHome.busy { home in
            let start = try await Attacker.stage(home)
            let program = try home.begin(Self.flow(start, Self.waiting, sandbox.keys))
            try await home.wait(for: "ready")
            // With a terminal of its own, and with that of whoever called as a mere stream.
            let mark = "\(home.folder)/typed"
            for redirected in [false, true] {
                let words = "exec last work.it -- ./attacker type 'touch \(mark)\n'"
                let command =
                    "'\(try BuiltProduct.path("slipway"))' \(words)"
                    + (redirected ? " >'\(home.folder)/answer'" : "")
                // Then a shell takes what the terminal holds.
                let shell = "\(home.folder)/shell"
                let line = "IFS= read -r -t 1 typed && eval \"$typed\""
                try Files.writeFile(shell, "\(command)\n\(line)\n".utf8)
                let result = try await Program.run(
                    "/usr/bin/script", ["-qec", "/bin/bash '\(shell)'", "/dev/null"],
                    environment: home.environment(["SHELL": "/bin/sh"]))
                let answer =
                    redirected
                    ? String(
                        decoding: try Files.readFile("\(home.folder)/answer", limit: 1 << 16),
                        as: UTF8.self) : result.output
                #expect(answer.contains("E") || answer.contains("done"), "\(answer)")
                #expect(!Files.exists(mark))
            }
            try await home.letGo(file: "go")
            #expect(try RunReport(await program.wait()).code == 0)
        }
    }
}
