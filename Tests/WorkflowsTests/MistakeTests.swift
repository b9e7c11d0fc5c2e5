import Domain
import Testing
import Workflows

/// Seeded mistakes: each is found with its rule at the right line and column.
struct MistakeTests {
    struct Mistake: Sendable, CustomTestStringConvertible {
        let rule: LintRule
        let line: Int
        let column: Int
        let text: String

        var testDescription: String { "\(rule.rawValue) at \(line):\(column)" }
    }

    /// A sound job in one line, for files where something else is wrong.
    private static let job = "{name: a, component: busybox}"

    /// The text below two sound lines: what is wrong begins in line 3.
    static func file(_ text: String) -> String { "slipway: 1\nname: demo\n" + text }

    /// A job's own keys begin in line 7, column 9.
    static func inJob(_ text: String) -> String {
        file("stages:\n  - name: one\n    jobs:\n      - name: a\n        component: busybox\n")
            + text.split(separator: "\n", omittingEmptySubsequences: false)
            .map { "        " + $0 }.joined(separator: "\n") + "\n"
    }

    private static func mistake(
        _ rule: LintRule, _ line: Int, _ column: Int, _ text: String
    ) -> Mistake {
        Mistake(rule: rule, line: line, column: column, text: text)
    }

    /// What is wrong stands behind the mark `→`, which is no part of the file.
    static func marked(_ rule: LintRule, _ text: String) -> Mistake {
        let before = text.prefix { $0 != "→" }.split(
            separator: "\n", omittingEmptySubsequences: false)
        return Mistake(
            rule: rule, line: before.count, column: (before.last?.unicodeScalars.count ?? 0) + 1,
            text: text.filter { $0 != "→" })
    }

    static let ofText: [Mistake] = [
        mistake(.empty, 1, 1, ""),
        mistake(.yamlSyntax, 1, 6, "a: [b"),
        mistake(.yamlSyntax, 2, 1, "a:\n\tb: 1\n"),
        mistake(.yamlSyntax, 1, 4, "a: *nobody\n"),
        mistake(.yamlSyntax, 2, 1, "a: 1\n---\nb: 2\n"),
        mistake(.duplicateKey, 3, 1, file("name: again\nstages: []\n")),
        mistake(.notSupported, 3, 1, file("<<: {a: 1}\nstages: []\n")),
        mistake(.wrongType, 1, 1, "[1, 2]\n"),
        mistake(.wrongType, 1, 1, "just text\n"),
        mistake(.wrongType, 3, 1, file("[a]: 1\nstages: []\n")),
    ]

    static let ofWorkflow: [Mistake] = [
        mistake(.missingKey, 1, 1, "name: a\nstages: [{name: s, jobs: [\(job)]}]\n"),
        mistake(.invalidVersion, 1, 10, "slipway: 2\nname: a\nstages: []\n"),
        mistake(.invalidVersion, 1, 10, "slipway: one\nname: a\nstages: []\n"),
        mistake(.missingKey, 1, 1, "slipway: 1\nstages: []\n"),
        mistake(.missingKey, 1, 1, "slipway: 1\nname: a\n"),
        mistake(.invalidName, 2, 7, "slipway: 1\nname: Bad Name\nstages: []\n"),
        mistake(.wrongType, 2, 7, "slipway: 1\nname: [a]\nstages: []\n"),
        mistake(.unknownKey, 3, 1, file("stagse: []\nstages: []\n")),
        mistake(.missingKey, 3, 1, file("concurrency: {}\nstages: []\n")),
        mistake(
            .badReference, 3, 22,
            file("concurrency: {group: '${run.commit}'}\nstages: []\n")),
        mistake(.missingKey, 3, 13, file("templates: {a: {}}\nstages: []\n")),
        mistake(.invalidDuration, 3, 10, file("timeout: soon\nstages: []\n")),
        mistake(.wrongType, 3, 9, file("stages: no\n")),
        mistake(.empty, 3, 9, file("stages: []\n")),
        mistake(.wrongType, 3, 6, file("env: [a]\nstages: []\n")),
        mistake(.wrongType, 3, 11, file("env: {A: [1]}\nstages: []\n").replacing("A: [", "A:  [")),
        mistake(.invalidName, 3, 7, file("env: {1A: x}\nstages: []\n")),
        mistake(.reservedName, 3, 7, file("env: {T_DATA: x}\nstages: []\n")),
        mistake(.duplicateName, 3, 14, file("secrets: [A, A]\nstages: []\n")),
        mistake(.badReference, 3, 10, file("env: {A: '${x'}\nstages: []\n")),
        mistake(.badReference, 3, 10, file("env: {A: '${nonsense}'}\nstages: []\n")),
        mistake(.unknownReference, 3, 10, file("env: {A: '${inputs.B}'}\nstages: []\n")),
        mistake(.referenceCycle, 3, 10, file("env: {A: '${env.A}'}\nstages: []\n")),
        mistake(.undeclaredSecret, 3, 10, file("env: {A: '${secrets.B}'}\nstages: []\n")),
        mistake(.forwardReference, 3, 10, file("env: {A: '${s.j.OUT}'}\nstages: []\n")),
        mistake(.invalidDuration, 3, 21, file("defaults: {timeout: soon}\nstages: []\n")),
        mistake(.invalidValue, 3, 21, file("defaults: {sandbox: gvisr}\nstages: []\n")),
    ]

