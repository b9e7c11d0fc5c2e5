import Domain
import OCI
import Testing
import Workflows

/// Templates of other files and called workflows (docs/decisions/0008).
struct SeveralFilesTests {
    static func parse(_ main: String, _ files: [String: String]) throws -> WorkflowFile.Outcome {
        var others: [ProjectPath: [UInt8]] = [:]
        for (path, text) in files { others[try ProjectPath(parsing: path)] = Array(text.utf8) }
        return WorkflowFile.parse(
            Array(main.utf8), at: try ProjectPath(parsing: "ci/main.yaml"),
            files: WorkflowFiles(others))
    }

    /// `file:line:column rule` of every finding; the first file has no name.
    static func findings(_ main: String, _ files: [String: String]) throws -> [String] {
        try parse(main, files).diagnostics.map {
            "\($0.file ?? ""):\($0.position.line):\($0.position.column) \($0.rule)"
        }
    }

    static func caller(_ job: String) -> String {
        "slipway: 1\nname: main\nstages:\n  - name: one\n    jobs:\n      - \(job)\n"
    }

    static let called = """
        slipway: 1
        name: called
        outputs:
          VERSION: ${make.it.VERSION}
          COUNT: {value: "${make.it.COUNT}", type: integer}
        produces: {binary: make.it.binary}
        stages:
          - name: begin
            type: start
            inputs:
              T_NAME: {required: true}
              T_COUNT: {type: integer, default: 1}
          - name: make
            jobs:
              - {name: it, component: b, outputs: [VERSION, COUNT], produces: {binary: x}}
        """

    static let templates = """
        slipway: 1
        templates:
          base:
            parameters: {IMAGE: {required: true}, N: {type: integer, default: 2}}
            job: {component: "${parameters.IMAGE}", shards: "${parameters.N}"}
          over:
            parameters: {MODE: {enum: [a, b], default: a}}
            job:
              use: {template: base, parameters: {IMAGE: deep}}
              inputs: {T_MODE: "${parameters.MODE}"}
        """

    @Test("a template of another file uses templates of that file")
    func templates() throws {
        let outcome = try Self.parse(
            Self.caller("{name: a, use: {file: ../t.yaml, template: over}}"),
            ["t.yaml": Self.templates])
        #expect(outcome.diagnostics.isEmpty)
        let job = try #require(outcome.definition?.stages[0].jobs[0])
        #expect(job.component?.value.description == "library/deep")
        #expect(job.shards == 2)
        #expect(outcome.files.keys.map(\.description) == ["t.yaml"])
    }

