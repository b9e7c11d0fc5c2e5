import Domain
import Testing

@testable import Workflows

/// Keys that other tools have taught people.
struct ForeignKeyTests {
    @Test(
        "is answered with what it is here",
        arguments: [
            (MistakeTests.inJob("image: x"), "'component'"),
            (MistakeTests.inJob("needs: [b]"), "'run: parallel'"),
            (MistakeTests.inJob("steps: [b]"), "'script'"),
            (MistakeTests.inJob("env: {A: b}"), "'inputs'"),
            (MistakeTests.inJob("services: {db: {image: b}}"), "'component'"),
            (MistakeTests.inJob("retry: {max: 2}"), "'attempts'"),
            (MistakeTests.inJob("resources: {mem: 1Gi}"), "'memory'"),
            (MistakeTests.file("on: {push: {}}\nstages: []\n"), "'on' of the start stage"),
            (MistakeTests.file("jobs: {}\nstages: []\n"), "stages: [{name: …, jobs: […]}]"),
            (MistakeTests.file("stages: [{name: a, steps: []}]\n"), "'jobs'"),
            (MistakeTests.file("stages: [{name: a, type: start, env: {}}]\n"), "'inputs'"),
        ])
    func known(text: String, hint: String) throws {
        let findings = WorkflowFile.parse(Array(text.utf8)).diagnostics
        let finding = try #require(findings.first { $0.rule == LintRule.unknownKey.rawValue })
        #expect(finding.hint?.contains(hint) == true, "\(finding)")
        #expect(finding.hint?.contains("known keys") == false)
    }

    @Test("a slip of the fingers is still told from another tool's word")
    func slip() {
        let text = MistakeTests.inJob("comand: [x]")
        let findings = WorkflowFile.parse(Array(text.utf8)).diagnostics
        #expect(findings.first?.hint == "did you mean 'command'?")
    }

    private static let places: [FormatKeys] = [
        .workflow, .stage, .startStage, .pause, .job, .service, .defaults, .retry, .resources,
        .concurrency, .cache, .input, .source,
    ]

    @Test("no row of the table is out of reach")
    func reach() {
        #expect(Set(ForeignKeys.table.keys) == Set(Self.places.map(\.place)))
        for keys in Self.places {
            let foreign = Set(ForeignKeys.table[keys.place, default: [:]].keys)
            #expect(foreign.isDisjoint(with: keys.known))
            #expect(foreign.isDisjoint(with: keys.refused))
        }
    }
}
