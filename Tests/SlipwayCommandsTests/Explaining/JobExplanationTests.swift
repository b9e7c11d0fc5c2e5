import Domain
import OCI
import Runs
import Testing
import Workflows

@testable import SlipwayCommands

/// `slipway explain JOB`, on runs that were played.
struct JobExplanationTests {
    private static let text = """
        slipway: 1
        name: release
        env: {T_APP: demo, T_ALL: "${inputs.T_BRANCH}"}
        secrets: [TOKEN]
        stages:
          - name: begin
            type: start
            inputs: {T_BRANCH: {default: main}}
          - name: build
            jobs:
              - {name: compile, component: library/gcc:12, produces: {binary: app}}
              - name: pack
                component: library/packer
                when: inputs.T_BRANCH ~= "docs"
                consumes: {binary: build.compile.binary}
                produces: {packed: out}
                retry: {attempts: 3, on: [failed]}
              - {name: sign, component: library/signer}
          - name: test
            run: parallel
            jobs:
              - name: unit
                component: library/tester
                shards: 3
                inputs: {T_ALL: other, T_KEY: "${secrets.TOKEN}", T_NAME: "b-${inputs.T_BRANCH}"}
              - {name: docs, component: library/docs, consumes: {packed: build.pack.packed}}
        """

    private static let inputs: [String: JSONValue] = ["T_BRANCH": "main"]

    private static func explain(
        _ name: String, endings: [String: AttemptReport] = [:],
        conditions: [String: HookOutcome] = [:], text: String = Self.text
    ) throws -> JobExplanation {
        let digest = Digest(of: Array("image".utf8))
        let played = try PlayedRun(
            text, endings: endings, conditions: conditions, inputs: inputs,
            images: ["library/packer": digest])
        let found = try #require(JobExplanation.find(name, in: played.state.plan))
        return JobExplanation(played.history, job: found.job, leg: found.leg, now: played.now)
    }

    private static func shown(_ explanation: JobExplanation) -> String {
        explanation.text(Style(hasColour: false))
    }

    private static let failure = AttemptReport(state: .failed, reason: "exit code 2", exitCode: 2)

    @Test("a job is found by its name, and a leg by its label")
    func find() throws {
        let plan = RunPlan(try GraphTests.definition(Self.text))
        #expect(JobExplanation.find("build.pack", in: plan).map { [$0.job, $0.leg] } == [1, nil])
        #expect(JobExplanation.find("test.unit[1]", in: plan).map { [$0.job, $0.leg] } == [3, 4])
        #expect(JobExplanation.find("test.unit[3]", in: plan)?.job == nil)
        #expect(JobExplanation.find("unit", in: plan)?.job == nil)
        #expect(JobExplanation.find("", in: plan)?.job == nil)
    }

