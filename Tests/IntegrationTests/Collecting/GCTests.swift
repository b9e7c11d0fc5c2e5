import CLinux
import Domain
import Glibc
import OCI
import Storage
import TestSupport
import Testing

/// `slipway gc`, with real runs (docs/decisions/0020).
struct GCTests {
    private static func made(_ name: String, _ text: String) -> String {
        Flow.script("echo \(text) >made", job: "produces: {made: made}")
            .replacing("name: test", with: "name: \(name)")
    }

    private static func numbers(_ home: TestHome) async throws -> [Int64] {
        try await home.listed().map(\.number).reversed()
    }

    @Test("without a policy runs stay, and it is said how to give one")
    func bare() async throws {
        try await TestHome.busy { home in
            try await home.succeed(Self.made("a", "one"))
            let before = try await home.blobs()
            let result = try await home.slipway(["gc"])
            #expect(result.code == 0, "\(result.error)")
            #expect(result.output.contains("--older-than"), "\(result.output)")
            #expect(result.output.contains("config.yaml"))
            #expect(try await home.blobs() == before)
            #expect(try await Self.numbers(home) == [1])
            // Content that nothing names is what it is for.
            let store = BlobStore(path: "\(home.path)/blobs")
            let orphan = try store.put(Array("nobody's".utf8))
            let report = try await home.gc([])
            #expect(home.count("blobs", in: report) == 1)
            #expect(!store.contains(orphan))
            #expect(try await home.blobs() == before)
        }
    }

    @Test("on a terminal it says what goes, also where the terminal does not know its size")
    func terminal() async throws {
        try await TestHome.busy { home in
            try await home.succeed(Self.made("a", "one"))
            let terminal = try Terminal(home, ["gc", "--keep", "0"])
            let result = try await terminal.program.wait()
            #expect(result.code == 0, "\(result.output)")
            #expect(result.output.contains("gc: old runs, with their events and logs: 1"))
            #expect(result.output.contains("gc: blobs that nothing names: "))
            #expect(!result.output.contains("…"))
        }
    }

    @Test("a dry run says exactly what then goes")
    func dry() async throws {
        try await TestHome.busy { home in
            for text in ["one", "two"] { try await home.succeed(Self.made("a", text)) }
            try await home.succeed(
                Flow.script(
                    "mkdir -p .cache; date >.cache/x",
                    job: "caches: [{key: k, paths: [.cache]}]"))
            let before = try await home.blobs()
            let words = ["--older-than", "0s", "--keep", "1", "--verbose"]
            let said = try await home.gc(words + ["--dry-run"])
            #expect(said["dryRun"] == true)
            #expect(try await home.blobs() == before)
            #expect(try await Self.numbers(home) == [1, 2, 3])
            #expect((said["usage"]?["images"]?.integerValue ?? 0) > 0)
            let done = try await home.gc(words)
            #expect(done["kinds"] == said["kinds"])
            let names = { (report: JSONValue) in
                Set((report["items"]?.arrayValue ?? []).compactMap { $0["name"]?.stringValue })
            }
            #expect(names(said) == names(done))
            #expect(home.count("runs", in: done) == 1)
            #expect(home.count("caches", in: done) == 1)
            #expect(try await Self.numbers(home) == [2, 3])
            let table = try await home.slipway(["gc", "--dry-run", "--older-than", "0s", "-v"])
            #expect(table.output.contains("would remove run 2 of a"), "\(table.output)")
            #expect(table.output.contains("nothing was removed"))
            #expect(try await Self.numbers(home) == [2, 3])
        }
    }

    @Test("the policy of config.yaml is what a bare gc follows; an option stands over its key")
    func configured() async throws {
        try await TestHome.busy { home in
            for text in ["one", "two", "three"] { try await home.succeed(Self.made("a", text)) }
            try await home.write("retention: {runs: 2}\n", to: "\(home.path)/config.yaml")
            let all = try await home.gc(["--keep", "3"])
            #expect(home.count("runs", in: all) == 0)
            try await home.gc([])
            #expect(try await Self.numbers(home) == [2, 3])
            // A number is never given twice.
            try await home.gc(["--keep", "0"])
            #expect(try await Self.numbers(home) == [])
            let next = try await home.succeed(Self.made("a", "four"))
            #expect(next.number == 4)
            try await home.write("retention: {runs: few}\n", to: "\(home.path)/config.yaml")
            let bad = try await home.slipway(["gc"])
            #expect(bad.code == 64)
            #expect(bad.error.contains("config.yaml:1:"), "\(bad.error)")
        }
    }

