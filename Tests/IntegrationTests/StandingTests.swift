import Domain
import Glibc
import Storage
import TestSupport
import Testing

/// What is said of runs that no process carries: who goes on with them, and what to type.
struct StandingTests {
    private static let pause = Flow.stages([
        "- {name: agree, type: pause}\n", Flow.stage("after", jobs: [Flow.job("it", "true")]),
    ])

    /// What `show`, `runs` and `top` say of a run.
    private static func told(_ home: TestHome, _ run: Int) async throws -> (
        note: String?, state: String?, all: String
    ) {
        let shown = try await home.slipway(["show", String(run)])
        let note = shown.output.split(separator: "\n").first { $0.hasPrefix("note ") }
        let listed = try await home.slipway(["runs"])
        let line = listed.output.split(separator: "\n").first { $0.hasPrefix("\(run) ") }
        let top = try await home.slipway(["top"])
        return (
            note.map(String.init), line.map(String.init),
            shown.output + listed.output + listed.error + top.output
        )
    }

    @Test("a run in a pause waits for somebody: nobody is told to close it")
    func paused() async throws {
        try await TestHome.busy { home in
            let file = try home.workflow(Self.pause)
            #expect(try await home.slipway(["run", file]).code == 8)
            let told = try await Self.told(home, 1)
            #expect(
                told.note
                    == "note      waits for approval: slipway approve 1 (or reject), then slipway "
                    + "resume 1")
            #expect(told.state?.contains("paused ") == true)
            #expect(told.all.contains("agree  waits for approval\n"))
            #expect(
                !told.all.contains("interrupted") && !told.all.contains("cancel"), "\(told.all)")
            let rejected = try await home.slipway(["reject", "1", "-c", "no"])
            #expect(rejected.output == "run 1: rejected by root; it has failed: slipway show 1\n")
            #expect(try await home.slipway(["run", file]).code == 8)
            let approved = try await home.slipway(["approve", "2"])
            #expect(approved.output.hasSuffix("go on with: slipway resume 2\n"))
            #expect(try await home.slipway(["resume", "2"]).code == 0)
        }
    }

    @Test("of a called run's pause its caller is what is resumed")
    func called() async throws {
        try await TestHome.busy { home in
            _ = try home.workflow(Self.pause, name: "inner.yaml")
            let outer = Flow.stages([
                Flow.stage("ask", jobs: ["- {name: it, workflow: inner.yaml}\n"])
            ])
            #expect(
                try await home.slipway(["run", home.workflow(outer, name: "outer.yaml")]).code == 8)
            for run in [1, 2] {
                let told = try await Self.told(home, run)
                #expect(
                    told.note
                        == "note      waits for approval: slipway approve 2 (or reject), then "
                        + "slipway resume 1", "\(run)")
                #expect(!told.all.contains("interrupted"), "\(told.all)")
            }
            let approved = try await home.slipway(["approve", "2"])
            #expect(approved.output.hasSuffix("go on with: slipway resume 1\n"))
            #expect(try await home.slipway(["resume", "1"]).code == 0)
        }
    }

    @Test("a run whose other job is minded by nobody is interrupted, whatever it waits for")
    func both() async throws {
        try await TestHome.busy { home in
            _ = try home.workflow(Self.pause, name: "inner.yaml")
            let program = try home.begin(
                Flow.stages([
                    Flow.stage(
                        "ask", "run: parallel",
                        jobs: [
                            "- {name: it, workflow: inner.yaml}\n",
                            Flow.job("other", MeaningTests.untilTold),
                        ])
                ]))
            for (words, text) in [
                (["logs", "1", "ask.other"], "ready"), (["show", "2"], "paused"),
            ] {
                let isThere: Bool? = try await eventually {
                    try await home.slipway(words).output.contains(text) ? true : nil
                }
                #expect(isThere == true, "\(words)")
            }
            program.signal(SIGKILL)
            _ = try await program.wait()
            let told = try await Self.told(home, 1)
            #expect(told.state?.contains("running (interrupted)") == true, "\(told.all)")
            #expect(try await home.slipway(["cancel", "1"]).code == 0)
            try await home.expectNothingLeftSoon()
        }
    }

    @Test("an interrupted run is resumed first of all")
    func interrupted() async throws {
        try await TestHome.busy { home in
            let program = try home.begin(Flow.script(MeaningTests.untilTold))
            try await home.wait(for: "ready")
            program.signal(SIGKILL)
            _ = try await program.wait()
            let told = try await Self.told(home, 1)
            #expect(
                told.note
                    == "note      its process is gone: slipway resume 1 goes on, slipway cancel 1 "
                    + "closes it")
            #expect(told.state?.contains("running (interrupted)") == true)
            #expect(told.all.contains("slipway resume 1 goes on with it, slipway cancel 1 closes"))
            #expect(try await home.slipway(["cancel", "1"]).code == 0)
            try await home.expectNothingLeftSoon()
        }
    }
}
