import Testing
import Workflows

/// The work of expanding grows with the file and with what comes out, not with their square.
struct ExpansionScaleTests {
    private static func expand(_ text: String) throws -> String {
        try WorkflowExpansion(Array(text.utf8), inputs: [:]).text
    }

    @Test("15,000 inputs of a job with a matrix: in a moment", .timeLimit(.minutes(1)))
    func inputs() throws {
        var text = "slipway: 1\nname: demo\nstages:\n  - name: s\n    jobs:\n      - name: a\n"
        text += "        component: b\n        matrix: {T_A: [x, y]}\n        inputs:\n"
        text += "          T_A: own\n"
        for index in 0..<15_000 { text += "          I\(index): x\n" }
        let expanded = try Self.expand(text)
        #expect(expanded.contains("I14999: x"))
        // The job's own input wins over the value of the matrix, in both legs.
        #expect(expanded.split(separator: "T_A: own").count == 3)
        #expect(!expanded.contains("T_A: x "))
    }

    @Test(
        "5,000 templates and their 5,000 jobs: each line knows its template",
        .timeLimit(.minutes(1)))
    func templates() throws {
        var text = "slipway: 1\nname: demo\ntemplates:\n"
        for index in 0..<5000 {
            text += "  t\(index):\n    job: {component: b, description: d\(index)}\n"
        }
        text += "stages:\n  - name: s\n    run: parallel\n    jobs:\n"
        for index in 0..<5000 { text += "      - {name: j\(index), use: t\(index)}\n" }
        let lines = try Self.expand(text).split(separator: "\n")
        let last = try #require(lines.last { $0.contains("description: d4999") })
        #expect(last.hasSuffix("# from templates.t4999, line 10003"))
        let first = try #require(lines.first { $0.contains("description: d0 ") })
        #expect(first.hasSuffix("# from templates.t0, line 5"))
    }
}
