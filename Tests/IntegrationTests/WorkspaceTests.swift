import Domain
import Glibc
import Storage
import TestSupport
import Testing

/// `workspace: shared`: one folder of a run's jobs (docs/decisions/0010).
struct WorkspaceTests {
    private static let shared = "workspace: shared"

    private static func folders(_ home: TestHome) throws -> [String] {
        try ["\(home.path)/workspaces", "\(home.runtimePath())/workspaces"]
            .filter { Files.exists($0) }.flatMap { try Files.list($0) }
    }

    @Test("jobs find what others left; a private one neither sees nor changes it")
    func sequence() async throws {
        try await TestHome.busy { home in
            try await home.succeed(
                Flow.stages(
                    [
                        Flow.stage(
                            "one",
                            jobs: [
                                Flow.job("a", "test -z \"$(ls -A)\"; echo a >x; mkdir d"),
                                Flow.job(
                                    "b", "test -z \"$(ls -A)\"; echo b >x", "workspace: private"),
                            ]),
                        Flow.stage(
                            "two", "run: parallel",
                            jobs: [
                                Flow.job("c", "grep a x; echo 1 >d/$T_SHARD_INDEX", "shards: 3"),
                                Flow.job("d", "grep a x; rm -rf none"),
                            ]),
                        Flow.stage("three", jobs: [Flow.job("e", "ls d; rm -r x d/0 d/1 d/2 d")]),
                    ], file: Self.shared))
            #expect(try await home.log("three.e") == "0\n1\n2\n")
            try await home.expectNothingLeft()
            #expect(try Self.folders(home) == [])
        }
    }

    @Test("another attempt finds what the first left, and an artifact is taken out of the folder")
    func retry() async throws {
        try await TestHome.busy { home in
            let report = try await home.succeed(
                Flow.script(
                    "if test -e seen; then echo again >out; else touch seen; exit 1; fi",
                    job: "retry: {attempts: 2, backoff: 1ms, on: [failed]}\nproduces: {a: out}",
                    file: Self.shared))
            #expect(try report.job().document["attempts"] == 2)
            #expect(
                try await home.slipway([
                    "artifact", "get", "1", "work.it", "a", "-o", "\(home.folder)/got",
                ]).code == 0)
        }
    }

    @Test(
        "whoever runs next may change all of it",
        arguments: [
            ("", "user: \"1234\""), ("user: \"1234\"", "user: \"4321:99\""),
            ("user: \"1234\"", ""), ("user: \"1234\"", "hardened: true"),
            ("", "user: \"1234\"\nhardened: true"),
        ])
    func users(first: String, second: String) async throws {
        try await TestHome.busy { home in
            try Files.makeFolders("\(home.folder)/tree/deep")
            try Files.writeFile("\(home.folder)/tree/deep/file", "old".utf8)
            try await home.succeed(
                Flow.stages(
                    [
                        Flow.start("source: {path: tree}"),
                        Flow.stage(
                            "work",
                            jobs: [
                                Flow.job(
                                    "a", "mkdir -m 700 own; echo x >own/x; chmod 600 own/x", first),
                                Flow.job(
                                    "b", "echo y >>own/x; rm deep/file; echo new >deep/file", second
                                ),
                                Flow.job("c", "cat own/x deep/file \"$T_SOURCE_DIR/deep/file\""),
                            ]),
                    ], file: Self.shared))
            #expect(try await home.log("work.c") == "x\ny\nnew\nold\n")
        }
    }

    @Test("links that one job leaves lead another, and the engine, nowhere else")
    func hostile() async throws {
        try await TestHome.busy { home in
            try Files.writeFile("\(home.folder)/victim", "secret".utf8, mode: 0o644)
            let owner = try Files.status("\(home.folder)/victim")?.owner
            let report = try await home.run(
                Flow.stages(
                    [
                        Flow.stage(
                            "work",
                            jobs: [
                                Flow.job(
                                    "a", "ln -s \(home.folder) out; ln -s \(home.folder)/victim v"),
                                Flow.job(
                                    "b", "ls out/ || true", "user: \"1234\"\nallow-failure: true"),
                                Flow.job("c", "true", "produces: {v: out/victim}"),
                            ])
                    ], file: Self.shared))
            #expect(report.state == "failed")
            #expect(try report.job("work.c").reason?.contains("out of the working folder") == true)
            #expect(try Files.status("\(home.folder)/victim")?.owner == owner)
        }
    }

    @Test("a run that is taken over goes on in its folder; one that is closed leaves none")
    func resume() async throws {
        try await TestHome.busy { home in
            try Files.makeFolders("\(home.folder)/tree")
            try Files.writeFile("\(home.folder)/tree/file", "old".utf8)
            let text = Flow.stages(
                [
                    Flow.start("source: {path: tree}"),
                    Flow.stage("work", jobs: [Flow.job("a", "echo left >left; echo new >file")]),
                    "- name: wait\n  type: pause\n",
                    Flow.stage("after", jobs: [Flow.job("b", "cat left file")]),
                ], file: Self.shared)
            #expect(try await home.run(text).code == 8)
            #expect(Set(try Self.folders(home)).count == 1)
            // As after a restart of the machine: mounts are gone.
            for name in try Files.list("\(home.runtimePath())/workspaces") {
                let mount = "\(try home.runtimePath())/workspaces/\(name)"
                #expect(try await Program.run("/bin/umount", [mount]).code == 0)
            }
            #expect(try await home.slipway(["approve", "1"]).code == 0)
            #expect(try await home.slipway(["resume", "1"]).code == 0)
            #expect(try await home.log("after.b") == "left\nnew\n")
            #expect(try Self.folders(home) == [])

            #expect(try await home.run(text).code == 8)
            #expect(try await home.slipway(["cancel", "2"]).code == 0)
            #expect(try Self.folders(home) == [])
        }
    }

    @Test("what a killed process left goes when its run is over")
    func swept() async throws {
        try await TestHome.busy { home in
            let program = try home.begin(Flow.script(MeaningTests.untilTold, file: Self.shared))
            try await home.wait(for: "ready")
            program.signal(SIGKILL)
            _ = try await program.wait()
            #expect(try await home.slipway(["doctor"]).code == 0)
            #expect(try Self.folders(home).count == 1)
            let database = try Database(path: "\(home.path)/slipway.db")
            try await database.write { try $0.execute("UPDATE runs SET state = 'errored'") }
            #expect(try await home.slipway(["doctor"]).code == 0)
            #expect(try Self.folders(home) == [])
        }
    }

    @Test("a rerun that would miss what reused jobs left is refused; the whole run is not")
    func rerun() async throws {
        try await TestHome.busy { home in
            let text = Flow.stages(
                [
                    Flow.stage("one", jobs: [Flow.job("a", "echo x >x")]),
                    Flow.stage("two", jobs: [Flow.job("b", "cat x; exit 1")]),
                ], file: Self.shared)
            #expect(try await home.run(text).code == 1)
            for words in [["--failed"], ["--from", "two"]] {
                let result = try await home.slipway(["rerun", "1"] + words)
                #expect(result.code == 64)
                #expect(result.error.contains("'slipway rerun 1'"), "\(result.error)")
            }
            #expect(try await home.slipway(["rerun", "1", "--from", "one"]).code == 1)
            #expect(try await home.slipway(["logs", "2", "two.b"]).output == "x\n")
        }
    }
}