    @Test("a failure tells its reason, its attempts, its image, its condition and what to type")
    func failed() throws {
        let explanation = try Self.explain("build.pack", endings: ["build.pack": Self.failure])
        #expect(explanation.attempts.count == 3)
        #expect(explanation.attempts.map { $0.retry != nil } == [true, true, false])
        let text = Self.shown(explanation)
        #expect(text.hasPrefix("build.pack of run 12 (release): ✘ failed\n  why: exit code 2\n"))
        #expect(text.contains("  stage: build, 1 of 2, sequence, job 2 of 3, failed"))
        #expect(text.contains("  when: `inputs.T_BRANCH ~= \"docs\"` was true\n"))
        #expect(text.contains("    inputs.T_BRANCH was \"main\"\n"))
        #expect(text.contains("image: library/packer = sha256:"))
        #expect(text.contains("1 of 3"))
        #expect(text.contains("failed: exit code 2; again after "))
        #expect(text.contains("3 of 3"))
        #expect(
            text.contains(
                "  slipway logs 12 build.pack\n  slipway debug 12 build.pack\n"
                    + "  slipway rerun 12 --failed\n"))
    }

    @Test(
        "the wait before another attempt is that of its policy, not from when the container ended")
    func wait() throws {
        // Its container ended half a second before that was recorded.
        let end = Timestamp(microseconds: 1_700_000_000_500_000)
        let early = AttemptReport(
            state: .failed, reason: "exit code 2", exitCode: 2, endedAt: end)
        let explanation = try Self.explain("build.pack", endings: ["build.pack": early])
        let first = try #require(explanation.attempts.first?.retry)
        // A second, a quarter more or less.
        #expect(first.wait >= .milliseconds(750) && first.wait <= .milliseconds(1250))
        let shown = "again after \(Shown.duration(first.wait))"
        #expect(Self.shown(explanation).contains(shown))
    }

    @Test("a job that was skipped goes back to what failed")
    func skipped() throws {
        let sign = try Self.explain("build.sign", endings: ["build.compile": Self.failure])
        #expect(sign.reason == "build.compile did not succeed")
        #expect(sign.causes.map(\.text) == ["build.compile is failed: exit code 2"])
        #expect(sign.nextCommands.first == "slipway explain build.compile --run 12")
        let docs = try Self.explain("test.docs", endings: ["build.compile": Self.failure])
        #expect(docs.causes.count == 1)
        #expect(docs.causes[0].text.hasPrefix("stage build failed: build.compile failed"))
    }

    @Test("a job whose artifact was not made goes back to the condition that was false")
    func condition() throws {
        let made = AttemptReport(
            state: .succeeded, exitCode: 0,
            artifacts: [
                "binary": ArtifactRecord(
                    kind: .file, digest: Digest(of: []), size: 7, isExecutable: true)
            ])
        let off: HookOutcome = .passed(false, log: [])
        let docs = try Self.explain(
            "test.docs", endings: ["build.compile": made], conditions: ["build.pack": off])
        #expect(docs.causes.map(\.job) == ["build.pack"])
        #expect(docs.causes[0].text == "build.pack is skipped: when: the condition is false")
        let pack = try Self.explain(
            "build.pack", endings: ["build.compile": made], conditions: ["build.pack": off])
        #expect(Self.shown(pack).contains("was false"))
        #expect(pack.consumed.first?.records.first?.size == 7)
        #expect(pack.json["when"]?["outcome"] == "false")
        #expect(pack.json["when"]?["values"] == ["inputs.T_BRANCH": "main"])
    }

    @Test("inputs tell where they come from; a secret is never told")
    func inputs() throws {
        let made = AttemptReport(state: .succeeded, exitCode: 0)
        let unit = try Self.explain("test.unit[1]", endings: ["build.compile": made])
        let found = Dictionary(unit.inputs.map { ($0.name, $0) }) { first, _ in first }
        #expect(found["T_APP"]?.origin == .environment)
        #expect(found["T_ALL"]?.origin == .inputs)
        #expect(found["T_ALL"]?.value == "other")
        #expect(found["T_NAME"]?.value == "b-main")
        #expect(found["T_NAME"]?.references == ["inputs.T_BRANCH"])
        #expect(found["T_KEY"]?.value == "***")
        #expect(found["T_KEY"]?.references == ["secrets.TOKEN"])
        #expect(Self.shown(unit).contains("T_KEY   ***     inputs (secrets.TOKEN)"))
    }

    @Test("a job of several legs lists them, and says how to ask for one")
    func legs() throws {
        let unit = try Self.explain("test.unit", endings: ["test.unit": Self.failure])
        #expect(unit.leg == nil)
        let text = Self.shown(unit)
        #expect(text.contains("test.unit[0]  failed"))
        #expect(text.contains("slipway explain 'test.unit[0]' --run 12"))
        #expect(unit.json["legs"]?.arrayValue?.count == 3)
    }

    @Test("a job that waits for an approval says whose")
    func pause() throws {
        let text = """
            slipway: 1
            name: release
            stages:
              - {name: agree, type: pause}
              - {name: deploy, jobs: [{name: ship, component: b}]}
            """
        let ship = try Self.explain("deploy.ship", text: text)
        #expect(ship.jobState == .waiting)
        #expect(ship.causes.map(\.text) == ["stage agree comes before it and waits for approval"])
        #expect(ship.nextCommands == ["slipway approve 12", "slipway show 12"])
    }

    @Test("what a job said cannot command a terminal, and labels are quoted for a shell")
    func hostile() throws {
        let hostile = AttemptReport(
            state: .failed, reason: "\u{1b}]0;x\u{7}no\nnext: rm -rf", exitCode: 1)
        let text = """
            slipway: 1
            name: release
            stages:
              - name: s
                jobs: [{name: j, component: b, matrix: {T_A: ["x'; id #", y]}}]
            """
        let plan = RunPlan(try GraphTests.definition(text))
        let label = plan.label(leg: 0)
        let explanation = try Self.explain(label, endings: ["s.j": hostile], text: text)
        let shown = Self.shown(explanation)
        #expect(!shown.contains("\u{1b}"))
        #expect(!shown.contains("\nnext: rm"))
        #expect(shown.contains("slipway logs 12 's.j[T_A=x'\\''; id #]'"))
    }
}
