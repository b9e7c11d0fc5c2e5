import Domain
import OCI
import Testing

@testable import Workflows

/// The keys that multiply, repeat, pause and isolate jobs, as they should be written.
struct WorkflowKeyTests {
    private static func definition(_ text: String) throws -> WorkflowDefinition {
        let outcome = WorkflowFile.parse(Array(text.utf8))
        #expect(outcome.diagnostics.map { $0.rendered(file: "f") } == [])
        return try #require(outcome.definition)
    }

    private static func job(_ keys: String, top: String = "") throws -> JobDefinition {
        let lines = keys.split(separator: "\n").map { "        \($0)\n" }.joined()
        let definition = try definition(
            "slipway: 1\nname: demo\n\(top)stages:\n  - name: s\n    jobs:\n      - name: a\n"
                + lines)
        return definition.stages[0].jobs[0]
    }

    @Test("a matrix keeps its keys in order, and shards come innermost")
    func matrix() throws {
        let definition = try Self.definition(
            """
            slipway: 1
            name: demo
            stages:
              - name: make
                jobs:
                  - {name: list, component: b, outputs: [LIST]}
                  - name: build
                    component: b
                    matrix: {T_ARCH: [amd64, arm64], T_VERSION: [1.10, 2]}
                    shards: 2
                    inputs: {T_TEXT: "${matrix.T_ARCH} ${matrix.T_VERSION}"}
                  - name: later
                    component: b
                    matrix: {T_ITEM: "${make.list.LIST}"}
            """)
        let plan = RunPlan(definition)
        #expect(plan.legs.count == 9)
        #expect(plan.label(leg: 3) == "make.build[T_ARCH=amd64,T_VERSION=2][0]")
        #expect(plan.label(leg: 1) == "make.build[T_ARCH=amd64,T_VERSION=1.10][0]")
        #expect(definition.stages[0].jobs[2].hasDynamicMatrix)
    }

