import Domain
import Glibc
import Storage
import TestSupport
import Testing

/// `run --keep-failed`: what failed jobs leave (docs/decisions/0021).
struct KeepFailedTests {
    static func kept(_ home: TestHome) throws -> [String] {
        let folder = "\(home.path)/kept"
        return Files.exists(folder) ? try Files.list(folder).sorted() : []
    }

    static func debug(
        _ home: TestHome, _ script: String, _ options: [String] = [], job: String = "work.it",
        environment: [String: String] = [:]
    ) async throws -> ProgramResult {
        try await home.slipway(
            ["debug", "last", job] + options + ["--", "sh", "-c", script],
            environment: environment)
    }

    /// Runs a workflow with a source that has the files `a`, `b` and `sub/c`.
    static func runWithSource(
        _ home: TestHome, _ script: String, job keys: String = "", file: String = "",
        _ arguments: [String] = [], environment: [String: String] = [:]
    ) async throws -> RunReport {
        let source = "\(home.folder)/src"
        try Files.makeFolders("\(source)/sub")
        for name in ["a", "b", "sub/c"] { try Files.writeFile("\(source)/\(name)", name.utf8) }
        let text = Flow.script(script, job: keys, file: file).replacing(
            "stages:\n", with: "stages:\n  - {name: begin, type: start, source: {path: src}}\n")
        return try await home.run(text, arguments, environment: environment)
    }

