import Domain
import Storage
import TestSupport
import Testing

/// `slipway run -o json`: one document on standard output, and the exit code of the run.
struct RunDocumentTests {
    @Test("the document has exactly these members")
    func shape() async throws {
        try await TestHome.busy { home in
            let report = try await home.succeed(Self.workflow)
            let members = Set((report.document.objectValue ?? [:]).keys)
            #expect(members.isSuperset(of: ["id", "number", "state", "reason", "jobs"]))
            let jobs = try #require(report.document["jobs"]?.arrayValue)
            #expect(jobs.count == 3)
            for job in jobs {
                #expect(
                    (job.objectValue ?? [:]).keys.sorted() == [
                        "artifacts", "attempts", "caches", "endedAt", "entrances", "exitCode",
                        "job", "leg",
                        "matrix", "memo", "outputs", "reason", "reports", "run", "sandbox",
                        "stage", "startedAt",
                        "state",
                    ])
            }
            #expect(report.number == 1)
            #expect(report.state == "succeeded")
            #expect(report.document["reason"] == .null)
            #expect(report.id?.utf8.count == 26)
        }
    }

    @Test("an entry tells of one attempt's leg: outputs, artifacts, times, code")
    func entries() async throws {
        try await TestHome.busy { home in
            let report = try await home.succeed(Self.workflow)
            let plain = try report.job("make.plain")
            #expect(plain.document["leg"] == .null)
            #expect(plain.attempts == 1)
            #expect(plain.exitCode == 0)
            #expect(plain.outputs == ["COLOUR": "red"])
            #expect(plain.document["artifacts"]?["page"]?["size"] == 5)
            #expect(
                plain.digest(of: "page")
                    == "sha256:f2ca1bb6c7e907d06dafe4687e579fce76b37e4e93b7605022da52e6ccc26fd2")
            let started = try #require(plain.document["startedAt"]?.stringValue)
            let ended = try #require(plain.document["endedAt"]?.stringValue)
            #expect(started <= ended)
            #expect(started.hasSuffix("Z"))
            for shard in 0..<2 {
                let job = try report.job("make.shards[\(shard)]")
                #expect(job.document["leg"] == .integer(Int64(shard)))
                #expect(job.outputs == ["INDEX": .string("\(shard)")])
            }
        }
    }

    @Test("a job's time is its container's, to a few milliseconds, also for one that is short")
    func times() async throws {
        try await TestHome.busy { home in
            try await home.succeed(Flow.script("echo first; sleep 1"))
            let database = try Database(path: "\(home.path)/slipway.db")
            let run = try #require(try await StoredRun.newest(in: database))
            let start = try #require(
                run.events.first { $0["type"] == "attempt-started" }?["since"]?.integerValue)
            let report = run.events.first { $0["type"] == "attempt-ended" }?["report"]
            let end = try #require(report?["endedAt"]?.integerValue)
            // The kernel's times of files are those of its last tick, up to 10 ms ago.
            #expect(end - start >= 990_000, "\(end - start)")
            let line = try #require(try await home.jsonLog().first?["time"]?.stringValue)
            let job = try #require(try await home.show()["jobs"]?.arrayValue?.first)
            #expect(try #require(job["startedAt"]?.stringValue) <= line)
        }
    }

    @Test("`show -o json` gives the same document later")
    func show() async throws {
        try await TestHome.busy { home in
            let report = try await home.succeed(Self.workflow)
            #expect(try await home.show("1") == report.document)
            #expect(try await home.show(try #require(report.id)) == report.document)
        }
    }

    private static let workflow = Flow.stages([
        Flow.stage(
            "make", "run: parallel",
            jobs: [
                Flow.job(
                    "plain", "echo '[T_RESULT] COLOUR = red'; echo test >page",
                    "outputs: [COLOUR]\nproduces: {page: page}"),
                Flow.job(
                    "shards", "echo \"[T_RESULT] INDEX = $T_SHARD_INDEX\"",
                    "outputs: [INDEX]\nshards: 2"),
            ])
    ])

    struct Ending: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let code: Int32
        let workflow: String
        var arguments: [String] = []
        var state: String?

        static let failed = Ending(
            testDescription: "a job that fails ends it with 1", code: 1,
            workflow: Flow.script("exit 3"), state: "failed")
        static let succeeded = Ending(
            testDescription: "success ends it with 0", code: 0, workflow: Flow.script("true"),
            state: "succeeded")
        static let missing = Ending(
            testDescription: "a component that is not here ends it with 2", code: 2,
            workflow: Flow.stages([
                "- name: work\n  jobs: [{name: it, component: nowhere, command: [a]}]"
            ]))
        static let invalid = Ending(
            testDescription: "a file with a mistake ends it with 64", code: 64,
            workflow: Flow.script("true", job: "colour: red"))
        static let badInput = Ending(
            testDescription: "an input that the run does not have ends it with 64", code: 64,
            workflow: Flow.script("true"), arguments: ["-i", "T_X=1"])
        static let noSecret = Ending(
            testDescription: "a secret without a value ends it with 64", code: 64,
            workflow: Flow.script(
                "true", job: "inputs: {T_X: \"${secrets.TOKEN}\"}", file: "secrets: [TOKEN]"))
        static let option = Ending(
            testDescription: "an option that does not exist ends it with 64", code: 64,
            workflow: Flow.script("true"), arguments: ["--colour"])
    }

    @Test(
        "how it ends",
        arguments: [
            Ending.succeeded, .failed, .missing, .invalid, .badInput, .noSecret, .option,
        ])
    func endings(ending: Ending) async throws {
        try await TestHome.busy { home in
            let report = try await home.run(ending.workflow, ending.arguments)
            #expect(report.code == ending.code, "\(report.error)")
            #expect(report.state == ending.state)
            if ending.state == nil { #expect(!report.error.isEmpty) }
        }
    }

    @Test("a file that is not there ends it with 3, as does a run that is not there")
    func notFound() async throws {
        try await TestHome.with { home in
            let missing = try await home.slipway(["run", "\(home.folder)/none.yaml"])
            #expect(missing.code == 3)
            #expect(missing.error.contains("none.yaml"))
            for verb in ["show", "logs", "cancel"] {
                let result = try await home.slipway([verb, "7"])
                #expect(result.code == 3, "\(verb)")
                #expect(result.error.contains("7"))
            }
        }
    }
}
