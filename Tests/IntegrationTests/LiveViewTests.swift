import Domain
import TestSupport
import Testing

/// The live view on a real terminal (`script` makes one), with keys that come through a pipe.
struct LiveViewTests {
    @Test("q leaves the terminal; the run goes on with its secrets, and its job is not begun anew")
    func leaves() async throws {
        try await TestHome.busy { home in
            let file = try home.workflow(
                Flow.stages(
                    [
                        Flow.stage(
                            "work",
                            jobs: [
                                Flow.job(
                                    "it",
                                    "echo ready; sleep 3141592 || true; echo \"token $TOKEN\"",
                                    "inputs: {TOKEN: \"${secrets.TOKEN}\"}")
                            ]),
                        Flow.stage(
                            "after",
                            jobs: [
                                Flow.job(
                                    "it", "test \"$TOKEN\" = only-in-memory && echo same",
                                    "inputs: {TOKEN: \"${secrets.TOKEN}\"}")
                            ]),
                    ], file: "secrets: [TOKEN]"))
            let terminal = try Terminal(
                home, ["run", file, "--secret", "TOKEN=env:TOKEN"],
                environment: ["TOKEN": "only-in-memory"])
            try await home.wait(for: "ready")
            #expect(try await terminal.shows("q leave"))
            try terminal.type("q")
            let result = try await terminal.program.wait()
            #expect(result.code == 8, "\(result.output)")
            #expect(result.output.contains("run 1 goes on without this terminal"))
            // The cursor is there again.
            #expect(result.output.contains("\u{1b}[?25h"))
            // Nothing of what was handed over can be read where processes are listed; no other test
            // uses the word.
            let listed = try await Program.run("/bin/ps", ["-eo", "args"])
            #expect(!listed.output.contains("only-in-memory"))
            // The job goes on when the test says so.
            let woken = try await Program.run("/usr/bin/pkill", ["-f", "^sleep 3141592$"])
            #expect(woken.code == 0)
            let isOver: Bool? = try await eventually {
                try await home.show()["state"]?.stringValue == "running" ? nil : true
            }
            #expect(isOver == true)
            #expect(try await home.show()["state"] == "succeeded")
            let attempts = try await home.show()["jobs"]?.arrayValue?.map { $0["attempts"] }
            #expect(attempts == [1, 1])
            // Besides, the shell says that its program was ended.
            let log = try await home.log()
            #expect(log.hasPrefix("ready\n") && log.contains("\ntoken ***\n"))
            #expect(try await home.log("after.it") == "same\n")
            // The process that carried it on cleans up behind its last event.
            let isClean: Bool? = try await eventually {
                try home.leftovers().isEmpty ? true : nil
            }
            #expect(isClean == true)
        }
    }

    @Test("c and y cancel; the log of a job can be followed before")
    func cancels() async throws {
        try await TestHome.busy { home in
            let file = try home.workflow(Flow.script(MeaningTests.untilTold))
            let terminal = try Terminal(home, ["run", file])
            try await home.wait(for: "ready")
            #expect(try await terminal.shows("l log"))
            try terminal.type("l")
            #expect(try await terminal.shows("\u{1b}[?1049h"))
            #expect(try await terminal.shows("follows"))
            try terminal.type("q")
            #expect(try await terminal.shows("\u{1b}[?1049l"))
            try terminal.type("c")
            #expect(try await terminal.shows("cancel run 1? y/n"))
            try terminal.type("y")
            let result = try await terminal.program.wait()
            #expect(result.code == 7, "\(result.output)")
            #expect(try await home.show()["reason"] == "by root")
        }
    }

    @Test("a and a comment approve a pause")
    func approves() async throws {
        try await TestHome.busy { home in
            let file = try home.workflow(
                Flow.stages([
                    Flow.stage("work", jobs: [Flow.job("it", "true")]),
                    "- name: ask\n  type: pause",
                    Flow.stage("then", jobs: [Flow.job("it", "echo went on")]),
                ]))
            let terminal = try Terminal(home, ["run", file])
            #expect(try await terminal.shows("a approve"))
            try terminal.type("afine\r")
            let result = try await terminal.program.wait()
            #expect(result.code == 0, "\(result.output)")
            #expect(result.output.contains("approved by root: fine"))
            #expect(try await home.log("then.it") == "went on\n")
        }
    }

    @Test("plain progress sends no control sequence, also on a terminal without colour")
    func plain() async throws {
        try await TestHome.busy { home in
            let file = try home.workflow(Flow.script("printf 'a\\033[2Jb\\n'; exit 1"))
            let terminal = try Terminal(
                home, ["run", file, "--progress", "plain"], environment: ["NO_COLOR": "1"])
            let result = try await terminal.program.wait()
            #expect(result.code == 1)
            #expect(result.output.contains("stage work: started"))
            #expect(!result.output.contains("\u{1b}"), "\(result.output)")
        }
    }
}
