import Domain
import Glibc
import Storage
import TestSupport
import Testing

/// Folders that a job finds as an earlier one left them (docs/decisions/0011).
struct CacheTests {
    private static let one = "caches: [{key: k, paths: [.cache]}]"

    /// A job that counts in its cache how often it was used.
    private static let counting =
        "mkdir -p .cache; n=$(cat .cache/n 2>/dev/null || echo 0); echo $((n + 1)) >.cache/n; cat .cache/n"

    private static func use(_ report: RunReport, _ job: String = "work.it") throws -> JSONValue {
        try #require(try report.job(job).document["caches"]?.arrayValue?.first)
    }

    @Test("the first job misses, later ones find what the last that succeeded left")
    func hits() async throws {
        try await TestHome.busy { home in
            for count in 1...3 {
                let report = try await home.succeed(Flow.script(Self.counting, job: Self.one))
                #expect(try await home.log().split(separator: "\n").last == "\(count)")
                let use = try Self.use(report)
                #expect((use["restored"] == .null) == (count == 1))
                #expect(use["saved"]?["digest"] != nil)
            }
            let shown = try await home.slipway(["show", "last"])
            #expect(shown.output.contains("cache k: restored "), "\(shown.output)")
            // What failed is not kept, by its code or by its own word.
            for ending in ["exit 1", "echo '[T_RESULT] T_RESULT = false'"] {
                let report = try await home.run(
                    Flow.script("echo bad >.cache/n; \(ending)", job: Self.one))
                #expect(report.code == 1)
                #expect(try Self.use(report)["saved"] == .null)
            }
            try await home.succeed(Flow.script("grep 3 .cache/n", job: Self.one))
        }
    }

    @Test("what was not touched is not kept again; a touch without a change is seen as none")
    func unchanged() async throws {
        try await TestHome.busy { home in
            try await home.succeed(
                Flow.script("mkdir .cache; echo x >.cache/x; touch -d @5 .cache/x", job: Self.one))
            for script in [
                "cat .cache/x; echo y >y", "touch -d @5 .cache/x",
                "stat -c %Y .cache/x | grep '^5$'",
            ] {
                let report = try await home.succeed(Flow.script(script, job: Self.one))
                #expect(try Self.use(report)["restored"]?["digest"] != nil)
                #expect(try Self.use(report)["saved"] == .null)
            }
            // Another user is given it, and it is the same cache still.
            let report = try await home.succeed(
                Flow.script(
                    "echo z >>.cache/x; mv .cache/x .cache/z; stat -c %u .cache/z | grep 1234",
                    job: Self.one + "\nuser: \"1234\""))
            #expect(try Self.use(report)["saved"]?["digest"] != nil)
            try await home.succeed(Flow.script("test ! -e .cache/x; wc -l .cache/z", job: Self.one))
            // Removed as a whole: the key keeps what it had.
            try await home.succeed(Flow.script("rm -rf .cache; test ! -e .cache", job: Self.one))
            try await home.succeed(Flow.script("test -e .cache/z", job: Self.one))
        }
    }

