import Domain
import TestSupport
import Testing
import Workflows

/// A home's `config.yaml`, and what jobs need of it.
struct ConfigurationTests {
    private static let sound = """
        approvers:
          acme/ops: [grace, linus]
        environments:
          production:
            description: What customers use
            approvers: [ada, acme/ops]
            secrets:
              DEPLOY_KEY: {file: /etc/deploy.key}
              TOKEN: {env: DEPLOY_TOKEN}
          staging: {}
        """

    @Test("groups and environments are read")
    func reads() throws {
        let (settings, findings) = ConfigurationFile.read(Array(Self.sound.utf8))
        #expect(findings.map { $0.rendered(file: "c") } == [])
        #expect(settings.approvers == ["acme/ops": ["grace", "linus"]])
        let production = try #require(settings.environments["production"])
        #expect(
            production.secrets == [
                "DEPLOY_KEY": .file("/etc/deploy.key"), "TOKEN": .variable("DEPLOY_TOKEN"),
            ])
        for actor in ["ada", "grace"] {
            #expect(settings.allows(actor, by: production.approvers))
        }
        for actor in ["bob", "acme/ops ", "", "root"] {
            #expect(!settings.allows(actor, by: production.approvers))
        }
        let staging = try #require(settings.environments["staging"])
        #expect(settings.allows("bob", by: staging.approvers))
    }

    @Test(
        "what is wrong is found at its place",
        arguments: [
            ("[a]", "1:1 wrong-type"), ("environment: {}", "1:1 unknown-key"),
            ("approvers: [a]", "1:12 wrong-type"), ("approvers: {a: b}", "1:16 wrong-type"),
            ("environments: [a]", "1:15 wrong-type"),
            ("environments: {Prod: {}}", "1:16 invalid-name"),
            ("environments: {p: x}", "1:19 wrong-type"),
            ("environments: {p: {approver: [a]}}", "1:20 unknown-key"),
            ("environments: {p: {approvers: []}}", "1:31 empty"),
            ("environments: {p: {approvers: a}}", "1:31 wrong-type"),
            ("environments: {p: {secrets: [A]}}", "1:29 wrong-type"),
            ("environments: {p: {secrets: {1A: {env: A}}}}", "1:30 invalid-name"),
            ("environments: {p: {secrets: {A: value}}}", "1:33 wrong-type"),
            ("environments: {p: {secrets: {A: {}}}}", "1:30 missing-key"),
            ("environments: {p: {secrets: {A: {value: x}}}}", "1:34 unknown-key"),
            ("environments: {p: {secrets: {A: {file: key}}}}", "1:40 invalid-path"),
            ("environments: {p: {secrets: {A: {env: A-B}}}}", "1:39 invalid-name"),
            ("environments: {p: {secrets: {A: {file: /a, env: A}}}}", "1:49 conflicting-keys"),
            ("environments: {p: {}, p: {}}", "1:23 duplicate-key"),
            ("notify: [a]", "1:9 wrong-type"), ("notify: {T: {}}", "1:10 invalid-name"),
            ("notify: {t: {}}", "1:10 missing-key"), ("notify: {t: {cmd: []}}", "1:14 unknown-key"),
            ("notify: {t: {command: tell}}", "1:23 wrong-type"),
            ("notify: {t: {command: []}}", "1:23 empty"),
            ("notify: {t: {command: [tell]}}", "1:24 invalid-path"),
            ("notify: {t: {command: [/a, [b]]}}", "1:28 wrong-type"),
            ("retention: 30d", "1:12 wrong-type"), ("retention: {ages: 30d}", "1:13 unknown-key"),
            ("retention: {age: 30}", "1:18 invalid-duration"),
            ("retention: {age: never}", "1:18 invalid-duration"),
            ("network: [10.0.0.0/8]", "1:10 wrong-type"),
            ("network: {denied: []}", "1:11 unknown-key"),
            ("network: {deny: 10.0.0.0/8}", "1:17 wrong-type"),
            ("network: {deny: [10.0.0.1/8]}", "1:18 invalid-value"),
            ("network: {deny: [10.0.0.0/8, 'fd00::/8']}", "1:30 invalid-value"),
            ("retention: {runs: few}", "1:19 invalid-value"),
            ("retention: {runs: -1}", "1:19 invalid-value"),
            ("retention: {size: big}", "1:19 invalid-value"),
            ("retention: {size: 0}", "1:19 invalid-value"),
            ("sandboxes: gvisor", "1:12 wrong-type"),
            ("sandboxes: {runsc: {}}", "1:13 unknown-key"),
            ("sandboxes: {floor: high}", "1:20 invalid-value"),
            ("sandboxes: {floor: [vm]}", "1:20 wrong-type"),
            ("sandboxes: {gvisor: ptrace}", "1:21 wrong-type"),
            ("sandboxes: {gvisor: {path: runsc}}", "1:28 invalid-path"),
            ("sandboxes: {gvisor: {platform: xen}}", "1:32 invalid-value"),
            ("sandboxes: {gvisor: {network: host}}", "1:31 invalid-value"),
            ("sandboxes: {gvisor: {cgroups: some}}", "1:31 wrong-type"),
            ("sandboxes: {gvisor: {args: --debug}}", "1:28 wrong-type"),
            ("sandboxes: {gvisor: {args: [boot]}}", "1:29 invalid-value"),
            ("sandboxes: {gvisor: {args: [--root=/x]}}", "1:29 invalid-value"),
            ("sandboxes: {gvisor: {args: [--network=host]}}", "1:29 invalid-value"),
            ("sandboxes: {gvisor: {args: [-network=host]}}", "1:29 invalid-value"),
            ("sandboxes: {gvisor: {args: [--TESTONLY-unsafe-nonroot]}}", "1:29 invalid-value"),
            ("sandboxes: {vm: {platform: kvm}}", "1:18 unknown-key"),
            ("sandboxes: {vm: {path: ./kata}}", "1:24 invalid-path"),
        ])
    func mistakes(text: String, expected: String) {
        let found = ConfigurationFile.read(Array(text.utf8)).diagnostics.map {
            "\($0.position.line):\($0.position.column) \($0.rule)"
        }
        #expect(found.contains(expected), "\(found)")
    }

    @Test(
        "what a home keeps is read; a size may be written as people do",
        arguments: [("20GiB", 20 << 30), ("20Gi", 20 << 30), ("1500", 1500), ("2G", 2_000_000_000)]
            as [(String, Int64)])
    func retention(size: String, bytes: Int64) {
        let text = "retention: {age: 30d, runs: 20, size: \(size)}"
        let (settings, findings) = ConfigurationFile.read(Array(text.utf8))
        #expect(findings.map { $0.rendered(file: "c") } == [])
        let expected = RetentionPolicy(
            age: .seconds(30 * 86_400), runs: 20, size: ByteSize(bytes: bytes))
        #expect(settings.retention == expected)
        #expect(ConfigurationFile.read([]).configuration.retention.saysNothing)
    }

    @Test("what a home says of its sandboxes is read, and the floor raises what is below it")
    func sandboxes() {
        let text = """
            sandboxes:
              gvisor: {path: /opt/runsc, platform: systrap, network: none, cgroups: false, args: [--debug]}
              vm: {path: /usr/bin/kata-runtime}
              floor: gvisor
            """
        let (settings, findings) = ConfigurationFile.read(Array(text.utf8))
        #expect(findings.map { $0.rendered(file: "c") } == [])
        var expected = SandboxSettings()
        expected.gvisor.path = "/opt/runsc"
        expected.gvisor.platform = .systrap
        expected.gvisor.network = .none
        expected.gvisor.cgroups = false
        expected.gvisor.arguments = ["--debug"]
        expected.vmPath = "/usr/bin/kata-runtime"
        expected.floor = .gvisor
        #expect(settings.sandboxes == expected)
        #expect(Sandbox.allCases.map { max($0, .gvisor) } == [.gvisor, .gvisor, .vm])
        #expect(ConfigurationFile.read([]).configuration.sandboxes == SandboxSettings())
    }

    @Test("an empty environment's list of approvers lets nobody in by accident")
    func emptyList() {
        let text = "environments: {p: {approvers: []}}"
        #expect(!ConfigurationFile.read(Array(text.utf8)).diagnostics.isEmpty)
    }

    @Test("damaged configurations are refused or read, never trapped on", arguments: 0..<10)
    func fuzz(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<50 {
            _ = ConfigurationFile.read(random.mutated(Array(Self.sound.utf8)))
        }
    }

    // MARK: Jobs

    private static func flow(_ job: String, secrets: String = "") -> [UInt8] {
        Array(
            ("slipway: 1\nname: demo\n" + secrets + "stages:\n  - name: s\n    jobs:\n"
                + "      - name: a\n        component: b\n"
                + job.split(separator: "\n").map { "        \($0)\n" }.joined()).utf8)
    }

    private static func findings(
        _ text: [UInt8], _ severity: Diagnostic.Severity = .error
    ) -> [String] {
        var checks = LintChecks()
        checks.configuration = ConfigurationCheck(
            ConfigurationFile.read(Array(sound.utf8)).configuration, severity: severity)
        return WorkflowFile.parse(text, checks: checks).diagnostics.map {
            $0.rendered(file: "f")
        }
    }

    @Test("a job with an environment may use its secrets, which the file does not list")
    func secrets() throws {
        let text = Self.flow(
            "environment: production\ninputs: {K: '${secrets.DEPLOY_KEY}', L: '${secrets.LISTED}'}\n"
                + "secret-files: {t: secrets.TOKEN}", secrets: "secrets: [LISTED]\n")
        #expect(Self.findings(text) == [])
        let definition = try #require(WorkflowFile.parse(text).definition)
        #expect(definition.usedSecrets == ["LISTED"])
        let use = try #require(definition.environmentUses.first)
        #expect(use.job == "s.a")
        #expect(use.secretKeys == ["production/DEPLOY_KEY", "production/TOKEN"])
    }

    @Test(
        "an environment, or a secret of it, that is not there is named",
        arguments: [
            (
                "environment: produktion",
                "f:8:22: error[unknown-environment]: there is no environment 'produktion' in the "
                    + "home's config.yaml; did you mean 'production'?"
            ),
            (
                "environment: production\ninputs: {K: '${secrets.DEPLOY_KEX}'}",
                "f:9:21: error[undeclared-secret]: the environment 'production' has no secret "
                    + "'DEPLOY_KEX', nor has the file; did you mean 'DEPLOY_KEY'?"
            ),
            (
                "environment: staging\nsecret-files: {t: secrets.TOKEN}",
                "f:9:27: error[undeclared-secret]: the environment 'staging' has no secret "
                    + "'TOKEN', nor has the file"
            ),
        ])
    func unknown(job: String, expected: String) {
        #expect(Self.findings(Self.flow(job)) == [expected])
        #expect(
            Self.findings(Self.flow(job), .warning)
                == [expected.replacing("error[", with: "warning[")])
        #expect(WorkflowFile.parse(Self.flow(job)).diagnostics.isEmpty)
    }

    @Test("a job without an environment uses no secret of one, and nor do values of env")
    func others() {
        let job = Self.flow("inputs: {K: '${secrets.DEPLOY_KEY}'}")
        #expect(WorkflowFile.parse(job).diagnostics.map(\.rule) == ["undeclared-secret"])
        let text = Self.flow(
            "environment: production", secrets: "env: {K: '${secrets.DEPLOY_KEY}'}\n")
        #expect(WorkflowFile.parse(text).diagnostics.map(\.rule) == ["undeclared-secret"])
    }

    @Test(
        "what is no environment's name",
        arguments: [("Prod", "invalid-name"), ("[a]", "wrong-type"), ("''", "invalid-name")])
    func names(value: String, rule: String) {
        let found = WorkflowFile.parse(Self.flow("environment: \(value)")).diagnostics
        #expect(found.map(\.rule) == [rule])
        #expect(found.first?.position == TextPosition(line: 8, column: 22))
    }
}