    @Test("retry: attempts, backoff, causes; an error alone where none is named")
    func retry() throws {
        let job = try Self.job(
            "component: b\nretry: {attempts: 3, backoff: 200ms, on: [failed, timeout]}")
        #expect(
            job.retry
                == RetryPolicy(
                    attempts: 3, backoff: .milliseconds(200), causes: [.failed, .timeout]))
        let plain = try Self.job("component: b\nretry: {attempts: 2}")
        #expect(plain.retry.causes == [.error])
        #expect(try Self.job("component: b").retry.attempts == 1)
    }

    @Test("timeouts of run and stage, conditions of stages, pauses with approvers")
    func stages() throws {
        let definition = try Self.definition(
            """
            slipway: 1
            name: demo
            timeout: 2h
            concurrency: {group: "g-${inputs.T_B}-${env.E}-${run.workflow}", on-conflict: reject}
            env: {E: x}
            stages:
              - {name: begin, type: start, inputs: {T_B: {default: main}}}
              - name: work
                when: inputs.T_B == "main"
                timeout: 90s
                jobs: [{name: a, component: b}]
              - name: agree
                type: pause
                approvers: [acme/managers, ada]
                approvals: 2
                timeout: 24h
              - {name: anyone, type: pause}
            """)
        #expect(definition.timeout == .seconds(7200))
        #expect(definition.concurrency?.onConflict == .reject)
        #expect(definition.stages[0].timeout == .seconds(90))
        #expect(definition.stages[0].condition?.value == "inputs.T_B == \"main\"")
        #expect(
            definition.stages[1].approval
                == ApprovalRule(approvers: ["acme/managers", "ada"], approvals: 2))
        #expect(definition.stages[2].approval == ApprovalRule(approvers: [], approvals: 1))
    }

    @Test("isolation, secret files, strict results")
    func isolation() throws {
        let job = try Self.job(
            """
            component: b
            user: 1000:1000
            read-only: true
            hardened: true
            strict-results: true
            secret-files: {KEY: secrets.TOKEN, OTHER.pem: secrets.TOKEN}
            """, top: "secrets: [TOKEN]\n")
        #expect(
            job.isolation
                == Isolation(user: "1000:1000", hasReadOnlyRoot: true, isHardened: true))
        #expect(job.hasStrictResults)
        #expect(job.secretFiles.map(\.name) == ["KEY", "OTHER.pem"])
        #expect(job.secretFiles.map(\.secret) == ["TOKEN", "TOKEN"])
    }

    @Test("a template gives what a job does not say; inputs are laid over one by one")
    func templates() throws {
        let definition = try Self.definition(
            """
            slipway: 1
            name: demo
            templates:
              base:
                parameters: {IMAGE: {required: true}, COUNT: {default: 2}, LIST: {default: [x, y]}}
                job:
                  component: "${parameters.IMAGE}:1"
                  shards: "${parameters.COUNT}"
                  outputs: "${parameters.LIST}"
                  inputs: {T_A: base, T_B: "is ${parameters.IMAGE}"}
                  script: echo '${parameter}'
              slow:
                parameters: {IMAGE: {default: tool}}
                job:
                  use: {template: base, parameters: {IMAGE: "${parameters.IMAGE}"}}
                  timeout: 5m
            stages:
              - name: s
                jobs:
                  - {name: one, use: slow, inputs: {T_A: own}}
                  - name: two
                    use: {template: base, parameters: {IMAGE: gcc, COUNT: 3, LIST: []}}
                    shards: 4
            """)
        let (one, two) = (definition.stages[0].jobs[0], definition.stages[0].jobs[1])
        #expect(one.component?.value.reference.repository == "library/tool")
        #expect(one.shards == 2)
        #expect(one.outputs == ["x", "y"])
        #expect(one.timeout == .seconds(300))
        #expect(one.inputs.map(\.name) == ["T_B", "T_A"])
        #expect(one.inputs.map(\.template.literal) == ["is tool", "own"])
        #expect(one.program == .script("echo '${parameter}'", shell: ["sh", "-e"]))
        #expect(two.component?.value.reference.repository == "library/gcc")
        #expect(two.shards == 4)
        #expect(two.outputs == [])
    }

    @Test("a template's chain of eight is the longest")
    func chain() {
        func rules(_ count: Int) -> [String] {
            let templates = (0..<count).map { "  t\($0): {job: {use: t\($0 + 1)}}\n" }.joined()
            let text =
                "slipway: 1\nname: demo\ntemplates:\n\(templates)"
                + "  t\(count): {job: {component: b}}\n"
                + "stages: [{name: s, jobs: [{name: a, use: t0}]}]\n"
            return WorkflowFile.parse(Array(text.utf8)).diagnostics.map(\.rule)
        }
        #expect(rules(7) == [])
        #expect(rules(8) == ["reference-cycle"])
    }

    @Test(
        "what stays as it is, is warned of",
        arguments: [
            "component: b\nscript: echo ${inputs.X}",
            "component: b\nscript: |\n  x=${Y:-z}\n  echo ${build.compile.VERSION:-1}",
            "component: b\ncommand: [echo, '${env.X}']",
            "component: b\nscript: 'true'\nshell: [sh, '${matrix.X}']",
            "component: b\nproduces: {X: 'out/${run.number}'}",
            "component: b\nbefore: input.X = '${inputs.X}'",
            "component: b\nuser: '${run.actor}'",
            "component: b\nscript: echo '${parameters.X}'",
            "component: b\ninputs: {A: '${run.id:-${run.number}}'}",
        ])
    func literal(keys: String) {
        let lines = keys.split(separator: "\n").map { "        \($0)\n" }.joined()
        let text =
            "slipway: 1\nname: demo\nstages:\n  - name: s\n    jobs:\n      - name: a\n\(lines)"
        let outcome = WorkflowFile.parse(Array(text.utf8))
        #expect(outcome.diagnostics.map(\.rule) == ["literal-reference"])
        #expect(outcome.diagnostics.map(\.severity) == [.warning])
        #expect(outcome.definition != nil)
    }

    @Test("a reference in a component is refused as an image, and warned of")
    func literalComponent() {
        let text =
            "slipway: 1\nname: demo\n"
            + "stages: [{name: s, jobs: [{name: a, component: 'b:${env.X}'}]}]"
        let rules = WorkflowFile.parse(Array(text.utf8)).diagnostics.map(\.rule)
        #expect(Set(rules) == ["literal-reference", "invalid-image"])
    }

    @Test("defaults of inputs are plain texts")
    func literalDefault() {
        let text = """
            slipway: 1
            name: demo
            stages:
              - {name: b, type: start, inputs: {T_X: {default: "${run.id}"}}}
              - {name: s, jobs: [{name: a, component: b}]}
            """
        let outcome = WorkflowFile.parse(Array(text.utf8))
        #expect(outcome.diagnostics.map(\.rule) == ["literal-reference"])
    }

    @Test("what a shell means by ${…} is not warned of")
    func shell() throws {
        _ = try Self.job(
            """
            component: b
            script: |
              echo ${X} ${X:-a.b.c} ${#X} ${X%.*} ${1} ${X:-${Y}} $${ ${T_SHARD_INDEX} ${x.y}
            inputs: {A-B: x, A_C: y, B.c: z}
            """)
    }

    @Test("names of one variable may stand in different jobs, and a job's own wins over env")
    func variables() throws {
        _ = try Self.definition(
            """
            slipway: 1
            name: demo
            env: {E.F: x}
            stages:
              - name: s
                jobs:
                  - {name: a, component: b, inputs: {A.B: x, E.F: y}}
                  - {name: c, component: b, inputs: {A_B: x}, matrix: {E.F: [z]}}
            """)
    }
}
