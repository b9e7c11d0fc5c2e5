import Domain
import Testing

@testable import Workflows

/// The work of the linter grows with the file, not with its square; nor do its answers.
struct LintScaleTests {
    private static let job = "stages: [{name: s, jobs: [{name: a, component: b}]}]\n"

    private static func parse(_ text: String) -> WorkflowFile.Outcome {
        WorkflowFile.parse(Array(text.utf8))
    }

    @Test("a chain of 30,000 values of env is followed once")
    func chain() {
        let names = (0..<30_000).map { "V\($0)" }
        let environment = zip(names, names.dropFirst()).map { name, next in
            NamedTemplate(
                name: name,
                template: Template(segments: [.reference(.environment(next), default: nil)]),
                position: TextPosition(line: 1, column: 1))
        }
        let graph = EnvironmentGraph(environment)
        #expect(graph.steps < 200_000)
        #expect(graph.isFirstTooDeep("V29966"))
        #expect(!graph.isFirstTooDeep("V29967"))
        #expect(!graph.isFirstTooDeep("V29965"))

        var text = "slipway: 1\nname: demo\nenv:\n"
        for (name, next) in zip(names, names.dropFirst()) { text += " \(name): ${env.\(next)}\n" }
        text += " V29999: end\n" + Self.job
        let found = Self.parse(text).diagnostics
        #expect(found.map(\.rule) == ["limit"])
    }

    @Test("a circle of 30,000 values is reported, the first thousand of it")
    func circle() {
        var text = "slipway: 1\nname: demo\nenv:\n"
        for index in 0..<30_000 { text += " V\(index): ${env.V\((index + 1) % 30_000)}\n" }
        let found = Self.parse(text + Self.job).diagnostics
        #expect(found.count == Findings.limit + 1)
        #expect(found.last?.rule == "limit")
        #expect(found.last?.message == "29000 more findings of this file are not shown")
        #expect(found.dropLast().allSatisfy { $0.rule == "reference-cycle" })
    }

    @Test("9,000 unknown names are compared with others a hundred times at most")
    func unknownNames() {
        var text = "slipway: 1\nname: demo\nenv:\n"
        for index in 0..<9000 { text += " NAME\(index): x\n WRONG\(index): ${env.NAMES\(index)}\n" }
        var decoder = WorkflowDecoder(checks: .none)
        let (node, _) = YAMLReader.read(Array((text + Self.job).utf8))
        _ = node.flatMap { decoder.workflow($0) }
        #expect(decoder.findings.suggestions == Findings.suggestionLimit)
        let found = decoder.findings.sorted
        #expect(found.count == Findings.limit + 1)
        #expect(found[0].hint == "did you mean 'NAME0'?")
        #expect(found[500].hint == nil)
    }

    @Test("names are suggested among 2,000 at most")
    func candidates() {
        var findings = Findings()
        var count = 0
        let names = sequence(first: 0) { $0 + 1 }.prefix(1_000_000).lazy.map { index in
            count += 1
            return "NAME\(index)"
        }
        _ = findings.hint(for: "NAMES", among: names)
        #expect(count <= 2 * Findings.candidateLimit)
    }

    /// Far more than it takes, far less than the square of the file would.
    @Test("60,000 outputs, unknown keys, matrix values: each in a moment", .timeLimit(.minutes(3)))
    func many() {
        let names = (0..<60_000).map { "OUT\($0)" }.joined(separator: ", ")
        let head =
            "slipway: 1\nname: demo\nstages:\n  - name: s\n    jobs:\n      - name: a\n"
            + "        component: b\n"
        #expect(Self.parse(head + "        outputs: [\(names)]\n").diagnostics.isEmpty)
        let values = Self.parse(head + "        matrix: {A: [\(names)]}\n").diagnostics
        #expect(values.map(\.rule) == ["limit"])
        let twice = Self.parse(head + "        outputs: [\(names), OUT7]\n").diagnostics
        #expect(twice.map(\.rule) == ["duplicate-name"])
        var keys = head
        for index in 0..<40_000 { keys += "        key\(index): x\n" }
        #expect(Self.parse(keys).diagnostics.count == Findings.limit + 1)
    }

    @Test("many uses of many outputs of one job are looked up, not searched")
    func uses() {
        var text = "slipway: 1\nname: demo\nstages:\n  - name: s\n    jobs:\n      - name: a\n"
        let names = (0..<20_000).map { "OUT\($0)" }
        text += "        component: b\n        outputs: [\(names.joined(separator: ", "))]\n"
        text += "      - name: c\n        component: b\n        inputs:\n"
        for name in names { text += "          IN\(name): ${s.a.\(name)}\n" }
        #expect(Self.parse(text).diagnostics.isEmpty)
    }

    @Test("an error behind a thousand warnings still is one")
    func severity() {
        var findings = Findings()
        let place = TextPosition(line: 1, column: 1)
        for _ in 0..<2000 { findings.add(Diagnostic(.warning, rule: "w", at: place, "w")) }
        findings.add(Diagnostic(.error, rule: "e", at: place, "e"))
        #expect(findings.hasErrors)
        #expect(findings.sorted.contains { $0.severity == .error })
        #expect(findings.sorted.count == Findings.limit + 1)
        #expect(findings.sorted.last?.message == "1001 more findings of this file are not shown")
        #expect(findings.sorted.last?.severity == .warning)
    }

    @Test(
        "templates that multiply stop at their limit",
        arguments: [
            // A list that many jobs take whole.
            ("[\((0..<40_000).map { "O\($0)" }.joined(separator: ","))]", "outputs"),
            // A text that many jobs take.
            ("'\(String(repeating: "x", count: 300_000))'", "description"),
        ])
    func templates(value: String, key: String) {
        var text =
            "slipway: 1\nname: demo\ntemplates:\n  t:\n    parameters: {P: {default: \(value)}}\n"
        text += "    job: {component: b, \(key): '${parameters.P}'}\n"
        text += "stages:\n  - name: s\n    jobs:\n"
        for index in 0..<3000 { text += "      - {name: j\(index), use: t}\n" }
        #expect(Self.parse(text).diagnostics.map(\.rule) == ["limit"])
    }

    @Test("templates that multiply a text with each step stop at their limit")
    func growingText() {
        let ten = String(repeating: "${parameters.P}", count: 40)
        var text = "slipway: 1\nname: demo\ntemplates:\n"
        for index in 0..<7 {
            text += "  t\(index): {parameters: {P: {}}, job: {use: {template: t\(index + 1), "
            text += "parameters: {P: '\(ten)'}}}}\n"
        }
        text += "  t7: {parameters: {P: {}}, job: {component: b, inputs: {A: '${parameters.P}'}}}\n"
        text += "stages: [{name: s, jobs: [{name: a, use: {template: t0, parameters: {P: xxxx}}}]}]"
        #expect(Self.parse(text).diagnostics.map(\.rule) == ["limit"])
    }
}
