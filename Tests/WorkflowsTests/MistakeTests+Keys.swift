import Workflows

/// Mistakes in what multiplies, repeats, pauses and isolates jobs.
extension MistakeTests {
    private static func stage(_ text: String) -> String {
        let keys = text.split(separator: "\n").map { "    \($0)\n" }.joined()
        return file("stages:\n  - name: s\n\(keys)    jobs: [{name: a, component: busybox}]\n")
    }

    private static func pause(_ text: String) -> String {
        let keys = text.split(separator: "\n").map { "    \($0)\n" }.joined()
        return file("stages:\n  - name: s\n    type: pause\n\(keys)")
    }

    private static func workflow(_ text: String) -> String {
        file(text + "\nstages: [{name: s, jobs: [{name: a, component: busybox}]}]\n")
    }

    private static func many(_ text: String, _ count: Int) -> String {
        [String](repeating: text, count: count).joined(separator: ", ")
    }

    private static let numbers = (1...150).map(String.init).joined(separator: ", ")

    static let ofLegs: [Mistake] = [
        // matrix
        marked(.wrongType, inJob("matrix: →[a]")),
        marked(.wrongType, inJob("matrix: →a")),
        marked(.empty, inJob("matrix: {A: →[]}")),
        marked(.invalidName, inJob("matrix: {→1A: [x]}")),
        marked(.reservedName, inJob("matrix: {→T_JOB: [x]}")),
        marked(.wrongType, inJob("matrix: {A: →{b: c}}")),
        marked(.wrongType, inJob("matrix: {A: [x, →[y]]}")),
        marked(.wrongType, inJob("matrix: {A: [x, →null]}")),
        marked(.wrongType, inJob("matrix: {A: →'x ${run.id}'}")),
        marked(.wrongType, inJob("matrix: {A: →'${run.id:-[]}'}")),
        marked(.badReference, inJob("matrix: {A: [→'${matrix.B}'], B: [1]}")),
        marked(.badReference, inJob("matrix: {A: [→'${nonsense}']}")),
        marked(.siblingReference, inJob("matrix: {A: →'${one.a.LIST}'}")),
        marked(.unknownReference, inJob("matrix: {A: →'${inputs.B}'}")),
        marked(.unknownReference, inJob("matrix: {A: [x]}\ninputs: {B: →'${matrix.C}'}")),
        marked(.duplicateKey, inJob("matrix: {A: [x], →A: [y]}")),
        marked(
            .limit,
            file(
                "stages:\n  - name: s\n    jobs:\n      - →name: a\n        component: b\n"
                    + "        matrix: {A: [\(numbers)], B: [\(numbers)]}\n")),
        // retry
        marked(.wrongType, inJob("retry: →3")),
        marked(.missingKey, inJob("→retry: {backoff: 1s}")),
        marked(.invalidValue, inJob("retry: {attempts: →101}")),
        marked(.invalidValue, inJob("retry: {attempts: →two}")),
        marked(.invalidDuration, inJob("retry: {attempts: 2, backoff: →fast}")),
        marked(.invalidDuration, inJob("retry: {attempts: 2, backoff: →0s}")),
        marked(.wrongType, inJob("retry: {attempts: 2, on: →failed}")),
        marked(.wrongType, inJob("retry: {attempts: 2, on: [→[failed]]}")),
        marked(.unknownKey, inJob("retry: {→attemps: 2}")),
        // timeouts
        marked(.wrongType, workflow("timeout: →[1h]")),
        marked(.invalidDuration, workflow("timeout: →0s")),
        marked(.invalidDuration, workflow("timeout: →99999d")),
        marked(.invalidDuration, stage("timeout: →5")),
        marked(.wrongType, stage("timeout: →{}")),
        // conditions and pauses
        marked(.wrongType, stage("when: →[a]")),
        marked(.wrongType, stage("when: →null")),
        marked(.wrongType, pause("approvers: →ann")),
        marked(.empty, pause("approvers: →[]")),
        marked(.wrongType, pause("approvers: [→[ann]]")),
        marked(.invalidValue, pause("approvals: →many")),
        marked(.invalidValue, pause("approvals: →101")),
        marked(.invalidDuration, pause("timeout: →later")),
        marked(.unknownKey, pause("→run: parallel")),
        marked(.unknownKey, pause("→after: log('x')")),
        marked(.unknownKey, stage("→approvers: [ann]")),
        // concurrency
        marked(.wrongType, workflow("concurrency: →release")),
        marked(.missingKey, workflow("→concurrency: {on-conflict: queue}")),
        marked(.invalidValue, workflow("concurrency: {group: a, on-conflict: →cancel-old}")),
        marked(.unknownKey, workflow("concurrency: {→grup: a, group: b}")),
        marked(.badReference, workflow("concurrency: {group: →'${run.id}'}")),
        marked(.badReference, workflow("secrets: [S]\nconcurrency: {group: →'${secrets.S}'}")),
        marked(
            .badReference,
            workflow("secrets: [S]\nenv: {A: '${secrets.S}'}\nconcurrency: {group: →'${env.A}'}")),
        marked(.unknownReference, workflow("concurrency: {group: →'${inputs.NO}'}")),
        marked(.badReference, workflow("concurrency: {group: →'${'}")),
        // isolation, secret files, results
        marked(.wrongType, inJob("user: →[a]")),
        marked(.invalidValue, inJob("user: →''")),
        marked(.invalidValue, inJob("user: →a/b")),
        marked(.wrongType, inJob("read-only: →yes")),
        marked(.wrongType, inJob("hardened: →1")),
        marked(.wrongType, inJob("strict-results: →'true'")),
        marked(.unknownKey, inJob("→readonly: true")),
        // services and network
        marked(.invalidValue, inJob("network: →host")),
        marked(.wrongType, inJob("network: →[bridge]")),
        marked(
            .conflictingKeys, inJob("sandbox: gvisor\n→services: {db: {component: b}}")),
        marked(.conflictingKeys, inJob("sandbox: vm\n→services: {db: {component: b}}")),
        marked(.wrongType, inJob("services: →[db]")),
        marked(.wrongType, inJob("services: {db: →postgres}")),
        marked(.invalidName, inJob("services: {→Db: {component: b}}")),
        marked(.invalidName, inJob("services: {→a.b: {component: b}}")),
        marked(.reservedName, inJob("services: {→localhost: {component: b}}")),
        marked(.missingKey, inJob("services: {db: →{ready: x}}")),
        marked(.invalidImage, inJob("services: {db: {component: →A/b}}")),
        marked(.unknownKey, inJob("services: {db: {component: b, →ports: [1]}}")),
        marked(.empty, inJob("services: {db: {component: b, ready: →''}}")),
        marked(.empty, inJob("services: {db: {component: b, ready: →[]}}")),
        marked(.wrongType, inJob("services: {db: {component: b, ready: →{a: b}}}")),
        marked(.empty, inJob("services: {db: {component: b, command: →[]}}")),
        marked(.conflictingKeys, inJob("services: {db: {component: b, →timeout: 2s}}")),
        marked(.invalidDuration, inJob("services: {db: {component: b, ready: x, timeout: →2h}}")),
        marked(.invalidDuration, inJob("services: {db: {component: b, ready: x, timeout: →0s}}")),
        marked(.invalidQuantity, inJob("services: {db: {component: b, resources: {cpu: →1m}}}")),
        marked(.invalidValue, inJob("services: {db: {component: b, user: →a/b}}")),
        marked(
            .unknownReference, inJob("services: {db: {component: b, inputs: {A: →'${inputs.B}'}}}")),
        marked(
            .undeclaredSecret, inJob("services: {db: {component: b, inputs: {A: →'${secrets.B}'}}}")
        ),
        marked(
            .limit,
            inJob(
                "services: →{\((1...17).map { "s\($0): {component: b}" }.joined(separator: ", "))}")
        ),
        // caches
        marked(.wrongType, inJob("caches: →{key: a, paths: [b]}")),
        marked(.wrongType, inJob("caches: [→a]")),
        marked(.missingKey, inJob("caches: [→{paths: [b]}]")),
        marked(.missingKey, inJob("caches: [→{key: a}]")),
        marked(.unknownKey, inJob("caches: [{key: a, paths: [b], →restore-keys: [c]}]")),
        marked(.empty, inJob("caches: [{key: →'', paths: [b]}]")),
        marked(.empty, inJob("caches: [{key: a, paths: →[]}]")),
        marked(.wrongType, inJob("caches: [{key: a, paths: →b}]")),
        marked(.wrongType, inJob("caches: [{key: →[a], paths: [b]}]")),
        marked(.invalidPath, inJob("caches: [{key: a, paths: [→../b]}]")),
        marked(.invalidPath, inJob("caches: [{key: a, paths: [→../\u{301}b]}]")),
        marked(.conflictingKeys, inJob("caches: [{key: a, paths: [b, →b/\u{301}c]}]")),
        marked(.invalidPath, inJob("caches: [{key: a, paths: [→/root/.cache]}]")),
        marked(.invalidPath, inJob("caches: [{key: a, paths: [→.]}]")),
        marked(.invalidPath, inJob("caches: [{key: a, paths: [→/slipway/work]}]")),
        marked(.conflictingKeys, inJob("caches: [{key: a, paths: [b, →./b/c]}]")),
        marked(
            .conflictingKeys,
            inJob("caches: [{key: a, paths: [b/c]}, {key: d, paths: [→/slipway/work/b]}]")),
        marked(.conflictingKeys, inJob("workspace: shared\n→caches: [{key: a, paths: [b]}]")),
        marked(.badReference, inJob("caches: [{key: →'${secrets.S}', paths: [b]}]")),
        marked(.badReference, inJob("caches: [{key: →'${', paths: [b]}]")),
        marked(.unknownReference, inJob("caches: [{key: →'${inputs.NO}', paths: [b]}]")),
        marked(.unknownReference, inJob("caches: [{key: →'${matrix.NO}', paths: [b]}]")),
        marked(.siblingReference, inJob("caches: [{key: →'${one.a.X}', paths: [b]}]")),
        marked(.limit, inJob("caches: →[\(many("{key: a, paths: [b]}", 17))]")),
        marked(.limit, inJob("caches: [{key: a, paths: →[\(many("b", 65))]}]")),
        marked(.invalidValue, inJob("workspace: →own")),
        marked(.invalidValue, workflow("workspace: →common")),
        marked(.wrongType, workflow("workspace: →[shared]")),
        marked(.unknownKey, stage("→workspace: shared")),
        marked(.wrongType, inJob("secret-files: →[A]")),
        marked(.invalidName, inJob("secret-files: {→../A: secrets.A}")),
        marked(.badReference, inJob("secret-files: {A: →'${secrets.A}'}")),
        marked(.badReference, inJob("secret-files: {A: →secrets.1}")),
        marked(.undeclaredSecret, inJob("secret-files: {A: →secrets.B}")),
    ]