    static let ofStages: [Mistake] = [
        mistake(.missingKey, 4, 5, file("stages:\n  - jobs: [\(job)]\n")),
        mistake(.missingKey, 4, 5, file("stages:\n  - name: s\n")),
        mistake(.empty, 5, 11, file("stages:\n  - name: s\n    jobs: []\n")),
        mistake(.invalidName, 4, 11, file("stages:\n  - name: S\n    jobs: [\(job)]\n")),
        mistake(.reservedName, 4, 11, file("stages:\n  - name: env\n    jobs: [\(job)]\n")),
        mistake(
            .duplicateName, 6, 11,
            file("stages:\n  - name: s\n    jobs: [\(job)]\n  - name: s\n    jobs: [\(job)]\n")),
        mistake(
            .duplicateName, 7, 16,
            file(
                "stages:\n  - name: s\n    jobs:\n      - \(job)\n      - {name: a, component: b}\n"
            )
        ),
        mistake(
            .invalidValue, 5, 11, file("stages:\n  - name: s\n    type: ned\n    jobs: [\(job)]\n")),
        mistake(
            .unknownKey, 6, 5,
            file("stages:\n  - name: s\n    type: pause\n    jobs: []\n")),
        mistake(
            .invalidValue, 6, 16,
            file("stages:\n  - name: s\n    type: pause\n    approvals: 0\n")),
        mistake(
            .invalidValue, 5, 10, file("stages:\n  - name: s\n    run: both\n    jobs: [\(job)]\n")),
        mistake(
            .conflictingKeys, 5, 5,
            file("stages:\n  - name: s\n    fail-fast: true\n    jobs: [\(job)]\n")),
        mistake(
            .wrongType, 6, 16,
            file(
                "stages:\n  - name: s\n    run: parallel\n    fail-fast: yes\n    jobs: [\(job)]\n")
        ),
        mistake(
            .stageOrder, 6, 5,
            file("stages:\n  - name: s\n    jobs: [\(job)]\n  - name: b\n    type: start\n")),
        mistake(
            .stageOrder, 7, 5,
            file(
                "stages:\n  - name: e\n    type: end\n    jobs: [\(job)]\n"
                    + "  - name: s\n    jobs: [\(job)]\n")),
        mistake(
            .invalidDuration, 5, 14,
            file("stages:\n  - name: s\n    timeout: 0s\n    jobs: [\(job)]\n")),
        mistake(
            .invalidValue, 6, 26,
            file("stages:\n  - name: b\n    type: start\n    inputs: {T_N: {type: int}}\n")),
        mistake(
            .invalidValue, 6, 44,
            file(
                "stages:\n  - name: b\n    type: start\n    inputs: {T_N: {type: integer, default: x}}\n"
            )
        ),
    ]

