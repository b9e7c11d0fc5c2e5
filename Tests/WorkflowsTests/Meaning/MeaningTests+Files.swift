import Domain
import Testing
import Workflows

/// "References", "Shards and matrix", "Limits": what the file alone decides.
extension MeaningTests {
    /// A job `one.a` with one input, beside `one.c`, before `two.z`.
    private static func input(_ value: String) -> String {
        file(
            """
              - {name: begin, type: start, inputs: {T_N: {type: integer}}}
              - name: one
                run: parallel
                jobs:
                  - {name: a, component: b, outputs: [X], inputs: {A: '\(value)'}}
                  - {name: c, component: b, outputs: [X]}
              - name: two
                jobs: [{name: z, component: b, outputs: [X]}]
            """, head: "env: {E: x}\n")
    }

    @Test(
        "a reference to what is not upstream, or not declared, is an error of the file",
        arguments: [
            ("${two.z.X}", LintRule.forwardReference), ("${one.c.X}", .siblingReference),
            ("${one.a.X}", .siblingReference), ("${inputs.T_M}", .unknownReference),
            ("${env.F}", .unknownReference), ("${secrets.S}", .undeclaredSecret),
            ("${matrix.M}", .unknownReference), ("${no.such.X}", .unknownReference),
            ("${run.nothing}", .badReference),
        ])
    func unknown(reference: String, rule: LintRule) {
        #expect(Self.findings(Self.input(reference)) == [rule.rawValue])
    }

    @Test("an output that the job does not declare cannot be referred to")
    func undeclared() {
        let text = Self.file(
            """
              - {name: one, jobs: [{name: a, component: b, outputs: [X]}]}
              - {name: two, jobs: [{name: z, component: b, inputs: {A: "${one.a.Y}"}}]}
            """)
        #expect(Self.findings(text) == [LintRule.undeclaredOutput.rawValue])
    }

    @Test(
        "there is no other expression language",
        arguments: [
            "${inputs.T_N + 1}", "${upper(inputs.T_N)}", "${inputs.T_N == 3}",
            "${inputs.T_N | upper}", "${1}", "${}",
        ])
    func expressions(text: String) {
        #expect(Self.findings(Self.input(text)) == [LintRule.badReference.rawValue])
    }

    @Test("outputs and artifacts of a job share one set of names")
    func names() {
        let text = Self.job(", outputs: [X, Y], produces: {Y: file}")
        #expect(Self.findings(text) == [LintRule.duplicateName.rawValue])
    }

    @Test("scalars follow YAML 1.2's core schema; string inputs keep their text")
    func scalars() throws {
        let texts = ["1.10", "no", "0x10", "1e3", "True", "007"]
        let inputs = texts.enumerated().map { "V\($0): \($1)" }.joined(separator: ", ")
        let job = try Self.plan(Self.job(", inputs: {\(inputs)}")).jobs[0].definition
        #expect(job.inputs.map(\.template.literal) == texts)
        #expect(Self.findings(Self.job(", allow-failure: yes")) == [LintRule.wrongType.rawValue])
        #expect(try Self.plan(Self.job(", allow-failure: True")).jobs[0].definition.allowFailure)
    }

    @Test(
        "legs are named by their matrix and their shard",
        arguments: [
            ("shards: 3", 2, "one.a[2]"),
            (
                "matrix: {T_TARGET: [amd64, arm64], T_MODE: [debug, release]}", 2,
                "one.a[T_TARGET=arm64,T_MODE=debug]"
            ),
            ("matrix: {T_X: [a, b]}, shards: 3", 2, "one.a[T_X=a][2]"),
        ])
    func legNames(keys: String, index: Int, name: String) throws {
        #expect(try Self.plan(Self.job(", " + keys)).label(leg: index) == name)
    }

    @Test("a file has at most 1,000 stages")
    func stages() {
        func text(_ count: Int) -> String {
            Self.file(
                (0..<count).map { "  - {name: s\($0), jobs: [{name: j, component: b}]}" }
                    .joined(separator: "\n"))
        }
        #expect(Self.findings(text(1000)) == [])
        #expect(Self.findings(text(1001)) == [LintRule.limit.rawValue])
    }

    @Test("the start stage comes first, end stages come last")
    func placesOfStages() {
        let stages = [
            "  - {name: s, jobs: [{name: j, component: b}]}", "  - {name: b, type: start}",
            "  - {name: e, type: end, jobs: [{name: j, component: b}]}",
        ]
        func rules(_ order: [Int]) -> [String] {
            Self.findings(Self.file(order.map { stages[$0] }.joined(separator: "\n")))
        }
        #expect(rules([1, 0, 2]) == [])
        #expect(rules([0, 1, 2]) == [LintRule.stageOrder.rawValue])
        #expect(rules([1, 2, 0]) == [LintRule.stageOrder.rawValue])
    }
}