    /// Templates whose job is in line 3 to 5; the job that uses one begins in line 9.
    private static func use(_ job: String, template: String = "component: busybox") -> String {
        file(
            "templates:\n  t: {parameters: {P: {required: true}, Q: {default: 1}},\n"
                + "      job: {\(template)}}\n"
                + "stages:\n  - name: s\n    jobs:\n      - name: a\n"
                + job.split(separator: "\n").map { "        \($0)\n" }.joined())
    }

    static let ofTemplates: [Mistake] = [
        marked(.wrongType, workflow("templates: →[t]")),
        marked(.wrongType, workflow("templates: {t: →text}")),
        marked(.missingKey, workflow("templates: {→t: {description: nothing}}")),
        marked(.invalidName, workflow("templates: {→T: {job: {component: b}}}")),
        marked(.wrongType, workflow("templates: {t: {job: →b}}")),
        marked(.unknownKey, workflow("templates: {t: {→jobs: {}, job: {component: b}}}")),
        marked(.unknownKey, workflow("templates: {t: {parameters: {P: {→typo: x}}, job: {}}}")),
        marked(.invalidName, workflow("templates: {t: {parameters: {→1P: {}}, job: {}}}")),
        marked(.wrongType, workflow("templates: {t: {parameters: →[P], job: {}}}")),
        marked(.unknownReference, use("use: →u")),
        marked(.wrongType, use("use: →[t]")),
        marked(.missingKey, use("→use: {}")),
        marked(.missingFile, use("use: {file: →other.yaml, template: t}")),
        marked(.missingKey, use("→use: t")),
        marked(.missingKey, use("use: {template: t, →parameters: {Q: 2}}")),
        marked(.unknownKey, use("use: {template: t, parameters: {P: 1, →R: 2}}")),
        marked(.wrongType, use("use: {template: t, parameters: →[P]}")),
        marked(
            .unknownReference,
            use("use: {template: t, parameters: {P: 1}}", template: "component: →'${parameters.X}'")
        ),
        marked(
            .wrongType,
            use(
                "use: {template: t, parameters: {P: [1]}}",
                template: "component: b, inputs: {A: →'x${parameters.P}'}")),
        marked(
            .invalidValue,
            use(
                "use: {template: t, parameters: {P: 0}}",
                template: "component: b, shards: →'${parameters.P}'")),
        marked(
            .unknownKey,
            use("use: {template: t, parameters: {P: 0}}", template: "component: b, →shard: 1")),
        // A template that uses itself, and two that use each other.
        marked(
            .referenceCycle,
            file(
                "templates: {t: {job: {use: →t}}}\n"
                    + "stages: [{name: s, jobs: [{name: a, use: t}]}]\n")),
        marked(
            .referenceCycle,
            file(
                "templates: {t: {job: {use: →u}}, u: {job: {use: t}}}\n"
                    + "stages: [{name: s, jobs: [{name: a, use: u}]}]\n")),
    ]
}
