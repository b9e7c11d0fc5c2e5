import Domain
import TestSupport
import Testing
import Workflows

struct WorkflowFileTests {
    static let sound = """
        slipway: 1
        name: demo
        env: {T_APP: demo, T_TEXT: 1.10}
        secrets: [TOKEN]
        defaults: {timeout: 10m, resources: {cpu: 500m, memory: 256Mi}}
        stages:
          - name: begin
            type: start
            inputs:
              T_COUNT: {type: integer, default: 5}
          - name: build
            jobs:
              - name: compile
                component: library/gcc:12
                script: |
                  make
                outputs: [VERSION]
                produces: {binary: out/app}
          - name: test
            run: parallel
            fail-fast: true
            jobs:
              - name: unit
                component: busybox
                shards: 5
                inputs: {T_N: "${inputs.T_COUNT}", T_KEY: "${secrets.TOKEN}"}
                consumes: {binary: build.compile.binary}
                when: inputs.T_COUNT > 1
          - name: finish
            type: end
            jobs:
              - name: tell
                component: busybox
                command: [echo, done]
                inputs: {T_V: "${build.compile.VERSION:-none}", T_STATE: "${run.state}"}
        """

    @Test("a sound file has no findings, and its parts are where they belong")
    func reads() throws {
        let outcome = WorkflowFile.parse(Array(Self.sound.utf8))
        #expect(outcome.diagnostics.map { $0.rendered(file: "f") } == [])
        let definition = try #require(outcome.definition)
        #expect(definition.stages.map(\.name) == ["build", "test", "finish"])
        let compile = definition.stages[0].jobs[0]
        #expect(compile.timeout == .seconds(600))
        #expect(compile.resources.cpu?.millicores == 500)
        #expect(compile.program == .script("make\n", shell: ["sh", "-e"]))
        #expect(definition.environment[1].template == Template(literal: "1.10"))
        let plan = RunPlan(definition)
        #expect(plan.legs.count == 7)
        #expect(plan.label(leg: 5) == "test.unit[4]")
    }

    @Test("aliases that multiply are bounded")
    func bomb() {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1...8 {
            let aliases = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
            text += "a\(level): &a\(level) [\(aliases)]\n"
        }
        let outcome = WorkflowFile.parse(Array(text.utf8))
        #expect(outcome.diagnostics.map(\.rule) == [LintRule.limit.rawValue])
    }

    @Test("a file above 1 MiB is refused")
    func size() {
        let text = [UInt8](repeating: UInt8(ascii: "#"), count: (1 << 20) + 1)
        #expect(WorkflowFile.parse(text).diagnostics.map(\.rule) == [LintRule.limit.rawValue])
    }

    @Test("bytes that are not UTF-8 are found at their place")
    func encoding() {
        let outcome = WorkflowFile.parse(Array("a: 1\nb: ".utf8) + [0xff])
        #expect(outcome.diagnostics.map(\.position) == [TextPosition(line: 2, column: 4)])
    }

    @Test("a misspelt key is answered with the right one")
    func suggestion() {
        let outcome = WorkflowFile.parse(Array("slipway: 1\nname: a\nstagse: []\n".utf8))
        #expect(outcome.diagnostics.contains { $0.hint == "did you mean 'stages'?" })
    }

    @Test("all findings come in one pass")
    func onePass() {
        let text = "slipway: 3\nname: A\nenv: {B: [1]}\nstages: 4\nbad: 1\n"
        #expect(WorkflowFile.parse(Array(text.utf8)).diagnostics.count == 5)
    }

    @Test("damaged files are refused or read, never trapped on", arguments: 0..<20)
    func fuzz(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<50 {
            let outcome = WorkflowFile.parse(random.mutated(Array(Self.sound.utf8)))
            #expect(outcome.definition != nil || outcome.hasErrors)
        }
    }
}
