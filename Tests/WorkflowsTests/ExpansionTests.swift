import Domain
import TestSupport
import Testing

@testable import Workflows

/// Files with everything resolved that is known before a run.
struct ExpansionTests {
    private static let text = """
        slipway: 1
        name: demo
        env: {T_APP: "app-${inputs.T_BRANCH}", T_RUN: "${run.number}"}
        templates:
          checked:
            parameters: {TOOL: {required: true}}
            job:
              component: library/tools
              inputs: {T_TOOL: "${parameters.TOOL}", T_V: "${build.compile.VERSION:-none}"}
        concurrency: {group: "g-${inputs.T_BRANCH}", on-conflict: queue}
        stages:
          - name: begin
            type: start
            inputs: {T_BRANCH: {default: main}, T_NOTE: {}, T_LIST: {type: json, default: "[1]"}}
          - name: build
            jobs:
              - name: compile
                component: library/gcc:12
                script: |
                  make
                  echo "$${X} ${Y}"
                outputs: [VERSION, LIST]
          - name: test
            run: parallel
            jobs:
              - name: lint
                use: {template: checked, parameters: {TOOL: spell}}
                matrix: {T_A: [x, "1"]}
                shards: 2
                when: inputs.T_BRANCH ~= "docs"
              - name: each
                component: b
                matrix: {T_E: "${inputs.T_LIST}"}
              - name: late
                component: b
                matrix: {T_L: "${build.compile.LIST}"}
                inputs: {T_N: "${inputs.T_NOTE:-no note}", T_A: "${env.T_APP}, $${x}"}

        """

    private static func expand(
        _ text: String, _ inputs: [String: String] = [:]
    ) throws -> WorkflowExpansion {
        #expect(WorkflowFile.parse(Array(text.utf8)).diagnostics == [])
        return try WorkflowExpansion(Array(text.utf8), inputs: inputs)
    }

    private static func job(_ json: JSONValue, _ stage: Int, _ job: Int) -> JSONValue? {
        json["workflow"]?["stages"]?.arrayValue?[stage]["jobs"]?.arrayValue?[job]
    }

    /// The line of a text that begins so, with one blank for many.
    private static func line(_ expansion: WorkflowExpansion, _ start: String) -> String? {
        expansion.text.split(separator: "\n")
            .map { $0.split(separator: " ").joined(separator: " ") }
            .first { $0.hasPrefix(start) }
    }