    @Test("key, paths and workflow tell caches apart; a key's references are expanded")
    func identity() async throws {
        try await TestHome.busy { home in
            func job(_ cache: String, _ script: String) -> String {
                Flow.script(script, job: "matrix: {T_M: [a]}\ncaches: [\(cache)]")
            }
            let make = "test ! -e c/x; mkdir -p c; echo x >c/x"
            try await home.succeed(job("{key: 'm-${matrix.T_M}', paths: [c]}", make))
            try await home.succeed(job("{key: m-a, paths: [./c/]}", "cat c/x"))
            try await home.succeed(job("{key: m-b, paths: [c]}", make))
            try await home.succeed(job("{key: m-a, paths: [c, d]}", make))
            let other = job("{key: m-a, paths: [c]}", make)
                .replacing("name: test", with: "name: other")
            try await home.succeed(other)
            let list = try await home.slipway(["cache", "list", "-o", "json"])
            let caches = try #require(try JSONParser.parse(list.output.utf8).arrayValue)
            #expect(
                caches.compactMap { $0["key"]?.stringValue }.sorted() == [
                    "m-a", "m-a", "m-a", "m-b",
                ])
        }
    }

    @Test("a cache lies over the source, and the source's links lead none of it elsewhere")
    func source() async throws {
        try await TestHome.busy { home in
            try Files.makeFolders("\(home.folder)/tree")
            try Files.writeFile("\(home.folder)/tree/file", "file".utf8)
            try Files.link("/etc", at: "\(home.folder)/tree/way")
            func text(_ script: String) -> String {
                Flow.stages([
                    Flow.start("source: {path: tree}"),
                    Flow.stage(
                        "work",
                        jobs: [
                            Flow.job("it", script, "caches: [{key: k, paths: [way/c, deep/er/c]}]")
                        ]),
                ])
            }
            // The way is a link of the source: what the job leaves there is not taken.
            let report = try await home.succeed(text("mkdir -p deep/er/c; echo x >deep/er/c/x"))
            let problem = try Self.use(report)["problem"]?.stringValue
            #expect(problem?.contains("way") == true, "\(problem ?? "")")
            try await home.succeed(text("rm way; mkdir -p way/c deep/er/c; echo x >deep/er/c/x"))
            try await home.succeed(text("cat deep/er/c/x file; test -d way/c; test ! -L way"))
            #expect(!Files.exists("/etc/c"))
        }
    }

    @Test(
        "what cannot be kept is said, fails no job, and leaves what was kept before",
        arguments: [
            ("ln -s /etc/passwd .cache/l", "out of the working folder"),
            ("ln -s ../../x .cache/l", "out of the working folder"),
            ("mkfifo .cache/f", "neither a file"),
            ("truncate -s 5G .cache/big", "larger than"),
            ("rm -rf .cache; ln -s /etc .cache", "out of the working folder"),
        ])
    func hostile(script: String, why: String) async throws {
        try await TestHome.busy { home in
            try await home.succeed(
                Flow.script("mkdir .cache; echo good >.cache/x", job: Self.one))
            let report = try await home.succeed(Flow.script(script, job: Self.one))
            let problem = try Self.use(report)["problem"]?.stringValue
            #expect(problem?.contains(why) == true, "\(problem ?? "none")")
            #expect(report.error.contains("not saved"))
            try await home.succeed(Flow.script("grep good .cache/x; ls .cache", job: Self.one))
            #expect(try await home.log() == "good\nx\n")
        }
    }

    @Test("of two that keep one key at once one wins, whole")
    func race() async throws {
        try await TestHome.busy { home in
            let script = """
                mkdir -p .cache; cd .cache
                for i in 1 2 3 4 5 6 7 8; do echo $T_SHARD_INDEX >$i; done
                """
            for _ in 0..<3 {
                try await home.succeed(
                    Flow.script(script, job: "shards: 6\n" + Self.one))
                try await home.succeed(
                    Flow.script("cat .cache/* | uniq | wc -l | grep '^1$'", job: Self.one))
            }
        }
    }

    @Test("content that is damaged or gone is a miss")
    func damaged() async throws {
        try await TestHome.busy { home in
            for damage in ["echo x >>\"$f\"", "rm \"$f\""] {
                try await home.succeed(
                    Flow.script("mkdir -p .cache; date >.cache/x", job: Self.one))
                let broken = try await Program.run(
                    "/bin/sh",
                    [
                        "-c",
                        "rm -rf '\(home.path)/caches/trees'; "
                            + "for f in '\(home.path)'/caches/blobs/sha256/*/*; do \(damage); done",
                    ])
                #expect(broken.code == 0)
                let report = try await home.succeed(
                    Flow.script(
                        "test ! -e .cache/x; mkdir -p .cache; date >.cache/x", job: Self.one))
                #expect(try Self.use(report)["restored"] == .null)
                #expect(try await home.slipway(["cache", "prune", "--all"]).code == 0)
            }
        }
    }

    @Test("a prune removes what nobody used, packed and laid out; a job that sees it keeps it")
    func prune() async throws {
        try await TestHome.busy { home in
            try await home.succeed(Flow.script("mkdir .cache; echo x >.cache/x", job: Self.one))
            try await home.succeed(Flow.script("cat .cache/x", job: Self.one))
            #expect(try await home.slipway(["cache", "prune"]).output.contains("removed 0 caches"))
            let trees = "\(home.path)/caches/trees"
            #expect(try Files.list(trees).count == 1)
            let program = try home.begin(
                Flow.script(
                    "echo ready; until test -e \"$T_REPORTS/go\"; do sleep 0.05; done; cat .cache/x",
                    job: Self.one))
            try await home.wait(for: "ready")
            let pruned = try await home.slipway(["cache", "prune", "--all"])
            #expect(pruned.output.contains("removed 1 caches, 0 left"), "\(pruned.output)")
            #expect(try Files.list(trees).count == 1)
            let attempt = try #require(try Files.list("\(home.path)/attempts").first)
            try Files.writeFile("\(home.path)/attempts/\(attempt)/writable/reports/go", [])
            #expect(try RunReport(await program.wait()).code == 0)
            #expect(try await home.log() == "ready\nx\n")
            #expect(try await home.slipway(["cache", "prune", "--all"]).code == 0)
            #expect(try Files.list(trees) == [])
            #expect(try await home.slipway(["cache", "list"]).output == "there are no caches\n")
            let files = try await Program.run(
                "/usr/bin/find", ["\(home.path)/caches/blobs", "-type", "f"])
            #expect(files.output == "")
        }
    }

    @Test("content that a later save has replaced goes with a sweep, when it is old enough")
    func replaced() async throws {
        try await TestHome.busy { home in
            for count in 1...3 {
                try await home.succeed(Flow.script(Self.counting, job: Self.one))
                let blobs = try await Program.run(
                    "/usr/bin/find", ["\(home.path)/caches/blobs", "-type", "f", "-size", "+0"])
                #expect(blobs.output.split(separator: "\n").count == count)
            }
            let aged = try await Program.run(
                "/usr/bin/find",
                [
                    "\(home.path)/caches/blobs", "-type", "f", "-exec", "/usr/bin/touch", "-d",
                    "1 hour ago", "{}", "+",
                ])
            #expect(aged.code == 0)
            #expect(try await home.slipway(["doctor"]).code == 0)
            let blobs = try await Program.run(
                "/usr/bin/find", ["\(home.path)/caches/blobs", "-type", "f", "-size", "+0"])
            #expect(blobs.output.split(separator: "\n").count == 1)
            #expect(try Files.list("\(home.path)/caches/trees") == [])
            try await home.succeed(Flow.script("grep 3 .cache/n", job: Self.one))
        }
    }

    @Test("a run that is taken over keeps the cache of the job that went on")
    func resumed() async throws {
        try await TestHome.busy { home in
            try await home.succeed(Flow.script("mkdir .cache; echo 1 >.cache/n", job: Self.one))
            let program = try home.begin(
                Flow.script(
                    """
                    echo ready; until test -e "$T_REPORTS/go"; do sleep 0.05; done
                    echo 2 >>.cache/n
                    """, job: Self.one))
            try await home.wait(for: "ready")
            program.signal(SIGKILL)
            _ = try await program.wait()
            let attempt = try #require(try Files.list("\(home.path)/attempts").first)
            try Files.writeFile("\(home.path)/attempts/\(attempt)/writable/reports/go", [])
            let report = try RunReport(await home.slipway(["resume", "-o", "json", "2"]))
            #expect(report.state == "succeeded")
            #expect(try Self.use(report)["restored"]?["digest"] != nil)
            #expect(try Self.use(report)["saved"]?["digest"] != nil)
            try await home.succeed(Flow.script("cat .cache/n", job: Self.one))
            #expect(try await home.log() == "1\n2\n")
        }
    }
}
