import Domain
import Testing
import Workflows

/// `notify` of a file and of end stages.
struct NotificationTests {
    private static func flow(_ notify: String, ofStage: String = "") -> [UInt8] {
        Array(
            """
            slipway: 1
            name: demo
            \(notify.isEmpty ? "" : "notify: \(notify)")
            secrets: [S]
            env: {HIDDEN: "${secrets.S}", OPEN: x}
            stages:
              - {name: begin, type: start, inputs: {I: {default: x}}}
              - name: s
                jobs: [{name: a, component: b, outputs: [X], inputs: {K: "${secrets.S}"}}]
              - name: e
                type: end
                \(ofStage.isEmpty ? "" : "notify: \(ofStage)")
                jobs: [{name: z, component: b, outputs: [Y]}]
            """.utf8)
    }

    private static func rules(_ notify: String, ofStage: String = "") throws -> [String] {
        let outcome = WorkflowFile.parse(flow(notify, ofStage: ofStage))
        #expect(outcome.diagnostics.map { $0.rendered(file: "f") } == [])
        let definition = try #require(outcome.definition)
        #expect(definition.hasNotifications)
        return (definition.notifications + definition.stages.flatMap(\.notifications)).map {
            "\($0.to.value) "
                + $0.occasions.map(\.rawValue).sorted().joined(separator: ",")
                + ($0.message == nil ? "" : " with a message")
        }
    }

    @Test(
        "the forms of notify",
        arguments: [
            ("team", ["team cancelled,errored,failed,succeeded"]),
            ("[team]", ["team cancelled,errored,failed,succeeded"]),
            ("{to: team, on: [paused]}", ["team paused"]),
            (
                "[{to: a, on: [failed, errored]}, b, {to: a, message: 'x ${run.state}'}]",
                [
                    "a errored,failed", "b cancelled,errored,failed,succeeded",
                    "a cancelled,errored,failed,succeeded with a message",
                ]
            ),
        ])
    func forms(text: String, expected: [String]) throws {
        #expect(try Self.rules(text) == expected)
    }

    @Test(
        "a message refers to the run, its inputs, env and every job",
        arguments: [
            "${run.number} ${run.actor}", "${inputs.I} ${env.OPEN}", "${s.a.X:-none} ${e.z.Y}",
        ])
    func references(message: String) throws {
        #expect(try Self.rules("{to: t, message: '\(message)'}").count == 1)
        #expect(try Self.rules("", ofStage: "{to: t, message: '\(message)'}").count == 1)
    }

    @Test("a file that tells nobody says so")
    func none() throws {
        let definition = try #require(WorkflowFile.parse(Self.flow("")).definition)
        #expect(!definition.hasNotifications)
    }

    @Test(
        "what is wrong is found at its place",
        arguments: [
            ("[]", "3:9 empty"), ("[null]", "3:10 wrong-type"), ("Team", "3:9 invalid-name"),
            ("{on: [failed]}", "3:9 missing-key"), ("{to: t, when: x}", "3:17 unknown-key"),
            ("{to: [t]}", "3:14 wrong-type"), ("{to: t, on: failed}", "3:21 wrong-type"),
            ("{to: t, on: []}", "3:21 empty"), ("{to: t, on: [done]}", "3:22 invalid-value"),
            ("{to: t, on: [failed, failed]}", "3:30 duplicate-name"),
            ("{to: t, message: [x]}", "3:26 wrong-type"),
            ("{to: t, message: '${'}", "3:26 bad-reference"),
            ("{to: t, message: '${secrets.S}'}", "3:26 secret-not-whole"),
            ("{to: t, message: 'x ${secrets.S}'}", "3:26 secret-not-whole"),
            ("{to: t, message: '${env.HIDDEN}'}", "3:26 bad-reference"),
            ("{to: t, message: 'x ${env.HIDDEN}'}", "3:26 bad-reference"),
            ("{to: t, message: '${s.a.NO}'}", "3:26 undeclared-output"),
            ("{to: t, message: '${no.a.X}'}", "3:26 unknown-reference"),
            ("{to: t, message: '${inputs.NO}'}", "3:26 unknown-reference"),
            ("{to: t, message: '${matrix.X}'}", "3:26 unknown-reference"),
        ])
    func mistakes(text: String, expected: String) {
        let outcome = WorkflowFile.parse(Self.flow(text))
        #expect(outcome.definition == nil)
        let found = outcome.diagnostics.map {
            "\($0.position.line):\($0.position.column) \($0.rule)"
        }
        #expect(found.contains(expected), "\(found)")
    }

    @Test("an end stage is never paused, and a normal one tells nobody")
    func places() {
        let paused = WorkflowFile.parse(Self.flow("", ofStage: "{to: t, on: [paused]}"))
        #expect(paused.diagnostics.map(\.rule) == ["invalid-value"])
        let text =
            "slipway: 1\nname: demo\nstages:\n"
            + "  - {name: s, notify: t, jobs: [{name: a, component: b}]}\n"
        let normal = WorkflowFile.parse(Array(text.utf8)).diagnostics
        #expect(normal.map(\.rule) == ["conflicting-keys"])
        #expect(normal.first?.position == TextPosition(line: 4, column: 15))
    }

    @Test("more than 20 are refused")
    func limit() {
        let names = (0...20).map { "t\($0)" }.joined(separator: ", ")
        let found = WorkflowFile.parse(Self.flow("[\(names)]")).diagnostics
        #expect(found.map(\.rule) == ["limit"])
    }

    @Test("a name that the configuration does not have is named, with the nearest")
    func unknown() {
        var checks = LintChecks()
        checks.configuration = ConfigurationCheck(
            ConfigurationFile.read(Array("notify: {team: {command: [/bin/true]}}".utf8))
                .configuration, severity: .warning)
        let outcome = WorkflowFile.parse(Self.flow("[team, teem]"), checks: checks)
        #expect(
            outcome.diagnostics.map { $0.rendered(file: "f") } == [
                "f:3:16: warning[unknown-notifier]: 'notify' of the home's config.yaml has no "
                    + "'teem'; did you mean 'team'?"
            ])
        #expect(outcome.definition != nil)
    }
}
