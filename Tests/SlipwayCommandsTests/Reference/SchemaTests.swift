import Domain
import Storage
import TestSupport
import Testing
import Workflows

/// The JSON Schema, tried by a validator that is not ours (python3-jsonschema).
struct SchemaTests {
    private static let files = [
        ("2020-12", "docs/reference/workflow.schema.json"),
        ("draft-07", "docs/reference/workflow.draft-07.schema.json"),
    ]

    @Test("the schemas in docs/ are what `slipway schema` prints", arguments: files)
    func golden(draft: String, path: String) async throws {
        try await TestHome.with { home in
            let result = try await home.slipway(["schema", "--draft", draft])
            #expect(result.code == 0)
            #expect(try Golden.expected(path, made: result.output) == result.output)
        }
    }

    @Test("every example is valid, as are the examples within the schema", arguments: files)
    func examples(draft: String, path: String) async throws {
        let folder = "\(Checkout.root)/Examples"
        let shared = try Files.list("\(folder)/shared").map { "shared/\($0)" }
        let names = try (Files.list(folder) + shared).filter {
            $0.hasSuffix(".yaml") && !$0.hasSuffix(".test.yaml")
        }
        #expect(names.count > 30)
        let verdicts = try await SchemaValidator.verdicts(
            schema: "\(Checkout.root)/\(path)", files: names.map { "\(folder)/\($0)" })
        #expect(verdicts.count == names.count + 1)
        for verdict in verdicts { #expect(verdict.hasSuffix(": valid"), "\(verdict)") }
    }

    @Test("what the schema refuses, the linter refuses", arguments: files)
    func mistakes(draft: String, path: String) async throws {
        try await withTemporaryFolder { folder in
            var paths: [String] = []
            for (index, mistake) in SchemaMistakes.all.enumerated() {
                let path = "\(folder)/\(index).yaml"
                try Files.writeFile(path, mistake.text.utf8)
                paths.append(path)
                let outcome = WorkflowFile.parse(Array(mistake.text.utf8))
                #expect(outcome.hasErrors, "lint takes it: \(mistake.fact)")
            }
            let verdicts = try await SchemaValidator.verdicts(
                schema: "\(Checkout.root)/\(path)", files: paths)
            #expect(verdicts.count == paths.count + 1)
            for (mistake, verdict) in zip(SchemaMistakes.all, verdicts.dropFirst()) {
                #expect(!verdict.hasSuffix(": valid"), "the schema takes it: \(mistake.fact)")
            }
        }
    }

    @Test("scalars that the format reads as text are valid, whatever YAML takes them for")
    func scalars() async throws {
        let texts = [
            "slipway: 1\nname: 7\nenv: {A: 1.10, B: no, C: true, D: 0x1F}\nstages:\n"
                + "  - {name: s, jobs: [{name: j, component: b, user: 1000, inputs: {X: -1}}]}\n",
            "slipway: 1\nname: a\ndefaults: {resources: {cpu: 0.5, memory: 16777216}}\nstages:\n"
                + "  - {name: 1, type: normal, jobs: [{name: j, component: b, shards: 2}]}\n",
            "slipway: 1\nname: a\n"
                + "templates: {t: {parameters: {N: {default: 2}, R: {required: true}},\n"
                + "  job: {component: b, shards: \"${parameters.N}\",\n"
                + "    resources: {cpu: \"${parameters.R}\"},\n"
                + "    retry: {attempts: \"${parameters.N}\"}}}}\n"
                + "stages: [{name: s, jobs: [{name: j, use: {template: t, parameters: {R: 1}}}]}]\n",
        ]
        try await withTemporaryFolder { folder in
            var paths: [String] = []
            for (index, text) in texts.enumerated() {
                let path = "\(folder)/\(index).yaml"
                try Files.writeFile(path, text.utf8)
                paths.append(path)
                #expect(WorkflowFile.parse(Array(text.utf8)).diagnostics.isEmpty, "\(text)")
            }
            for (_, schema) in Self.files {
                let verdicts = try await SchemaValidator.verdicts(
                    schema: "\(Checkout.root)/\(schema)", files: paths)
                for verdict in verdicts { #expect(verdict.hasSuffix(": valid"), "\(verdict)") }
            }
        }
    }
}

/// Files that are wrong in a way that a schema can see.
private enum SchemaMistakes {
    struct Mistake {
        let fact: String
        let text: String
    }

    private static func file(_ head: String, stages: String? = nil) -> String {
        head + "\nstages:\n"
            + (stages ?? "  - {name: s, jobs: [{name: j, component: b}]}") + "\n"
    }

    private static func job(_ keys: String) -> String {
        file("slipway: 1\nname: a", stages: "  - {name: s, jobs: [{name: j, \(keys)}]}")
    }

    private static func stage(_ keys: String) -> String {
        file("slipway: 1\nname: a", stages: "  - {\(keys)}")
    }

    static let all: [Mistake] = ofFiles + ofStages + ofJobs

    private static let ofFiles = [
        Mistake(fact: "a list is no workflow", text: "[1, 2]\n"),
        Mistake(fact: "the version is missing", text: file("name: a")),
        Mistake(fact: "the version is not 1", text: file("slipway: 2\nname: a")),
        Mistake(fact: "the name is missing", text: file("slipway: 1")),
        Mistake(fact: "the name has capitals", text: file("slipway: 1\nname: Release")),
        Mistake(fact: "there are no stages", text: "slipway: 1\nname: a\n"),
        Mistake(fact: "the list of stages is empty", text: "slipway: 1\nname: a\nstages: []\n"),
        Mistake(fact: "a key is unknown", text: file("slipway: 1\nname: a\nstage: x")),
        Mistake(fact: "env is a list", text: file("slipway: 1\nname: a\nenv: [T_X]")),
        Mistake(fact: "a value of env is null", text: file("slipway: 1\nname: a\nenv: {T_X: }")),
        Mistake(
            fact: "a secret's name is none", text: file("slipway: 1\nname: a\nsecrets: [\"1 x\"]")),
        Mistake(fact: "a timeout has no unit", text: file("slipway: 1\nname: a\ntimeout: 30")),
        Mistake(fact: "a timeout is nothing", text: file("slipway: 1\nname: a\ntimeout: 0s")),
        Mistake(
            fact: "a group is missing",
            text: file("slipway: 1\nname: a\nconcurrency: {on-conflict: queue}")),
        Mistake(
            fact: "on-conflict is unknown",
            text: file("slipway: 1\nname: a\nconcurrency: {group: g, on-conflict: wait}")),
        Mistake(
            fact: "an output has no value",
            text: file("slipway: 1\nname: a\noutputs: {X: {type: integer}}")),
        Mistake(
            fact: "a file of templates has env",
            text: "slipway: 1\nenv: {A: b}\ntemplates: {t: {job: {component: b}}}\n"),
        Mistake(
            fact: "a template has no job",
            text: file("slipway: 1\nname: a\ntemplates: {t: {description: x}}")),
    ]

    private static let ofStages = [
        Mistake(fact: "a stage has no name", text: stage("jobs: [{name: j, component: b}]")),
        Mistake(fact: "a stage has no jobs", text: stage("name: s")),
        Mistake(fact: "the list of jobs is empty", text: stage("name: s, jobs: []")),
        Mistake(
            fact: "the type of a stage is unknown",
            text: stage("name: s, type: middle, jobs: [{name: j, component: b}]")),
        Mistake(
            fact: "run is unknown",
            text: stage("name: s, run: both, jobs: [{name: j, component: b}]")),
        Mistake(
            fact: "fail-fast is a text",
            text: stage(
                "name: s, run: parallel, fail-fast: \"yes\", jobs: [{name: j, component: b}]")),
        Mistake(
            fact: "a pause has jobs",
            text: stage("name: s, type: pause, jobs: [{name: j, component: b}]")),
        Mistake(fact: "nobody approves", text: stage("name: s, type: pause, approvers: []")),
        Mistake(
            fact: "no approval is asked for", text: stage("name: s, type: pause, approvals: 0")),
        Mistake(
            fact: "an input's type is unknown",
            text: stage("name: s, type: start, inputs: {T_X: {type: text}}")),
        Mistake(
            fact: "an input is a text", text: stage("name: s, type: start, inputs: {T_X: main}")),
    ]

    private static let ofJobs = [
        Mistake(fact: "a job has no component", text: job("script: x")),
        Mistake(fact: "a key of a job is unknown", text: job("component: b, scripts: x")),
        Mistake(fact: "a command is a text", text: job("component: b, command: make")),
        Mistake(fact: "a command has no words", text: job("component: b, command: []")),
        Mistake(
            fact: "a command and a script", text: job("component: b, command: [x], script: y")),
        Mistake(fact: "shards are none", text: job("component: b, shards: 0")),
        Mistake(fact: "shards are a text", text: job("component: b, shards: \"2\"")),
        Mistake(fact: "a matrix is empty", text: job("component: b, matrix: {}")),
        Mistake(fact: "a key of a matrix is empty", text: job("component: b, matrix: {T_X: []}")),
        Mistake(fact: "retry has no attempts", text: job("component: b, retry: {backoff: 1s}")),
        Mistake(
            fact: "a cause is unknown", text: job("component: b, retry: {attempts: 2, on: [x]}")),
        Mistake(fact: "memory is no size", text: job("component: b, resources: {memory: 2 Gi}")),
        Mistake(fact: "cpu is no quantity", text: job("component: b, resources: {cpu: 1.5m}")),
        Mistake(fact: "source is a text", text: job("component: b, source: all")),
        Mistake(fact: "a sandbox is unknown", text: job("component: b, sandbox: strong")),
        Mistake(fact: "outputs are a mapping", text: job("component: b, outputs: {A: B}")),
        Mistake(fact: "an output's name is none", text: job("component: b, outputs: [\"a b\"]")),
        Mistake(
            fact: "a consumed artifact has no from",
            text: job("component: b, consumes: {x: {optional: true}}")),
        Mistake(fact: "use names no template", text: job("use: {parameters: {A: 1}}")),
    ]
}