    @Test("a size takes the oldest runs, and says when that is not enough")
    func size() async throws {
        try await TestHome.busy { home in
            for number in 1...3 {
                try await home.succeed(
                    Flow.script(
                        "echo \(number); head -c 3m /dev/urandom >made",
                        job: "produces: {made: made}"))
            }
            let usage = try await home.gc(["--dry-run"])
            let total = try #require(usage["usage"]?["total"]?.integerValue)
            // Room for all but the oldest.
            let some = try await home.gc(["--max-size", String(total - (1 << 20))])
            #expect(home.count("runs", in: some) == 1)
            #expect(try await Self.numbers(home) == [2, 3])
            let left = try await home.gc(["--max-size", "1Ki", "--keep", "1"])
            #expect((left["excess"]?.integerValue ?? 0) > 0)
            #expect(try await Self.numbers(home) == [3])
        }
    }

    @Test("a called run goes with its caller, a rerun keeps what it took over")
    func families() async throws {
        try await TestHome.busy { home in
            let file = try MixedFlows.calls.file(home)
            let called = try await home.slipway(["run", file])
            #expect(called.code == 0, "\(called.error)")
            #expect(try await Self.numbers(home) == [1, 2, 3])
            try await home.gc(["--keep", "1"])
            #expect(try await Self.numbers(home) == [1, 2, 3])
            try await home.gc(["--keep", "0"])
            #expect(try await Self.numbers(home) == [])

            // The rerun takes the first stage's artifact over, and the old run goes.
            _ = try await home.run(
                Flow.stages([
                    Flow.stage(
                        "one", jobs: [Flow.job("a", "echo x >made", "produces: {made: made}")]),
                    Flow.stage(
                        "two",
                        jobs: [
                            Flow.job(
                                "b", "cat $T_ARTIFACTS/made; exit 1", "consumes: {made: one.a.made}"
                            )
                        ]),
                ]))
            let again = try await home.slipway(["rerun", "last", "--failed"])
            #expect(again.code == 1, "\(again.error)")
            try await home.gc(["--keep", "1"])
            #expect(try await Self.numbers(home) == [5])
            let third = try await home.slipway(["rerun", "last", "--failed"])
            #expect(third.code == 1, "\(third.error)")
            #expect(try await home.slipway(["logs", "last", "two.b"]).output == "x\n")
        }
    }

    @Test("beside a run that goes on, gc takes nothing of it, and does not make it wait")
    func beside() async throws {
        try await TestHome.busy { home in
            try await home.succeed(Self.made("a", "one"))
            let waiting = "echo ready; until test -e /tmp/go; do sleep 0.05; done; exit 1"
            let program = try home.begin(
                Flow.stages([
                    Flow.stage(
                        "one",
                        jobs: [
                            Flow.job(
                                "a", "echo x >made; echo ready", "produces: {made: made}")
                        ]),
                    Flow.stage(
                        "wait", jobs: [Flow.job("it", waiting)]),
                    Flow.stage(
                        "end", "type: end",
                        jobs: [
                            Flow.job("b", "cat $T_ARTIFACTS/made", "consumes: {made: one.a.made}")
                        ]),
                ]), name: "beside.yaml")
            try await home.wait(for: "ready", in: "wait.it")
            for _ in 0..<3 { try await home.gc() }
            try await home.letGo("wait.it", of: "2")
            let report = try RunReport(await program.wait())
            #expect(report.code == 1, "\(report.error)")
            #expect(try report.job("end.b").state == "succeeded")
            // The run before it has gone meanwhile; what is young stays until nobody is about.
            #expect(try await Self.numbers(home) == [2])
        }
    }

    @Test("two at once both end well, and so does the next after one that was killed")
    func several() async throws {
        try await TestHome.busy { home in
            for number in 1...6 { try await home.succeed(Self.made("a", "\(number)")) }
            let programs = try (0..<3).map { _ in
                try home.start(["gc", "--keep", "1", "-o", "json", "--progress", "quiet"])
            }
            var removed: Int64 = 0
            for program in programs {
                let result = try await program.wait()
                #expect(result.code == 0, "\(result.error)")
                removed +=
                    home.count("runs", in: try JSONParser.parse(result.output.utf8)) ?? 0
            }
            #expect(removed == 5)
            #expect(try await Self.numbers(home) == [6])
            for delay in stride(from: 0, to: 400, by: 40) {
                try await home.succeed(Self.made("a", "again \(delay)"))
                let program = try home.start(["gc", "--older-than", "0s"])
                try await Task.sleep(for: .milliseconds(delay))
                program.signal(SIGKILL)
                _ = try await program.wait()
            }
            try await home.gc()
            #expect(try await home.rows() == [:])
            #expect(try home.content(TestHome.ofRuns) == [])
        }
    }