    @Test("a called workflow gives the outputs and artifacts that its file says")
    func calls() throws {
        let main =
            Self.caller("{name: a, workflow: called.yaml, inputs: {T_NAME: x}}") + """
                  - name: two
                    jobs:
                      - name: b
                        component: b
                        inputs: {V: "${one.a.VERSION}"}
                        consumes: {binary: one.a.binary}

                """
        let outcome = try Self.parse(main, ["ci/called.yaml": Self.called])
        #expect(outcome.diagnostics.isEmpty)
        let job = try #require(outcome.definition?.stages[0].jobs[0])
        #expect(job.outputs == ["VERSION", "COUNT"])
        #expect(job.call?.definition.name == "called")
        #expect(
            outcome.definition?.components.map(\.value.reference.repository) == [
                "library/b", "library/b",
            ])
    }

    struct Wrong: Sendable, CustomTestStringConvertible {
        let fact: String
        let main: String
        let files: [String: String]
        let expected: [String]

        var testDescription: String { fact }
    }

    static let wrong: [Wrong] = [
        Wrong(
            fact: "a file that is not there", main: caller("{name: a, workflow: no.yaml}"),
            files: [:], expected: [":6:29 missing-file"]),
        Wrong(
            fact: "a path that leaves the project",
            main: caller("{name: a, use: {file: ../../t.yaml, template: x}}"), files: [:],
            expected: [":6:31 invalid-path"]),
        Wrong(
            fact: "an absolute path", main: caller("{name: a, workflow: /etc/passwd}"),
            files: [:], expected: [":6:29 invalid-path"]),
        Wrong(
            fact: "a mistake in a called file stands there",
            main: caller("{name: a, workflow: c.yaml}"),
            files: ["ci/c.yaml": "slipway: 1\nname: c\nstgaes: []\n"],
            expected: ["ci/c.yaml:1:1 missing-key", "ci/c.yaml:3:1 unknown-key"]),
        Wrong(
            fact: "a called file that is no YAML", main: caller("{name: a, workflow: c.yaml}"),
            files: ["ci/c.yaml": "a: [b"], expected: ["ci/c.yaml:1:6 yaml-syntax"]),
        Wrong(
            fact: "a workflow that calls itself", main: caller("{name: a, workflow: main.yaml}"),
            files: [:], expected: [":6:29 reference-cycle"]),
        Wrong(
            fact: "workflows that call each other", main: caller("{name: a, workflow: b.yaml}"),
            files: ["ci/b.yaml": caller("{name: a, workflow: main.yaml}")],
            expected: ["ci/b.yaml:6:29 reference-cycle"]),
        Wrong(
            fact: "a called file of templates", main: caller("{name: a, workflow: ../t.yaml}"),
            files: ["t.yaml": templates], expected: [":6:29 wrong-type"]),
        Wrong(
            fact: "an input that is missing", main: caller("{name: a, workflow: called.yaml}"),
            files: ["ci/called.yaml": called], expected: [":6:29 workflow-input"]),
        Wrong(
            fact: "inputs of the wrong type and name",
            main: caller(
                "{name: a, workflow: called.yaml, inputs: {T_NAME: x, T_COUNT: many, T_NAMES: y}}"),
            files: ["ci/called.yaml": called],
            expected: [":6:71 workflow-input", ":6:86 workflow-input"]),
        Wrong(
            fact: "a key that only a container has",
            main: caller("{name: a, workflow: called.yaml, inputs: {T_NAME: x}, script: y}"),
            files: ["ci/called.yaml": called], expected: [":6:63 conflicting-keys"]),
        Wrong(
            fact: "a secret that the caller does not list",
            main: caller("{name: a, workflow: c.yaml}"),
            files: [
                "ci/c.yaml": "secrets: [S]\n"
                    + caller("{name: a, component: b, inputs: {X: '${secrets.S}'}}")
            ], expected: [":6:29 undeclared-secret"]),
        Wrong(
            fact: "a secret as an input",
            main: "secrets: [S]\n"
                + caller("{name: a, workflow: called.yaml, inputs: {T_NAME: '${secrets.S}'}}"),
            files: ["ci/called.yaml": called], expected: [":7:59 secret-not-whole"]),
        Wrong(
            fact: "an output of a job that is not there",
            main: "outputs: {X: '${one.b.V}', Y: '${secrets.S}'}\nproduces: {z: one.a.z}\n"
                + caller("{name: a, component: b}"), files: [:],
            expected: [
                ":1:14 unknown-reference", ":1:31 secret-not-whole", ":2:15 undeclared-output",
            ]),
        Wrong(
            fact: "an artifact of several legs",
            main: "produces: {z: one.a.z}\n"
                + caller("{name: a, component: b, shards: 2, produces: {z: x}}"), files: [:],
            expected: [":1:11 bad-reference"]),
        Wrong(
            fact: "a template that is not in its file",
            main: caller("{name: a, use: {file: ../t.yaml, template: bsae}}"),
            files: ["t.yaml": templates], expected: [":6:24 unknown-reference"]),
        Wrong(
            fact: "parameters of the wrong type and choice",
            main: caller(
                "{name: a, use: {file: ../t.yaml, template: base, "
                    + "parameters: {IMAGE: x, N: many}}}"), files: ["t.yaml": templates],
            expected: [":6:84 invalid-value"]),
        Wrong(
            fact: "a mistake in a template stands in the template's file",
            main: caller("{name: a, use: {file: ../t.yaml, template: x}}"),
            files: [
                "t.yaml":
                    "slipway: 1\ntemplates:\n  x:\n    job: {component: b, shards: none}\n"
            ], expected: ["t.yaml:4:33 invalid-value"]),
        Wrong(
            fact: "a file of templates with keys of a workflow",
            main: "slipway: 1\ntemplates: {a: {job: {compnent: b}}}\nenv: {}\n", files: [:],
            expected: [":2:23 unknown-key", ":3:1 unknown-key"]),
        Wrong(
            fact: "a parameter that the template does not declare",
            main: "slipway: 1\ntemplates: {a: {job: {component: '${parameters.X}'}}}\n",
            files: [:], expected: [":2:34 unknown-reference"]),
        Wrong(
            fact: "a job that is two things",
            main: caller("{name: a, component: b, service: deploy.it}"), files: [:],
            expected: [":6:19 conflicting-keys"]),
        Wrong(
            fact: "a service without an operation", main: caller("{name: a, service: deploy}"),
            files: [:], expected: [":6:28 invalid-value"]),
    ]

    @Test("is found at its place", arguments: wrong)
    func finds(wrong: Wrong) throws {
        let found = try Self.findings(wrong.main, wrong.files)
        #expect(found == wrong.expected)
    }

    @Test("a template that is not there: which file was looked in, and what it has")
    func missingTemplate() throws {
        let others = ["t.yaml": Self.templates]
        let own = "templates: {check: {job: {component: b}}, say: {job: {component: b}}}\n"
        func found(_ job: String, _ own: String = own) throws -> [String?] {
            try Self.parse(own + Self.caller(job), others).diagnostics.flatMap {
                [$0.message, $0.hint]
            }
        }
        let other = try found("{name: a, use: {file: ../t.yaml, template: check}}")
        #expect(other.first == "there is no template 'check' in t.yaml")
        #expect(other.last??.hasPrefix("the file has base") == true, "\(other)")
        #expect(
            try found("{name: a, use: zzz}")
                == ["there is no template 'zzz'", "the file has check, say"])
        #expect(
            try found("{name: a, use: zzz}", "")
                == ["there is no template 'zzz'", "the file has none"])
    }

    @Test("a file of templates alone has no definition and no findings")
    func templateFile() throws {
        let outcome = try Self.parse(Self.templates, [:])
        #expect(outcome.definition == nil)
        #expect(outcome.diagnostics.isEmpty)
    }

    @Test("a chain of nine calls is refused, a chain of eight is not")
    func depth() throws {
        var files: [String: String] = [:]
        for index in 1...9 {
            files["ci/\(index).yaml"] = Self.caller("{name: a, workflow: \(index + 1).yaml}")
        }
        files["ci/8.yaml"] = Self.caller("{name: a, component: b}")
        let main = Self.caller("{name: a, workflow: 1.yaml}")
        #expect(try Self.findings(main, files) == [])
        files["ci/8.yaml"] = Self.caller("{name: a, workflow: 9.yaml}")
        files["ci/9.yaml"] = Self.caller("{name: a, component: b}")
        #expect(try Self.findings(main, files) == ["ci/8.yaml:6:29 limit"])
    }

    @Test("depth counts whichever file was read first")
    func depthOfKnown() throws {
        var files = ["ci/0.yaml": Self.caller("{name: a, component: b}")]
        var jobs = ""
        for index in 1...10 {
            files["ci/\(index).yaml"] = Self.caller("{name: a, workflow: \(index - 1).yaml}")
            jobs += "      - {name: j\(index), workflow: \(index).yaml}\n"
        }
        let main = "slipway: 1\nname: main\nstages:\n  - name: one\n    jobs:\n" + jobs
        let found = try Self.findings(main, files)
        #expect(found.contains("ci/8.yaml:6:29 limit") || found.contains(":13:31 limit"))
    }

    @Test("the attempts of called workflows count each time that they are called")
    func attempts() throws {
        let files = [
            "ci/1.yaml": Self.caller("{name: a, workflow: 2.yaml, shards: 100}"),
            "ci/2.yaml": Self.caller("{name: a, component: b, shards: 100}"),
        ]
        let two = Self.caller("{name: a, workflow: 1.yaml, shards: 2}")
        #expect(try Self.findings(two, files) == [":6:29 limit"])
        #expect(try Self.findings(Self.caller("{name: a, workflow: 1.yaml}"), files) == [])
    }

    @Test("sixty-five other files are refused")
    func count() throws {
        var jobs = ""
        var files: [String: String] = [:]
        for index in 0..<65 {
            files["ci/\(index).yaml"] = Self.caller("{name: a, component: b}")
            jobs += "      - {name: j\(index), workflow: \(index).yaml}\n"
        }
        let main = "slipway: 1\nname: main\nstages:\n  - name: one\n    jobs:\n" + jobs
        let found = try Self.findings(main, files)
        #expect(found == [":70:31 missing-file"])
    }
}