    @Test(
        "root, working folder and result file are as the job left them, for each look anew",
        arguments: ["", "user: \"1234\""])
    func kept(keys: String) async throws {
        try await TestHome.busy { home in
            let isRoot = keys.isEmpty
            let report = try await Self.runWithSource(
                home,
                """
                \(isRoot ? "echo root >/etc/left; rm /etc/passwd" : "true")
                echo changed >a; rm b; rm -r sub; mkdir sub; echo new >sub/d; chmod 600 a
                echo X=1 >$T_RESULT_FILE; exit 3
                """, job: keys + "\noutputs: [X]", ["--keep-failed"])
            #expect(report.code == 1)
            #expect(report.error.contains("what it left is kept: slipway debug 1 work.it"))
            let id = try #require(report.id)
            #expect(try Self.kept(home) == ["\(id)-0-1"])
            let folder = "\(home.path)/kept"
            #expect(try Files.status(folder)?.mode == 0o700)
            #expect(try Files.status("\(folder)/\(id)-0-1")?.mode == 0o700)
            try await home.expectNothingLeft()
            for _ in 1...2 {
                let result = try await Self.debug(
                    home,
                    """
                    \(isRoot ? "cat /etc/left; test ! -e /etc/passwd" : "id -u")
                    ls; cat a sub/d; ls sub; stat -c %a a; cat $T_RESULT_FILE
                    echo more >>a; echo more >mine; rm -r sub; echo Y >$T_RESULT_FILE
                    """)
                #expect(result.code == 0, "\(result.error)")
                #expect(
                    result.output == (isRoot ? "root" : "1234")
                        + "\na\nsub\nchanged\nnew\nd\n600\nX=1\n")
                #expect(
                    result.error.contains("attempt 1, as it left it (failed: exit code 3)"))
            }
            let fresh = try await Self.debug(home, "ls; cat a", ["--fresh"])
            #expect(fresh.output == "a\nb\nsub\na")
            #expect(fresh.error.contains("as it began"))
            let removed = try await home.slipway(["debug", "last", "work.it", "--remove"])
            #expect(removed.code == 0, "\(removed.error)")
            #expect(removed.output.contains("removed what work.it of run 1 left"))
            #expect(try Self.kept(home).isEmpty)
            #expect(try await Self.debug(home, "cat a").output == "a")
            #expect(
                try await home.slipway(["debug", "last", "work.it", "--remove"]).code == 3)
        }
    }

    @Test("a tree of two thousand levels is kept whole, and can be looked into")
    func deep() async throws {
        try await TestHome.busy { home in
            let report = try await home.run(
                Flow.script("\(Flow.deepTree); exit 1"), ["--keep-failed"])
            #expect(report.code == 1)
            #expect(!report.error.contains("could not be kept"), "\(report.error)")
            #expect(try Self.kept(home).count == 1)
            // All of it is the home's again.
            let found = try await Program.run(
                "/usr/bin/find", ["\(home.path)/kept", "!", "-user", "root", "-print", "-quit"])
            #expect(found.code == 0 && found.output.isEmpty, "\(found.error)")
            let looked = try await Self.debug(home, "\(Flow.deepFile); cat $file")
            #expect(looked.output == "deep\n", "\(looked.error)")
            #expect(
                try await home.slipway(["debug", "last", "work.it", "--remove"]).code == 0)
            #expect(try Self.kept(home).isEmpty)
            try await home.expectNothingLeft()
        }
    }

    @Test("secrets, in variables or files, are not kept")
    func secrets() async throws {
        try await TestHome.busy { home in
            let report = try await Self.runWithSource(
                home, "test \"$T_TOKEN\" = \"$(cat /slipway/secrets/K)\"; echo x >y; exit 1",
                job: "inputs: {T_TOKEN: \"${secrets.TOKEN}\"}\nsecret-files: {K: secrets.TOKEN}",
                file: "secrets: [TOKEN]", ["--keep-failed", "--secret", "TOKEN=env:MY_TOKEN"],
                environment: ["MY_TOKEN": "hidden-value"])
            #expect(report.code == 1)
            #expect(try Self.kept(home).count == 1)
            #expect(try await home.files(containing: "hidden-value").isEmpty)
            let refused = try await Self.debug(home, "true")
            #expect(refused.code == 64)
            #expect(refused.error.contains("the secret TOKEN has no value; give it with --secret"))
            let given = try await Self.debug(
                home, "cat y /slipway/secrets/K; echo; echo $T_TOKEN",
                ["--secret", "TOKEN=env:MY_TOKEN"], environment: ["MY_TOKEN": "hidden-value"])
            #expect(given.output == "x\nhidden-value\nhidden-value\n", "\(given.error)")
            #expect(try await home.files(containing: "hidden-value").isEmpty)
        }
    }

    @Test("only what failed, errored or timed out is kept; of several attempts the newest")
    func which() async throws {
        try await TestHome.busy { home in
            let report = try await home.run(
                Flow.stages([
                    Flow.stage(
                        "work", "run: parallel\nfail-fast: true",
                        jobs: [
                            Flow.job("good", "true"),
                            Flow.job("stopped", MeaningTests.untilTold),
                            Flow.job(
                                "late", MeaningTests.untilTold,
                                "timeout: 1s\nallow-failure: true"),
                            Flow.job("hook", "true", "after: fail(\"no\")\nallow-failure: true"),
                            Flow.job(
                                "again", "sleep 2; echo $T_ATTEMPT >n; exit 1",
                                "retry: {attempts: 3, backoff: 10ms, on: [failed]}"),
                        ])
                ]), ["--keep-failed"])
            #expect(report.code == 1, "\(report.error)")
            let id = try #require(report.id)
            #expect(try report.job("work.stopped").state == "cancelled")
            #expect(try Self.kept(home) == ["\(id)-2-1", "\(id)-3-1", "\(id)-4-3"])
            #expect(try await Self.debug(home, "cat n", job: "work.again").output == "3\n")
            let late = try await Self.debug(home, "pwd", job: "work.late")
            #expect(late.error.contains("as it left it (timed-out: "))
            try await home.expectNothingLeft()
        }
    }

    @Test("without the flag nothing is kept; rerun and resume take it too")
    func verbs() async throws {
        try await TestHome.busy { home in
            let flow = Flow.stages([
                "- name: ask\n  type: pause",
                Flow.stage("work", jobs: [Flow.job("it", "echo x >y; exit 1")]),
            ])
            let paused = try await home.run(flow)
            #expect(paused.code == 8)
            #expect(try await home.slipway(["approve", "last"]).code == 0)
            #expect(try await home.slipway(["resume", "last", "--keep-failed"]).code == 1)
            #expect(try Self.kept(home).count == 1)
            #expect(try await home.run(Flow.script("exit 1")).code == 1)
            #expect(try Self.kept(home).count == 1)
            #expect(try await home.slipway(["rerun", "last", "--keep-failed"]).code == 1)
            #expect(try Self.kept(home).count == 2)
        }
    }

    @Test("a folder that jobs share is not kept, and debug says so")
    func shared() async throws {
        try await TestHome.busy { home in
            let report = try await home.run(
                Flow.script("echo x >y; echo r >/etc/left; exit 1", file: "workspace: shared"),
                ["--keep-failed"])
            #expect(report.code == 1)
            let result = try await Self.debug(home, "cat /etc/left; ls")
            #expect(result.output == "r\n", "\(result.error)")
            #expect(result.error.contains("was shared by the run's jobs"))
            #expect(try Files.list("\(home.path)/workspaces").isEmpty)
        }
    }

    @Test("runs that a run calls keep theirs, and so does one that was left on its terminal")
    func elsewhere() async throws {
        try await TestHome.busy { home in
            _ = try home.workflow(Flow.script("echo inner >left; exit 5"), name: "inner.yaml")
            let outer = try await home.run(
                "slipway: 1\nname: outer\nstages:\n  - name: call\n    jobs:\n"
                    + "      - {name: it, workflow: inner.yaml}\n", ["--keep-failed"])
            #expect(outer.code == 1, "\(outer.error)")
            #expect(try await Self.debug(home, "cat left").output == "inner\n")
            let refused = try await home.slipway(["debug", "1", "call.it"])
            #expect(refused.code == 1)
            #expect(refused.error.contains("call.it has no container of its own"))
            let file = try home.workflow(
                Flow.script("\(ExecTests.waiting); echo later >left; exit 1"))
            let terminal = try Terminal(home, ["run", file, "--keep-failed"])
            #expect(try await terminal.shows("q leave"))
            try terminal.type("q")
            #expect(try await terminal.program.wait().code == 8)
            try await home.letGo(of: "3")
            let isOver: Bool? = try await eventually {
                // But for what is on its way there.
                try Self.kept(home).count { !$0.hasSuffix(".part") } == 2 ? true : nil
            }
            #expect(isOver == true)
            #expect(try await Self.debug(home, "cat left").output == "later\n")
            try await home.expectNothingLeftSoon()
        }
    }

    @Test("what was kept lies over the caches that the job began with; without them nothing does")
    func caches() async throws {
        try await TestHome.busy { home in
            let keys = "caches: [{key: k, paths: [.c]}]"
            let first = try await Self.runWithSource(
                home, "mkdir .c; echo one >.c/one; echo two >.c/two", job: keys)
            #expect(first.code == 0, "\(first.error)")
            let failed = try await Self.runWithSource(
                home, "rm .c/one; echo more >>.c/two; exit 1", job: keys, ["--keep-failed"])
            #expect(failed.code == 1)
            let kept = try await Self.debug(home, "ls .c; cat .c/two a")
            #expect(kept.output == "two\ntwo\nmore\na", "\(kept.error)")
            let fresh = try await Self.debug(home, "ls .c; cat .c/two", ["--fresh"])
            #expect(fresh.output == "one\ntwo\ntwo\n", "\(fresh.error)")
            #expect(try await home.slipway(["cache", "prune", "--all"]).code == 0)
            let lost = try await Self.debug(home, "ls .c")
            #expect(lost.code == 2)
            #expect(lost.error.contains("the cache 'k', which was removed since"))
            #expect(lost.error.contains("slipway debug 2 work.it --fresh"))
            let without = try await Self.debug(home, "ls -A", ["--fresh"])
            #expect(without.output == "a\nb\nsub\n", "\(without.error)")
        }
    }

    @Test("what a killed process was moving there goes when it is old, and is never listed")
    func halfMoved() async throws {
        try await TestHome.busy { home in
            let id = try #require(
                try await home.run(Flow.script("exit 1"), ["--keep-failed"]).id)
            let folder = "\(home.path)/kept"
            for (name, age) in [("\(id)-5-1.part", "-2 hours"), ("\(id)-6-1.part", "now")] {
                try Files.makeFolders("\(folder)/\(name)/upper")
                _ = try await Program.run("/bin/touch", ["-d", age, "\(folder)/\(name)"])
            }
            try await home.succeed(Flow.script("true"))
            #expect(try Self.kept(home) == ["\(id)-0-1", "\(id)-6-1.part"])
        }
    }

    @Test("a look that goes on keeps what it looks at")
    func inUse() async throws {
        try await TestHome.busy { home in
            #expect(
                try await home.run(Flow.script("echo x >y; exit 1"), ["--keep-failed"]).code == 1)
            let terminal = try Terminal(home, ["debug", "last", "work.it"])
            try terminal.type("tty; cat y; echo here-$((1 + 1))\r")
            #expect(try await terminal.shows("here-2"))
            #expect(try await terminal.shows("/dev/pts/0"))
            let refused = try await home.slipway(["debug", "last", "work.it", "--remove"])
            #expect(refused.code == 1)
            #expect(refused.error.contains("it stays"))
            try terminal.type("exit 5\r")
            #expect(try await terminal.program.wait().code == 5)
            #expect(try await home.slipway(["debug", "last", "work.it", "--remove"]).code == 0)
        }
    }
}
