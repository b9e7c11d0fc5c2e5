import Domain
import TestSupport
import Testing

/// `top`, `runs --watch` and `stats`, as people and programs call them.
struct WatchingTests {
    @Test("without a terminal top and runs --watch print once")
    func once() async throws {
        try await TestHome.with { home in
            let top = try await home.slipway(["top"])
            #expect(top.code == 0, "\(top.error)")
            #expect(top.output == "nothing runs now; begin with: slipway run FILE\n")
            #expect(try await home.slipway(["top", "-o", "json"]).output == "[]\n")
            let runs = try await home.slipway(["runs", "--watch"])
            #expect(runs.code == 0)
            #expect(runs.output.contains("no runs yet"))
        }
    }

    @Test("top shows the jobs of a run that goes on; stats what runs did")
    func shows() async throws {
        try await TestHome.busy { home in
            let program = try home.begin(Flow.script(MeaningTests.untilTold, job: "shards: 2"))
            for shard in 0..<2 { try await home.wait(for: "ready", in: "work.it[\(shard)]") }
            let top = try await home.slipway(["top"])
            #expect(top.output.contains("test · run 1 · running"), "\(top.output)")
            #expect(top.output.contains("it[0]"))
            let json = try JSONParser.parse(
                try await home.slipway(["top", "-o", "json"]).output.utf8)
            #expect(json.arrayValue?.first?["running"]?.arrayValue?.count == 2)
            #expect(try await home.slipway(["cancel", "1"]).code == 0)
            _ = try await program.wait()
            try await home.succeed(Flow.script("true"))
            _ = try await home.run(Flow.script("exit 3"))
            let stats = try await home.slipway(["stats", "test"], environment: ["LANG": "C"])
            #expect(stats.code == 0, "\(stats.error)")
            #expect(stats.output.contains("workflow test: 3 runs"))
            #expect(stats.output.contains("success  50%"))
            #expect(stats.output.contains("1 succeeded, 1 failed, 1 cancelled"))
            #expect(stats.output.contains("exit code 3"))
            let none = try await home.slipway(["stats", "tset"])
            #expect(none.code == 3)
            #expect(none.error.contains("did you mean 'test'?"))
        }
    }
}
