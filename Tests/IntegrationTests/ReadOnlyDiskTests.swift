import Domain
import Storage
import TestSupport
import Testing

/// A home on a disk that takes no writes: what is there can be looked at, and all else says why it
/// cannot be done (docs/decisions/0024).
struct ReadOnlyDiskTests {
    @Test("on a disk that takes no writes all can be looked at, and nothing is begun")
    func fromTheStart() async throws {
        try await TestHome.busy { home in
            let text = Flow.script("echo printed; echo x >out", job: "produces: {out: out}")
            let digest = try #require(try await home.succeed(text).job().digest(of: "out"))
            let pause = Flow.stages(["- name: wait\n  type: pause\n"])
            let paused = try home.workflow(pause, name: "pause.yaml")
            #expect(try await home.slipway(["run", paused]).code == 8)
            try await withMount(["-o", "bind", home.path, home.path]) {
                try await mount(["-o", "remount,bind,ro", home.path])
                try await Self.look(home, digest)
                try await Self.change(home)
            } afterwards: {
                home.path
            }
            // All goes on as if nothing had been.
            #expect(try await home.slipway(["approve", "2"]).code == 0)
            #expect(try await home.show("2")["state"] == "succeeded")
        }
    }

    private static func look(_ home: TestHome, _ digest: String) async throws {
        let file = "\(home.folder)/workflow.yaml"
        for (words, expected) in [
            (["runs"], "paused"), (["show", "1"], "succeeded"), (["show", "2"], "paused"),
            (["logs", "1"], "printed"), (["lint", file], ""), (["artifact", "list", "1"], digest),
            (["artifact", "get", "1", "work.it", "out", "-o", "\(home.folder)/out"], ""),
            (["image", "list"], "busybox"), (["graph", file], ""), (["stats"], ""),
            (["report", "list", "1"], ""), (["explain", "work.it", "--run", "1"], "succeeded"),
        ] {
            let result = try await home.slipway(words)
            #expect(result.code == 0, "\(words): \(result.error)")
            #expect(result.output.contains(expected), "\(words): \(result.output)")
        }
        #expect(try Files.readFile("\(home.folder)/out", limit: 10) == Array("x\n".utf8))
    }

    private static func change(_ home: TestHome) async throws {
        let file = "\(home.folder)/workflow.yaml"
        for words in [
            ["run", file], ["resume", "2"], ["rerun", "1"], ["cancel", "2"], ["approve", "2"],
            ["image", "remove", "busybox"], ["image", "import", try Checkout.image("busybox")],
        ] {
            let result = try await home.slipway(words)
            #expect(result.code == 2, "\(words)")
            #expect(result.output.isEmpty)
            #expect(result.error.contains("is read-only"), "\(words): \(result.error)")
            #expect(result.error.contains(home.path), "\(words): \(result.error)")
        }
    }

    @Test("a disk that turns read-only stops the run where it is; later it goes on")
    func later() async throws {
        try await withTemporaryFolder { folder in
            let image = "\(folder)/prepared"
            try await PowerCut.prepare(image)
            let cut = try await PowerCut(copyOf: image, in: folder)
            do {
                try await Self.turn(cut)
                try await cut.finish()
            } catch {
                try await cut.finish()
                throw error
            }
        }
    }

    private static func turn(_ cut: PowerCut) async throws {
        let home = cut.home
        let again = "retry: {attempts: 2, backoff: 1ms}"
        let program = try home.begin(
            Flow.stages([
                Flow.stage(
                    "work",
                    jobs: [
                        Flow.job("first", "echo made >out", "produces: {out: out}"),
                        Flow.job(
                            "it",
                            """
                            echo ready
                            # The first time until its disk takes no more.
                            while [ $T_ATTEMPT = 1 ] && touch "$T_REPORTS/x"; do sleep 0.05; done
                            """, again),
                    ])
            ]))
        try await home.wait(for: "ready")
        try await cut.disk.turnReadOnly()
        let ended = try await program.wait()
        #expect(ended.code == 2)
        #expect(ended.error.contains("is read-only"), "\(ended.error)")
        #expect(ended.error.contains("'slipway resume 1'"), "\(ended.error)")
        // What happened until then can be looked at.
        let shown = try await home.slipway(["show", "1"])
        #expect(shown.code == 0, "\(shown.error)")
        #expect(shown.output.contains("its process is gone"), "\(shown.output)")
        #expect(try await home.log("work.first") == "")
        try await cut.restart()
        let resumed = try await cut.slipway(["resume", "1", "-o", "json"])
        let report = try RunReport(resumed)
        #expect(report.code == 0, "\(report.error)")
        #expect(try report.job("work.first").attempts == 1)
        try await home.expectNothingLeftSoon()
    }
}
