/// Examples of the rules, in their order.
extension LintRule {
    /// Of one place of the file.
    static let examplesOfForm: [LintRule: LintExample] = [
        .yamlSyntax: LintExample(
            .file,
            wrong: #"stages: [{name: one"#,
            right: #"stages: [{name: one, jobs: [{name: a, component: busybox}]}]"#),
        .duplicateKey: LintExample(
            .job,
            wrong: #"""
                script: make
                script: make test
                """#,
            right: #"script: make && make test"#),
        .unknownKey: LintExample(
            .job,
            wrong: #"comand: [make]"#,
            right: #"command: [make]"#),
        .notSupported: LintExample(
            .job,
            wrong: #"dialect: [gitlab]"#,
            right: #"script: make"#),
        .wrongType: LintExample(
            .job,
            wrong: #"command: make test"#,
            right: #"command: [make, test]"#),
        .missingKey: LintExample(
            .job,
            wrong: #"retry: {on: [failed]}"#,
            right: #"retry: {attempts: 3, on: [failed]}"#),
        .invalidVersion: LintExample(
            .whole,
            wrong: #"""
                slipway: 2
                name: release
                stages: [{name: one, jobs: [{name: a, component: busybox}]}]
                """#,
            right: #"""
                slipway: 1
                name: release
                stages: [{name: one, jobs: [{name: a, component: busybox}]}]
                """#),
        .invalidName: LintExample(
            .stages,
            wrong: #"- {name: Build, jobs: [{name: it, component: busybox}]}"#,
            right: #"- {name: build, jobs: [{name: it, component: busybox}]}"#),
        .reservedName: LintExample(
            .job,
            wrong: #"inputs: {T_DATA: x}"#,
            right: #"inputs: {T_TEXT: x}"#),
        .duplicateName: LintExample(
            .job,
            wrong: #"""
                outputs: [APP]
                produces: {APP: bin/app}
                """#,
            right: #"""
                outputs: [VERSION]
                produces: {APP: bin/app}
                """#),
        .invalidValue: LintExample(
            .job,
            wrong: #"shards: 0"#,
            right: #"shards: 5"#),
        .invalidDuration: LintExample(
            .job,
            wrong: #"timeout: 10 minutes"#,
            right: #"timeout: 10m"#),
        .invalidQuantity: LintExample(
            .job,
            wrong: #"resources: {memory: 1GB}"#,
            right: #"resources: {memory: 1Gi}"#),
        .invalidPath: LintExample(
            .job,
            wrong: #"produces: {app: ../app}"#,
            right: #"produces: {app: bin/app}"#),
        .invalidImage: LintExample(
            .jobs,
            wrong: #"- {name: a, component: "Busy Box"}"#,
            right: #"- {name: a, component: "library/busybox:1.36"}"#),
        .missingComponent: LintExample(
            .jobs,
            wrong: #"- {name: a, component: library/missing}"#,
            right: #"- {name: a, component: library/tools}"#),
        .conflictingKeys: LintExample(
            .job,
            wrong: #"""
                command: [make]
                script: make
                """#,
            right: #"script: make"#),
    ]

    /// Of what places have to do with each other.
    static let examplesOfMeaning: [LintRule: LintExample] = [
        .stageOrder: LintExample(
            .stages,
            wrong: #"""
                - name: tidy
                  type: end
                  jobs: [{name: it, component: busybox}]
                - name: build
                  jobs: [{name: it, component: busybox}]
                """#,
            right: #"""
                - name: build
                  jobs: [{name: it, component: busybox}]
                - name: tidy
                  type: end
                  jobs: [{name: it, component: busybox}]
                """#),
        .empty: LintExample(
            .stages,
            wrong: #"- {name: build, jobs: []}"#,
            right: #"- {name: build, jobs: [{name: it, component: busybox}]}"#),
        .limit: LintExample(
            .job,
            wrong: #"""
                matrix: {T_A: [x, y]}
                shards: 12000
                """#,
            right: #"""
                matrix: {T_A: [x, y]}
                shards: 5
                """#),
        .badReference: LintExample(
            .job,
            wrong: #"inputs: {T_NEXT: "${run.number + 1}"}"#,
            right: #"inputs: {T_NUMBER: "${run.number}"}"#),
        .unknownReference: LintExample(
            .job,
            wrong: #"inputs: {T_BRANCH: "${inputs.T_BRANCHES}"}"#,
            right: #"inputs: {T_BRANCH: "${inputs.T_BRANCH}"}"#),
        .forwardReference: LintExample(
            .stages,
            wrong: #"""
                - name: one
                  jobs:
                    - {name: it, component: busybox, inputs: {T_V: "${two.it.V}"}}
                - name: two
                  jobs:
                    - {name: it, component: busybox, outputs: [V]}
                """#,
            right: #"""
                - name: two
                  jobs:
                    - {name: it, component: busybox, outputs: [V]}
                - name: one
                  jobs:
                    - {name: it, component: busybox, inputs: {T_V: "${two.it.V}"}}
                """#),
        .siblingReference: LintExample(
            .stages,
            wrong: #"""
                - name: one
                  run: parallel
                  jobs:
                    - {name: make, component: busybox, outputs: [V]}
                    - {name: use, component: busybox, inputs: {T_V: "${one.make.V}"}}
                """#,
            right: #"""
                - name: one
                  jobs:
                    - {name: make, component: busybox, outputs: [V]}
                    - {name: use, component: busybox, inputs: {T_V: "${one.make.V}"}}
                """#),
        .undeclaredOutput: LintExample(
            .stages,
            wrong: #"""
                - name: one
                  jobs:
                    - {name: it, component: busybox}
                - name: two
                  jobs:
                    - {name: it, component: busybox, inputs: {T_V: "${one.it.V}"}}
                """#,
            right: #"""
                - name: one
                  jobs:
                    - {name: it, component: busybox, outputs: [V]}
                - name: two
                  jobs:
                    - {name: it, component: busybox, inputs: {T_V: "${one.it.V}"}}
                """#),
        .undeclaredSecret: LintExample(
            .job,
            wrong: #"inputs: {T_KEY: "${secrets.OTHER}"}"#,
            right: #"inputs: {T_KEY: "${secrets.TOKEN}"}"#),
        .secretNotWhole: LintExample(
            .job,
            wrong: #"inputs: {T_HEADER: "Bearer ${secrets.TOKEN}"}"#,
            right: #"inputs: {T_TOKEN: "${secrets.TOKEN}"}"#),
        .referenceCycle: LintExample(
            .whole,
            wrong: #"""
                slipway: 1
                name: release
                env: {A: "${env.B}", B: "${env.A}"}
                stages: [{name: one, jobs: [{name: a, component: busybox}]}]
                """#,
            right: #"""
                slipway: 1
                name: release
                env: {A: x, B: "${env.A}"}
                stages: [{name: one, jobs: [{name: a, component: busybox}]}]
                """#),
        .luaSyntax: LintExample(
            .job,
            wrong: #"when: inputs.T_BRANCH = 'main'"#,
            right: #"when: inputs.T_BRANCH == 'main'"#),
        .componentInput: LintExample(
            .jobs,
            wrong: #"- {name: a, component: library/report}"#,
            right: #"- {name: a, component: library/report, inputs: {T_TITLE: Report}}"#),
        .literalReference: LintExample(
            .job,
            wrong: #"script: echo "${inputs.T_BRANCH}""#,
            right: #"""
                inputs: {T_BRANCH: "${inputs.T_BRANCH}"}
                script: echo "$T_BRANCH"
                """#),
        .memoisation: LintExample(
            .job,
            wrong: #"""
                cache: true
                network: bridge
                """#,
            right: #"cache: true"#),
        .invalidPattern: LintExample(
            .whole,
            wrong: onStart("tag: [\"v[0-9\"]"),
            right: onStart("tag: [\"v[0-9]*\"]")),
        .invalidSchedule: LintExample(
            .whole,
            wrong: onStart("schedule: [{cron: \"0 3 31 2 *\"}]"),
            right: onStart("schedule: [{cron: \"0 3 * * 1\"}]")),
        .invalidTimeZone: LintExample(
            .whole,
            wrong: onStart("schedule: [{cron: \"0 3 * * 1\", timezone: Vienna time}]"),
            right: onStart("schedule: [{cron: \"0 3 * * 1\", timezone: Europe/Vienna}]")),
        .unknownEnvironment: LintExample(
            .job, wrong: #"environment: prod"#, right: #"environment: production"#),
        .unknownNotifier: LintExample(
            .file,
            wrong: "notify: [{to: tema, on: [failed]}]\n" + oneStage,
            right: "notify: [{to: team, on: [failed]}]\n" + oneStage),
        .unapprovable: LintExample(
            .file,
            wrong: oneStage + "\n  - {name: agree, type: pause, approvers: [ada]}",
            right: oneStage + "\n  - {name: agree, type: pause}"),
        .missingFile: LintExample(
            .jobs,
            wrong: #"- {name: a, workflow: no-such.yaml}"#,
            right: #"- {name: a, workflow: called.yaml, inputs: {T_COUNT: 5}}"#),
        .workflowInput: LintExample(
            .jobs,
            wrong: #"- {name: a, workflow: called.yaml, inputs: {T_COUNT: many}}"#,
            right: #"- {name: a, workflow: called.yaml, inputs: {T_COUNT: 5}}"#),
    ]

    private static let oneStage =
        "stages:\n  - name: build\n    jobs:\n      - {name: make, component: library/tools}"

    /// A file whose start stage has these triggers.
    private static func onStart(_ triggers: String) -> String {
        "slipway: 1\nname: release\nstages:\n  - name: begin\n    type: start\n    on:\n"
            + "      \(triggers)\n"
            + "  - name: build\n    jobs:\n      - {name: make, component: library/tools}"
    }
}