    static let ofJobs: [Mistake] = [
        mistake(.empty, 8, 17, inJob("matrix: {}")),
        mistake(.wrongType, 8, 21, inJob("matrix: {A: one}")),
        mistake(.duplicateName, 8, 25, inJob("matrix: {A: [1, 1]}")),
        mistake(.badReference, 8, 22, inJob("matrix: {A: ['${secrets.S}']}")),
        mistake(.unknownReference, 8, 17, inJob("use: nothing")).at(column: 14),
        mistake(.missingKey, 8, 9, inJob("retry: {}")),
        mistake(.invalidValue, 8, 27, inJob("retry: {attempts: 0}")),
        mistake(.invalidValue, 8, 35, inJob("retry: {attempts: 2, on: [luck]}")),
        mistake(.badReference, 8, 29, inJob("secret-files: {KEY: KEY}")),
        mistake(.notSupported, 8, 9, inJob("dialect: plain")),
        mistake(.unknownKey, 8, 9, inJob("comand: [x]")),
        mistake(.missingKey, 6, 9, file("stages:\n  - name: s\n    jobs:\n      - name: a\n")),
        mistake(
            .invalidImage, 6, 31,
            file("stages:\n  - name: s\n    jobs:\n      -  {name: a, component:  'A B'}\n")
                .replacing("component:  ", "component: ")),
        mistake(.conflictingKeys, 9, 9, inJob("command: [a]\nscript: b")),
        mistake(.conflictingKeys, 8, 9, inJob("shell: [sh]")),
        mistake(.empty, 8, 18, inJob("command: []")),
        mistake(.wrongType, 8, 18, inJob("command: ls")),
        mistake(.invalidValue, 8, 17, inJob("shards: 0")),
        mistake(.invalidValue, 8, 17, inJob("shards: many")),
        mistake(
            .limit, 7, 9,
            inJob("shards: 20000").replacing(
                "    jobs:\n", "    jobs:\n      - {name: z, component: b, shards: 2}\n", line: 8)),
        mistake(.invalidDuration, 8, 18, inJob("timeout: 10")),
        mistake(.invalidDuration, 8, 18, inJob("timeout: 0s")),
        mistake(.invalidQuantity, 8, 26, inJob("resources: {cpu: 2, memory: 1X}"))
            .at(column: 37),
        mistake(.invalidQuantity, 8, 26, inJob("resources: {cpu: lots}")),
        mistake(.invalidQuantity, 8, 27, inJob("resources: {disk: 1Ki}")),
        mistake(.invalidQuantity, 8, 27, inJob("resources: {disk: 2Ti}")),
        mistake(.invalidPath, 8, 23, inJob("produces: {bin: ../up}")).at(column: 25),
        mistake(.invalidPath, 8, 23, inJob("produces: {bin: ../\u{301}up}")).at(column: 25),
        mistake(.invalidPath, 8, 25, inJob("produces: {bin: /etc/passwd}")),
        mistake(.duplicateName, 9, 20, inJob("outputs: [X]\nproduces: {X: a}")),
        mistake(.badReference, 8, 23, inJob("consumes: {x: nothing}")),
        mistake(.siblingReference, 8, 21, inJob("inputs: {A: '${one.a.X}'}")),
        mistake(.unknownReference, 8, 21, inJob("inputs: {A: '${two.a.X}'}")),
        mistake(.unknownReference, 8, 21, inJob("inputs: {A: '${one.b.X}'}")),
        mistake(.unknownReference, 8, 21, inJob("inputs: {A: '${matrix.X}'}")),
        mistake(.secretNotWhole, 8, 21, inJob("inputs: {A: 'x${secrets.S}'}")),
        mistake(.invalidValue, 8, 17, inJob("source: all")),
        mistake(.invalidValue, 8, 18, inJob("network: bridges")),
        mistake(.wrongType, 8, 24, inJob("allow-failure: maybe")),
    ]

    static let all =
        ofText + ofWorkflow + ofStages + ofJobs + ofLegs + ofTemplates + ofPlaces + ofNames
        + ofMemoisation + ofTriggers + ofEgress

    @Test("is found at its place", arguments: all)
    func found(mistake: Mistake) {
        let outcome = WorkflowFile.parse(Array(mistake.text.utf8))
        #expect(outcome.definition == nil)
        let found = outcome.diagnostics.map {
            "\($0.rule) \($0.position.line):\($0.position.column)"
        }
        #expect(found.contains("\(mistake.rule.rawValue) \(mistake.line):\(mistake.column)"))
    }

    @Test("many mistakes are seeded")
    func enough() {
        #expect(Self.all.count >= 200)
    }
}

extension MistakeTests.Mistake {
    func at(column: Int) -> Self {
        Self(rule: rule, line: line, column: column, text: text)
    }
}

extension String {
    fileprivate func replacing(_ old: String, _ new: String, line: Int? = nil) -> String {
        guard let range = firstRange(of: old) else { return self }
        return replacingCharacters(in: range, with: new)
    }

    private func replacingCharacters(in range: Range<Index>, with new: String) -> String {
        self[..<range.lowerBound] + new + self[range.upperBound...]
    }
}
