import Domain
import Testing
import Workflows

/// `on` of the start stage.
struct TriggerTests {
    private static func file(_ on: String) -> [UInt8] {
        let text =
            "slipway: 1\nname: demo\nstages:\n  - name: begin\n    type: start\n    on:\n"
            + on.split(separator: "\n").map { "      \($0)\n" }.joined()
            + "  - {name: s, jobs: [{name: a, component: b}]}\n"
        return Array(text.utf8)
    }

    private static let whole = """
        push: {branches: [main, "release/*"], paths: ["src/**"]}
        pull-request: {branches: [main]}
        tag: ["v*"]
        schedule: [{cron: "0 3 * * 1", timezone: Europe/Berlin}, {cron: "0 0 1 * *"}]
        image: {repository: base}
        run: {workflow: acme/base, state: failed}
        webhook: {}
        """

    @Test("every trigger is read")
    func reads() throws {
        let outcome = WorkflowFile.parse(Self.file(Self.whole))
        #expect(outcome.diagnostics.map { $0.rendered(file: "f") } == [])
        let triggers = try #require(outcome.definition).triggers
        #expect(triggers.push?.branches.map(\.description) == ["main", "release/*"])
        #expect(triggers.push?.paths.map(\.description) == ["src/**"])
        #expect(triggers.pullRequest?.paths.isEmpty == true)
        #expect(triggers.tags.map(\.description) == ["v*"])
        #expect(triggers.schedules.map(\.timeZone.description) == ["Europe/Berlin", "UTC"])
        #expect(triggers.image == "library/base")
        #expect(triggers.run?.workflow.value == "acme/base")
        #expect(triggers.run?.state == .failed)
        #expect(triggers.hasWebhook)
        #expect(
            triggers.lines == [
                "push to main, release/* that changes src/**", "pull request against main",
                "tag v*", "schedule 0 3 * * 1 Europe/Berlin", "schedule 0 0 1 * * UTC",
                "image library/base", "run of acme/base failed", "webhook",
            ])
    }

    @Test("a file without `on` is started by people alone")
    func none() throws {
        let text = "slipway: 1\nname: a\nstages: [{name: s, jobs: [{name: a, component: b}]}]\n"
        let definition = try #require(WorkflowFile.parse(Array(text.utf8)).definition)
        #expect(definition.triggers.lines == [])
    }

    @Test("a push without branches and paths is every push")
    func everyPush() throws {
        let definition = try #require(WorkflowFile.parse(Self.file("push: {}")).definition)
        #expect(definition.triggers.lines == ["push"])
    }

    @Test("a time zone that the machine's database lacks is an error with the nearest name")
    func zones() {
        let checks = LintChecks(timeZone: { name in
            switch name.description {
            case "UTC": .found
            case "Mars/Base": .unknown
            default: .missing(nearest: "Europe/Berlin")
            }
        })
        let outcome = WorkflowFile.parse(
            Self.file(
                """
                schedule:
                  - {cron: "0 3 * * 1", timezone: UTC}
                  - {cron: "0 3 * * 1", timezone: Mars/Base}
                  - {cron: "0 3 * * 1", timezone: Europe/Berln}
                """), checks: checks)
        #expect(
            outcome.diagnostics.map { $0.rendered(file: "f") } == [
                "f:10:41: error[invalid-time-zone]: there is no time zone 'Europe/Berln' in this "
                    + "machine's database; did you mean 'Europe/Berlin'?"
            ])
    }

    @Test(
        "a reference in a trigger is warned of",
        arguments: [
            "tag: ['${inputs.X}']", "image: {repository: '${env.X}'}",
            "push: {branches: ['${run.actor}']}",
        ])
    func literal(on: String) {
        let rules = WorkflowFile.parse(Self.file(on)).diagnostics.map(\.rule)
        #expect(rules.contains("literal-reference"))
    }
}