    @Test("what is known is put in, and each line says where it comes from")
    func lines() throws {
        let expansion = try Self.expand(Self.text)
        for expected in [
            "name: demo # line 2", "T_APP: app-main # inputs.T_BRANCH = main (default)",
            "T_RUN: ${run.number} # line 3", "group: g-main # inputs.T_BRANCH = main (default)",
            "component: library/tools # from templates.checked, line 8",
            "T_TOOL: spell # from templates.checked, line 9",
            "T_V: ${build.compile.VERSION:-none} # from templates.checked, line 9",
            "script: | # line 19", "when: inputs.T_BRANCH ~= \"docs\" # line 30",
            "- name: lint[T_A=x][0] # line 28", "T_A: x # matrix.T_A, line 28",
            "T_SHARD_INDEX: 0 # shards: 2, line 29",
            "T_N: no note # inputs.T_NOTE = no note (absent)",
            "T_A: app-main, $${x} # env.T_APP = app-main",
            "T_L: ${build.compile.LIST} # line 36",
        ] {
            #expect(Self.line(expansion, expected) == expected, "\(expansion.text)")
        }
        #expect(!expansion.text.contains("templates:"))
        let typed = try Self.expand(Self.text, ["T_BRANCH": "topic"])
        #expect(
            Self.line(typed, "T_APP") == "T_APP: app-topic # inputs.T_BRANCH = topic (-i)")
    }

    @Test("legs in the order of a run; a matrix that is known late stays")
    func legs() throws {
        let json = try Self.expand(Self.text).json
        let lint = Self.job(json, 2, 0)
        #expect(
            lint?["legs"]?.arrayValue?.map { $0["name"] } == [
                "lint[T_A=x][0]", "lint[T_A=x][1]", "lint[T_A=1][0]", "lint[T_A=1][1]",
            ])
        #expect(lint?["matrix"] == nil)
        #expect(
            lint?["legs"]?.arrayValue?[3]["inputs"] == [
                "T_A": "1", "T_TOOL": "spell", "T_V": "${build.compile.VERSION:-none}",
                "T_SHARD_INDEX": 1, "T_SHARD_COUNT": 2,
            ])
        let each = Self.job(json, 2, 1)
        #expect(each?["legs"]?.arrayValue?.map { $0["name"] } == ["each[T_E=1]"])
        let late = Self.job(json, 2, 2)
        #expect(late?["matrix"] == ["T_L": "${build.compile.LIST}"])
        #expect(late?["legs"] == nil)
        let origins = json["origins"]
        #expect(origins?["/name"] == "line 2")
        #expect(
            origins?["/stages/2/jobs/0/component"] == "from templates.checked, line 8")
    }

    @Test("the text is YAML that says the same as the JSON")
    func isYAML() throws {
        let expansion = try Self.expand(Self.text)
        let (node, findings) = YAMLReader.read(Array(expansion.text.utf8))
        #expect(findings.sorted == [])
        #expect(Self.value(try #require(node)) == expansion.json["workflow"])
    }

    private static func value(_ node: YAMLNode) -> JSONValue {
        switch node.content {
        case .sequence(let items): return .array(items.map(value))
        case .mapping(let entries):
            return .object(
                Dictionary(entries.map { ($0.key.scalar ?? "", value($0.value)) }) { $1 })
        case .scalar(let text, _):
            switch node.schemaType {
            case .null?: return .null
            case .boolean(let flag)?: return .boolean(flag)
            case .integer(let number)?: return .integer(number)
            case .number(let number)?: return .number(number)
            default: return .string(text)
            }
        }
    }

    @Test(
        "texts are read back as they were",
        arguments: [
            "", " ", "a", "1", "1.10", "true", "null", "~", "no", "-", "- a", "a: b", "a:", "a #b",
            "#", "'", "\"", "a\"b\\c", "[a]", "{a}", "*a", "&a", "!a", "|", ">", "%", "@", "`",
            "a\nb", "a\nb\n", "a\n\n", "\n", "\n\n", "\na", " a\n b", "a\n  b\n c\n", "a\r\nb",
            "a\tb", "a\u{85}b", "a\u{2028}b", "\u{1b}[31m", "ä 日本 😀", "a ", " a", "${a.b.C}",
            "a, b", "?", "? a", "=", "<<", "---", "...", "a\n---\nb", "0x10", "1e3", "+1", ".5",
        ])
    func roundTrip(text: String) throws {
        let node = ExpandedNode(
            content: .mapping([
                ExpandedMember("k", .text(text, "line 1")),
                ExpandedMember(
                    "l",
                    ExpandedNode(
                        content: .sequence([.text(text, "line\n2"), .text("z", "line 3")]),
                        origin: "o")),
                ExpandedMember("m", .text("end", "line 4")),
            ]), origin: "line 1")
        let written = try #require(ExpandedText.write(node, limit: 1 << 20))
        let (read, findings) = YAMLReader.read(Array(written.utf8))
        #expect(findings.sorted == [], "\(written)")
        #expect(
            Self.value(try #require(read))
                == ["k": .string(text), "l": .array([.string(text), "z"]), "m": "end"],
            "\(written)")
    }

    @Test("random texts are read back as they were", arguments: 0..<10)
    func fuzz(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let letters = Array(" \n\t\r:#-?[]{},&*!|>'\"%@`~$0a1.ä\u{85}\u{0}\\")
        for _ in 0..<300 {
            let count = Int.random(in: 0...12, using: &random)
            try roundTrip(
                text: String((0..<count).compactMap { _ in letters.randomElement(using: &random) }))
        }
    }

    @Test("what a template of another file brings names that file")
    func otherFile() throws {
        let text =
            "slipway: 1\nname: a\nstages: [{name: s, jobs: [{name: j, "
            + "use: {template: t, file: o.yaml}}]}]\n"
        let other = "slipway: 1\ntemplates:\n  t:\n    job:\n      component: b\n"
        let files = WorkflowFiles([try ProjectPath(parsing: "o.yaml"): Array(other.utf8)])
        let expansion = try WorkflowExpansion(Array(text.utf8), files: files, inputs: [:])
        #expect(Self.line(expansion, "component") == "component: b # from o.yaml, line 5")
    }

    @Test("inputs that do not fit, and files that are not valid, are refused")
    func refuses() {
        let bytes = Array(Self.text.utf8)
        #expect(
            throws: ExpansionError.inputs([
                "there is no input 'T_BRANCHE' of the run; did you mean 'T_BRANCH'?"
            ])
        ) { try WorkflowExpansion(bytes, inputs: ["T_BRANCHE": "x"]) }
        #expect(throws: ExpansionError.self) {
            try WorkflowExpansion(bytes, inputs: ["T_LIST": "["])
        }
        #expect(throws: ExpansionError.invalidFile) {
            try WorkflowExpansion(Array("a: b".utf8), inputs: [:])
        }
    }

    @Test("a file that would become too large is refused")
    func large() {
        let script = String(repeating: "x", count: 1000)
        let job = "{name: j, component: b, shards: 20000, inputs: {T_A: \(script)" + script
        let text =
            "slipway: 1\nname: a\nstages: [{name: s, jobs: [\(job)\(script)\(script)}}]}]\n"
        #expect(throws: ExpansionError.tooLarge) {
            try WorkflowExpansion(Array(text.utf8), inputs: [:])
        }
    }
}
