import Domain
import Storage
import TestSupport
import Testing

/// Programs of the home's configuration are told of runs.
struct NotifyTests {
    private static func flow(_ notify: String, script: String = "true") -> String {
        Flow.script(script, file: "notify: \(notify)")
    }

    /// A program `team` that runs `script` with a file of the test as its argument.
    private static func configure(_ home: TestHome, _ script: String) async throws {
        try await home.write("#!/bin/sh\n\(script)\n", to: "\(home.folder)/tell")
        try Files.setMode("\(home.folder)/tell", 0o700)
        try await home.write(
            "notify: {team: {command: [\(home.folder)/tell, '\(home.folder)/told $(id)']}}\n",
            to: "\(home.path)/config.yaml")
    }

    private static func told(_ home: TestHome) throws -> [JSONValue] {
        let file = "\(home.folder)/told $(id)"
        guard Files.exists(file) else { return [] }
        return try Files.readFile(file, limit: 1 << 20).split(separator: 0x0a)
            .map { try JSONParser.parse(Array($0)) }
    }

    @Test("a program gets one document, no shell, and little of the environment")
    func tells() async throws {
        try await TestHome.busy { home in
            try await Self.configure(home, "cat >>\"$1\"; env >\"$1.env\"")
            let report = try await home.run(
                Self.flow(
                    "{to: team, on: [failed], message: 'run ${run.number} is ${run.state}'}",
                    script: "exit 3"),
                environment: ["PRIVATE": "of-mine"])
            #expect(report.code == 1)
            let document = try #require(try Self.told(home).first)
            #expect(try Self.told(home).count == 1)
            #expect(document["message"] == "run 1 is failed")
            #expect(document["id"]?.stringValue == report.id)
            #expect(document["state"] == "failed")
            #expect(document["reason"]?.stringValue == report.reason)
            let environment = try String(
                decoding: Files.readFile("\(home.folder)/told $(id).env", limit: 1 << 16),
                as: UTF8.self)
            #expect(environment.contains("HOME=\(home.path)\n"))
            #expect(!environment.contains("SLIPWAY_HOME"))
            #expect(!environment.contains("PRIVATE"))
        }
    }

    @Test(
        "whatever the program does, the run is what it was",
        arguments: [
            ("echo broken >&2; exit 3", "ended with 3: broken"),
            ("while :; do echo 0123456789; done", "larger than"),
        ])
    func fails(script: String, warning: String) async throws {
        try await TestHome.busy { home in
            try await Self.configure(home, script)
            let report = try await home.run(Self.flow("team"))
            #expect(report.code == 0)
            #expect(report.state == "succeeded")
            #expect(report.error.contains("warning: notify team"), "\(report.error)")
            #expect(report.error.contains(warning), "\(report.error)")
        }
    }

    @Test("a program that is not there, or is not allowed, is a warning")
    func missing() async throws {
        try await TestHome.busy { home in
            try await home.write(
                "notify: {team: {command: [/nowhere/tell]}}\n", to: "\(home.path)/config.yaml")
            let report = try await home.run(Self.flow("team"))
            #expect(report.code == 0)
            #expect(report.error.contains("warning: notify team"), "\(report.error)")
        }
    }

    @Test("a name that the home does not have is an error of the file")
    func unknown() async throws {
        try await TestHome.busy { home in
            let report = try await home.run(Self.flow("team"))
            #expect(report.code == 64)
            #expect(report.error.contains(":3:9: error[unknown-notifier]"), "\(report.error)")
            try await home.write(
                "notify: {teams: {command: [/bin/true]}}\n", to: "\(home.path)/config.yaml")
            let lint = try await home.slipway(["lint", try home.workflow(Self.flow("team"))])
            #expect(lint.code == 0)
            #expect(lint.output.contains("warning[unknown-notifier]"), "\(lint.output)")
            #expect(lint.output.contains("did you mean 'teams'?"))
        }
    }

    @Test("who waits for approval is told, by each process that brings the run there")
    func pause() async throws {
        try await TestHome.busy { home in
            try await Self.configure(home, "cat >>\"$1\"")
            let flow = Flow.stages(
                [
                    "- name: one\n  type: pause", "- name: two\n  type: pause",
                    Flow.stage("work", jobs: [Flow.job("it", "true")]),
                ], file: "notify: {to: team, on: [paused, succeeded]}")
            #expect(try await home.run(flow).code == 8)
            for _ in 0..<2 {
                #expect(try await home.slipway(["approve", "last"]).code == 0)
            }
            #expect(try await home.slipway(["resume", "last"]).code == 0)
            let stages = try Self.told(home).map { $0["stage"]?.stringValue ?? "end" }
            #expect(stages == ["one", "two", "end"])
        }
    }
}
