import Domain
import TestSupport
import Testing
import Workflows

@testable import SlipwayCommands

/// `slipway graph`: one workflow in all its forms, alone and in a run.
struct GraphTests {
    static let text = """
        slipway: 1
        name: release
        description: Build, "test" & <ship> it
        stages:
          - name: begin
            type: start
            inputs: {T_BRANCH: {default: main}, T_COUNT: {type: integer, default: 3}}
          - name: build
            jobs:
              - {name: fetch, component: library/git, outputs: [COMMIT], retry: {attempts: 3}}
              - name: compile
                component: library/gcc:12
                inputs: {T_COMMIT: "${build.fetch.COMMIT}"}
                outputs: [VERSION]
                produces: {binary: app}
          - name: test
            run: parallel
            fail-fast: true
            jobs:
              - name: unit
                component: library/tester
                shards: 5
                consumes: {binary: build.compile.binary}
                services: {db: {component: library/postgres:15}}
              - name: lint
                component: library/linter
                when: inputs.T_BRANCH ~= "docs"
                allow-failure: true
          - {name: agree, type: pause, approvers: [acme/managers], approvals: 2, timeout: 24h}
          - name: finish
            type: end
            jobs:
              - name: tell
                component: library/notify
                inputs: {T_VERSION: "${build.compile.VERSION:-none}"}
        """

    static func definition(_ text: String = Self.text) throws -> WorkflowDefinition {
        let outcome = WorkflowFile.parse(Array(text.utf8))
        #expect(outcome.diagnostics.map { $0.rendered(file: "f") } == [])
        return try #require(outcome.definition)
    }

    static func run() throws -> WorkflowGraph {
        let failure = AttemptReport(
            state: .failed, reason: "exit code 1 & <more>", exitCode: 1)
        let played = try PlayedRun(
            text, endings: ["test.unit": failure],
            conditions: ["test.lint": .passed(false, log: [])])
        return WorkflowGraph(played.state, now: played.now)
    }

    @Test("the text names what runs, what is special, and what each job takes")
    func plainText() throws {
        let graph = WorkflowGraph(try Self.definition())
        let lines = graph.text(Style(hasColour: false)).split(separator: "\n").map(String.init)
        #expect(
            lines == [
                "build  (sequence)",
                "  ├ fetch  git  (retry 3)",
                "  ├ compile  gcc:12",
                "  │   ← build.fetch: COMMIT",
                "test  (parallel)",
                "  ├ unit × 5  tester",
                "  │   + db: postgres:15",
                "  │   ← build.compile: binary",
                "  ├ lint  linter  (when, may fail)",
                "agree  (pause)",
                "  ├ 2 approvals by acme/managers",
                "finish  (end)",
                "  ├ tell  notify",
                "  │   ← build.compile: VERSION",
            ])
    }

    @Test("the text of a run has signs and states")
    func textOfARun() throws {
        let text = try Self.run().text(Style(hasColour: false))
        #expect(text.hasPrefix("run 12 of release: failed\n✔ build  (sequence)  succeeded\n"))
        #expect(text.contains("  ├ ✘ unit × 5  tester  failed"))
        #expect(text.contains("  ├ ■ lint  linter  (when, may fail)  cancelled  fail-fast:"))
        #expect(text.contains("↷ agree  (pause)  skipped"))
    }

    @Test("Graphviz and Mermaid get states as colours and as words")
    func others() throws {
        let graph = try Self.run()
        #expect(graph.dot.contains("j2 [label=\"unit × 5\\ntester\\nwith db: postgres:15\\nfailed"))
        #expect(graph.dot.contains("color=red"))
        #expect(
            graph.mermaid.contains("j2[\"unit × 5<br/>tester<br/>with db: postgres:15<br/>failed"))
        #expect(graph.mermaid.contains("\"]:::bad"))
        #expect(!WorkflowGraph(try Self.definition()).mermaid.contains("classDef"))
    }

    @Test("the JSON has jobs with their work, services, marks and states")
    func json() throws {
        let json = try Self.run().json
        let unit = json["jobs"]?.arrayValue?.first { $0["job"] == "test.unit" }
        #expect(unit?["legs"] == 5)
        #expect(unit?["work"] == "tester")
        #expect(unit?["services"] == ["db: postgres:15"])
        #expect(unit?["state"] == "failed")
        #expect(json["run"] == 12)
        #expect(json["state"] == "failed")
        #expect(
            json["edges"]?.arrayValue?.contains(
                ["from": "build.compile", "to": "finish.tell", "label": "VERSION"]) == true)
    }

    @Test("a job of another workflow, and one of a service, are told apart")
    func calls() async throws {
        try await TestHome.with { home in
            _ = try home.workflow(
                "slipway: 1\nname: inner\nstages: [{name: s, jobs: [{name: j, component: b}]}]\n",
                name: "inner.yaml")
            let file = try home.workflow(
                """
                slipway: 1
                name: outer
                stages:
                  - name: s
                    run: parallel
                    jobs:
                      - {name: call, workflow: inner.yaml}
                      - {name: ship, service: deployer.release}
                """)
            let json = try await home.slipway(["graph", file, "-o", "json"])
            let jobs = try JSONParser.parse(json.output.utf8)["jobs"]?.arrayValue ?? []
            #expect(jobs.map { $0["kind"] } == ["workflow", "service"])
            #expect(jobs.map { $0["work"] } == ["workflow inner.yaml", "service deployer.release"])
            let svg = try await home.slipway(["graph", file, "-o", "svg"])
            #expect(svg.output.contains("class=\"box call\""))
            #expect(svg.output.contains("class=\"box service\""))
        }
    }

    @Test(
        "a file or a run, and not both",
        arguments: [["graph"], ["graph", "f.yaml", "--run", "1"]])
    func refuses(words: [String]) async throws {
        try await TestHome.with { home in
            let result = try await home.slipway(words)
            #expect(result.code == 64)
            #expect(result.error.contains("--run"))
        }
    }

    @Test("a run that is not there is said so")
    func noRun() async throws {
        try await TestHome.with { home in
            let result = try await home.slipway(["graph", "--run", "7", "-o", "svg"])
            #expect(result.code == 3)
            #expect(result.output.isEmpty)
        }
    }
}
