import Domain
import Storage
import TestSupport
import Testing
import Workflows

@testable import SlipwayCommands

/// The SVG of `slipway graph`, and the layout under it.
struct GraphPictureTests {
    /// Reads the document with a parser that is not ours; says how many elements of each kind.
    private static func elements(_ svg: String) async throws -> [String: Int] {
        try await withTemporaryFolder { folder in
            let file = "\(folder)/picture.svg"
            try Files.writeFile(file, svg.utf8)
            let program = """
                import collections, json, sys, xml.etree.ElementTree as tree
                root = tree.parse(sys.argv[1]).getroot()
                names = collections.Counter(e.tag.split('}')[-1] for e in root.iter())
                texts = [e.text or '' for e in root.iter()]
                names['hostile'] = sum('<ship>' in t and '&' in t for t in texts)
                print(json.dumps(names))
                """
            let result = try await Program.run("/usr/bin/python3", ["-c", program, file])
            try #require(result.code == 0, "\(result.error)")
            let counts = try JSONParser.parse(result.output.utf8).objectValue ?? [:]
            return counts.mapValues { Int($0.integerValue ?? 0) }
        }
    }

    @Test("the picture in docs/ is what the code draws")
    func golden() throws {
        let path = "\(Checkout.root)/Examples/build-and-test.yaml"
        let text = String(decoding: try Files.readFile(path, limit: 1 << 20), as: UTF8.self)
        let svg = GraphPicture.svg(WorkflowGraph(try GraphTests.definition(text)))
        #expect(try Golden.expected("docs/pictures/graph.svg", made: svg) == svg)
    }

    @Test("the picture of a run in docs/ is what the code draws")
    func goldenRun() throws {
        let svg = GraphPicture.svg(try GraphTests.run())
        #expect(try Golden.expected("docs/pictures/graph-run.svg", made: svg) == svg)
    }

    @Test("it is well-formed, and what files and jobs say stays text")
    func wellFormed() async throws {
        let svg = GraphPicture.svg(try GraphTests.run())
        let elements = try await Self.elements(svg)
        #expect(elements["svg"] == 1)
        #expect(elements["script"] == nil)
        // The description stands in the summary, whole.
        #expect((elements["hostile"] ?? 0) >= 1)
        #expect(svg.contains("exit code 1 &amp; &lt;more&gt;"))
        #expect(!svg.contains("<more>"))
        #expect(svg.contains("prefers-color-scheme: dark"))
        #expect(svg.contains("role=\"img\" aria-labelledby=\"slipway-title slipway-summary\""))
        #expect(svg.contains("class=\"box job bad\""))
        #expect(svg.contains("✘ failed"))
    }

    @Test("characters that XML does not know, and those that reorder text, are taken out")
    func characters() {
        let hostile = "a\u{0}b\u{1b}[31mc\u{202e}d\u{fffe}e\u{ffff}\n\"'<&>"
        #expect(XMLText.escaped(hostile) == "abcde &quot;&#39;&lt;&amp;&gt;")
    }

    private static func large(stages: Int, jobs: Int) -> String {
        var text = "slipway: 1\nname: large\nstages:\n"
        for stage in 0..<stages {
            text += "  - name: s\(stage)\n    run: parallel\n    jobs:\n"
            for job in 0..<jobs {
                text += "      - {name: j\(job), component: b, outputs: [X]"
                if stage > 0 { text += ", inputs: {T_X: \"${s\(stage - 1).j\(job).X}\"}" }
                text += "}\n"
            }
        }
        return text
    }

    @Test(
        "13,000 jobs make a bounded picture; what has no room is counted",
        arguments: [(10, 1300), (900, 10)])
    func bounded(stages: Int, jobs: Int) async throws {
        let graph = WorkflowGraph(try GraphTests.definition(Self.large(stages: stages, jobs: jobs)))
        let layout = GraphLayout(graph)
        #expect(layout.boxes.count <= GraphContents.boxLimit + GraphContents.columnLimit + 2)
        #expect(layout.columns.count <= GraphContents.columnLimit + 2)
        #expect(layout.wires.count <= GraphLinks.limit + layout.boxes.count + layout.columns.count)
        let svg = GraphPicture.svg(graph)
        #expect(svg.utf8.count < 1 << 20)
        #expect(svg.contains(stages == 10 ? "… and 1277 more" : "… 840 more"))
        #expect(try await Self.elements(svg)["svg"] == 1)
    }

    @Test("what failed is among those that are shown, however many jobs there are")
    func failuresFirst() throws {
        let text = Self.large(stages: 1, jobs: 500)
        let failure = AttemptReport(state: .failed, reason: "no", exitCode: 1)
        let played = try PlayedRun(text, endings: ["s0.j400": failure])
        let layout = GraphLayout(WorkflowGraph(played.state, now: played.now))
        #expect(layout.boxes.contains { $0.title == "j400" })
        let more = try #require(layout.boxes.first { $0.shape == .more })
        #expect(more.title == "… and 477 more")
        #expect(more.lines.map(\.text) == ["477 succeeded"])
    }

    @Test("boxes do not overlap, and lie in their columns")
    func geometry() throws {
        let layout = GraphLayout(try GraphTests.run())
        for column in layout.columns {
            for box in column.boxes {
                #expect(layout.boxes[box].x > column.x)
                #expect(layout.boxes[box].right < column.right)
                #expect(layout.boxes[box].bottom < layout.columnsTop + column.height)
            }
            for (above, below) in zip(column.boxes, column.boxes.dropFirst()) {
                #expect(layout.boxes[above].bottom < layout.boxes[below].y)
            }
        }
        for (left, right) in zip(layout.columns, layout.columns.dropFirst()) {
            #expect(left.right < right.x)
        }
        #expect(layout.columns.last.map { $0.right < layout.width } == true)
    }
}