    @Test("one that waits for another says so, and Ctrl-C ends it")
    func interrupted() async throws {
        try await TestHome.busy { home in
            try await home.succeed(Self.made("a", "one"))
            let turn = try Files.open("\(home.path)/locks", O_RDONLY | O_DIRECTORY)
            try #require(slipway_lock(turn.descriptor, 0) == 0)
            let program = try home.start(["gc", "--older-than", "0s"])
            let isTold: Bool? = try await eventually {
                try program.complained().contains("waits for another") ? true : nil
            }
            #expect(isTold == true)
            program.signal(SIGINT)
            let result = try await program.wait()
            #expect(result.code == 7, "\(result.error)")
            #expect(result.output.contains("interrupted"))
            withExtendedLifetime(turn) {}
            #expect(try await Self.numbers(home) == [1])
        }
    }

    @Test("what killed processes left goes: half-written files, logs, locks, a half-made mount")
    func leftovers() async throws {
        try await TestHome.busy { home in
            try await home.succeed(Flow.script("true"))
            let gone = [
                "blobs/tmp/blob-1-1", "blobs/tmp/import.abcdef/x", "layers/unpacking.abcdef/x",
                "trees/ff.part.abcdef/x", "caches/blobs/tmp/blob-1-2", "doctor.abcdef/x",
                "logs/\(String(repeating: "0", count: 26))/0-1/x",
                "locks/\(String(repeating: "0", count: 26)).lock",
            ].map { "\(home.path)/\($0)" }
            let stays = ["\(home.path)/logs/notes/x", "\(home.path)/mine"]
            for path in gone + stays {
                try Files.makeFolders(PathText.folder(of: path))
                try Files.writeFile(path, [])
            }
            let before = try await home.gc(["--dry-run"])
            #expect(home.count("half-written", in: before) == 6)
            #expect(gone.filter { !Files.exists($0) } == [])
            try await home.gc([])
            #expect(gone.filter { Files.exists($0) } == [])
            #expect(stays.filter { !Files.exists($0) } == [])
        }
    }

    @Test("what cannot be removed is said, the rest goes, and the code tells")
    func stubborn() async throws {
        try await TestHome.busy { home in
            for number in 1...2 { try await home.succeed(Self.made("a", "\(number)")) }
            let store = BlobStore(path: "\(home.path)/blobs")
            let orphan = try store.put(Array("nobody's".utf8))
            let folder = String(store.path(of: orphan).dropLast(65))
            try await Program.run("/usr/bin/chattr", ["+i", folder]).requireSuccess()
            let result = try await home.slipway(["gc", "--keep", "1"])
            try await Program.run("/usr/bin/chattr", ["-i", folder]).requireSuccess()
            #expect(result.code == 2, "\(result.output)")
            #expect(result.error.contains(orphan.hex), "\(result.error)")
            #expect(try await Self.numbers(home) == [2])
            try await home.gc([])
            #expect(!store.contains(orphan))
        }
    }

    @Test("an image without a name goes when no run that is kept was made with it")
    func nameless() async throws {
        try await TestHome.busy { home in
            try await home.succeed(Self.made("a", "one"))
            let named = try await home.blobs().count
            // Another image under the same name.
            let other = try await home.slipway(
                ["image", "import", try Checkout.image("report"), "library/busybox:latest"])
            #expect(other.code == 0, "\(other.error)")
            let kept = try await home.gc([])
            #expect(home.count("images", in: kept) == 0)
            #expect(try await home.slipway(["rerun", "1"]).code == 0)
            let gone = try await home.gc()
            #expect(home.count("images", in: gone) == 1)
            #expect(try await home.blobs().count < named + 3)
            let list = try await home.slipway(["image", "list", "-o", "json"])
            #expect(try JSONParser.parse(list.output.utf8).arrayValue?.count == 1)
        }
    }
}

extension ProgramResult {
    fileprivate func requireSuccess() throws { try #require(code == 0, "\(error)") }
}
