import Domain
import TestSupport
import Testing

/// `slipway simulate`, with real hook workers and without a home.
struct SimulateTests {
    private static let text = """
        slipway: 1
        name: release
        secrets: [TOKEN]
        stages:
          - name: begin
            type: start
            inputs: {T_BRANCH: {default: main}, T_COUNT: {type: integer, default: 3}}
          - name: build
            jobs:
              - name: compile
                component: library/gcc:12
                outputs: [VERSION, REGIONS]
                produces: {binary: app}
          - name: test
            run: parallel
            jobs:
              - {name: unit, component: library/tester, shards: 5, outputs: [COUNT]}
              - name: lint
                component: library/linter
                matrix: {T_A: [x, y]}
                when: inputs.T_BRANCH ~= "docs" and inputs.T_COUNT > 2
              - name: docs
                component: library/docs
                when: inputs.T_BRANCH == "docs" or jobs["build.compile"].VERSION == "7"
            after: |
              if tonumber(jobs["test.unit"].COUNT[1]) < 1 then fail("nothing was tested") end
          - {name: agree, type: pause, approvers: [acme/managers], approvals: 2, timeout: 24h}
          - name: deploy
            jobs:
              - name: ship
                component: library/ship
                matrix: {T_REGION: "${build.compile.REGIONS}"}
                inputs: {T_KEY: "${secrets.TOKEN}"}
        """

    private static func simulate(_ words: [String]) async throws -> ProgramResult {
        try await TestHome.with { home in
            try await home.slipway(["simulate", try home.workflow(text)] + words)
        }
    }

    private static func jobs(_ words: [String]) async throws -> [String: JSONValue] {
        let result = try await simulate(["-o", "json"] + words)
        #expect(result.code == 0, "\(result.error)")
        let document = try JSONParser.parse(result.output.utf8)
        let jobs = (document["stages"]?.arrayValue ?? []).flatMap { $0["jobs"]?.arrayValue ?? [] }
        return Dictionary(jobs.map { ($0["job"]?.stringValue ?? "", $0) }) { $1 }
    }

    @Test("jobs, their order, and what is not known")
    func plain() async throws {
        let jobs = try await Self.jobs([])
        #expect(
            jobs.mapValues { $0["what"] } == [
                "build.compile": "runs", "test.unit": "runs", "test.lint": "runs",
                "test.docs": "may-run", "deploy.ship": "runs",
            ])
        #expect(
            jobs.mapValues { $0["step"] } == [
                "build.compile": 1, "test.unit": 2, "test.lint": 2, "test.docs": 2,
                "deploy.ship": 3,
            ])
        #expect(jobs["test.lint"]?["when"]?["outcome"] == true)
        #expect(
            jobs["test.lint"]?["when"]?["values"]
                == ["inputs.T_BRANCH": "main", "inputs.T_COUNT": 3])
        #expect(jobs["test.docs"]?["when"]?["outcome"] == "unknown")
        #expect(jobs["test.docs"]?["when"]?["unknown"] == ["build.compile.VERSION"])
        #expect(jobs["test.unit"]?["legs"]?.arrayValue?.count == 5)
        #expect(jobs["test.lint"]?["legs"] == ["test.lint[T_A=x]", "test.lint[T_A=y]"])
        #expect(jobs["deploy.ship"]?["legs"] == .null)
    }

    @Test("a condition that does not come to what is unknown is known")
    func shortCircuit() async throws {
        let jobs = try await Self.jobs(["-i", "T_BRANCH=docs"])
        #expect(jobs["test.docs"]?["what"] == "runs")
        #expect(jobs["test.lint"]?["what"] == "skipped")
    }

    @Test("given outputs decide conditions and matrices")
    func outputs() async throws {
        let jobs = try await Self.jobs([
            "--output", "build.compile.VERSION=8", "--output",
            "build.compile.REGIONS=[\"a\",\"b\"]",
        ])
        #expect(jobs["test.docs"]?["what"] == "skipped")
        #expect(
            jobs["deploy.ship"]?["legs"]
                == ["deploy.ship[T_REGION=a]", "deploy.ship[T_REGION=b]"])
    }

    @Test("a failure skips what comes after it, and the reason is told")
    func fails() async throws {
        let result = try await Self.simulate(["--fail", "test.unit[2]"])
        #expect(result.code == 0)
        #expect(result.output.contains("test.unit      fails"))
        #expect(result.output.contains("an earlier stage did not succeed"))
        #expect(
            result.output.hasSuffix(
                "a run would end as failed: test.unit failed: [2] exit code 1\n"))
    }

    @Test("the answer for people names conditions, approvals and what is taken for granted")
    func table() async throws {
        let result = try await Self.simulate([])
        #expect(result.output.contains("2 approvals of acme/managers within 24h"))
        #expect(
            result.output.contains(
                "when `inputs.T_BRANCH ~= \"docs\" and inputs.T_COUNT > 2` is true "
                    + "(inputs.T_BRANCH = \"main\", inputs.T_COUNT = 3)"))
        #expect(
            result.output.contains(
                "taken for granted: after of stage test passes, which depends on "
                    + "test.unit[0].COUNT"))
        #expect(result.output.contains("inputs: T_BRANCH = main (default), T_COUNT = 3 (default)"))
        #expect(result.output.hasSuffix("nothing was run; a run would end as succeeded\n"))
        let rejected = try await Self.simulate(["--reject", "agree"])
        #expect(rejected.output.hasSuffix("failed: rejected by acme/managers\n"))
    }

    @Test(
        "what does not fit the workflow is refused, with what was probably meant",
        arguments: [
            (["-i", "T_COUNT=three"], "the input T_COUNT is 'three'"),
            (["-i", "T_BRANCHE=x"], "did you mean 'T_BRANCH'?"),
            (["--fail", "test.unti"], "there is no job 'test.unti'; did you mean 'test.unit'?"),
            (["--output", "build.compile.VERSON=7"], "did you mean 'VERSION'?"),
            (["--output", "VERSION=7"], "expected STAGE.JOB.NAME=VALUE"),
            (["--reject", "agre"], "there is no pause 'agre'; did you mean 'agree'?"),
        ])
    func refuses(words: [String], message: String) async throws {
        let result = try await Self.simulate(words)
        #expect(result.code == 64)
        #expect(result.error.contains(message), "\(result.error)")
    }
}
