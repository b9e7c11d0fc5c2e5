import Domain
import Storage
import TestSupport
import Testing

/// Protected environments, as somebody at the command line meets them.
struct ProtectedEnvironmentTests {
    private static let value = "key-of-production-81"

    private static func flow(_ environment: String, secret: String = "KEY") -> String {
        Flow.script(
            "echo \"len ${#T_KEY} $T_KEY\"",
            job: "environment: \(environment)\ninputs: {T_KEY: \"${secrets.\(secret)}\"}")
    }

    private static func configure(_ home: TestHome, approvers: String = "[root]") async throws {
        try Files.makeFolders(home.path)
        try await home.write("\(value)\n", to: "\(home.folder)/key")
        try await home.write(
            """
            approvers: {acme/ops: [root]}
            environments:
              production:
                approvers: \(approvers)
                secrets: {KEY: {file: \(home.folder)/key}, OTHER: {env: OTHER_KEY}}
              staging: {}
            """, to: "\(home.path)/config.yaml")
    }

    @Test("a job has its environment's secret; no file of the home, log or document does")
    func runs() async throws {
        try await TestHome.busy { home in
            try await Self.configure(home)
            let report = try await home.run(Self.flow("production"))
            #expect(report.code == 0, "\(report.error)")
            #expect(try await home.log() == "len \(Self.value.utf8.count) ***\n")
            #expect(try await home.files(containing: Self.value).isEmpty)
            let again = try await home.slipway(["rerun", "last"])
            #expect(again.code == 0, "\(again.error)")
            let other = try await home.run(
                Self.flow("production", secret: "OTHER"), environment: ["OTHER_KEY": "from-env"])
            #expect(other.code == 0, "\(other.error)")
            #expect(try await home.log() == "len 8 ***\n")
        }
    }

    @Test("who is in a group of the approvers may, who is not may not")
    func approvers() async throws {
        try await TestHome.busy { home in
            try await Self.configure(home, approvers: "[ada, acme/ops]")
            #expect(try await home.run(Self.flow("production")).code == 0)
            try await Self.configure(home, approvers: "[ada, acme/others]")
            let report = try await home.run(Self.flow("production"))
            #expect(report.code == 4)
            #expect(report.error.contains("root is not among its approvers: ada, acme/others"))
            #expect(report.error.contains("approvals by others need a hub"))
            let again = try await home.slipway(["rerun", "last"])
            #expect(again.code == 4, "\(again.error)")
            let runs = try await home.slipway(["runs", "-o", "json"])
            #expect(try JSONParser.parse(runs.output.utf8).arrayValue?.count == 1)
            // Not whom the environment names.
            try await Self.configure(home, approvers: "[ada]")
            let named = try await home.run(
                Self.flow("production"),
                environment: ["USER": "ada", "LOGNAME": "ada", "SUDO_USER": "ada"])
            #expect(named.code == 4, "\(named.error)")
        }
    }

    @Test("what is not there is an error at its place, and nothing is run")
    func missing() async throws {
        try await TestHome.busy { home in
            try await Self.configure(home)
            let unknown = try await home.run(Self.flow("produktion"))
            #expect(unknown.code == 64)
            #expect(unknown.error.contains("error[unknown-environment]"))
            #expect(unknown.error.contains("did you mean 'production'?"))
            let secret = try await home.run(Self.flow("staging"))
            #expect(secret.code == 64)
            #expect(secret.error.contains("error[undeclared-secret]"))
            let variable = try await home.run(Self.flow("production", secret: "OTHER"))
            #expect(variable.code == 64)
            #expect(variable.error.contains("there is no variable 'OTHER_KEY'"))
            try Files.remove("\(home.folder)/key")
            let file = try await home.run(Self.flow("production"))
            #expect(file.code == 64)
            #expect(file.error.contains("the secret production/KEY"))
            // What is checked before it is run, is warned of only.
            let lint = try await home.slipway(["lint", try home.workflow(Self.flow("nowhere"))])
            #expect(lint.code == 0)
            #expect(lint.output.contains("warning[unknown-environment]"))
        }
    }

    @Test("a run that waits is resumed with the environment's secrets, read anew")
    func resumes() async throws {
        try await TestHome.busy { home in
            try await Self.configure(home)
            let flow = Flow.stages([
                "- name: ask\n  type: pause",
                Flow.stage(
                    "work",
                    jobs: [
                        Flow.job(
                            "it", "echo \"$T_KEY\"",
                            "environment: production\ninputs: {T_KEY: \"${secrets.KEY}\"}")
                    ]),
            ])
            #expect(try await home.run(flow).code == 8)
            // By the user of the system, whomever the environment names.
            let approved = try await home.slipway(
                ["approve", "last"],
                environment: ["USER": "ada", "LOGNAME": "ada", "SUDO_USER": "ada"])
            #expect(approved.output.contains("approved by root"), "\(approved.error)")
            let resumed = try await home.slipway(["resume", "last"])
            #expect(resumed.code == 0, "\(resumed.error)")
            #expect(try await home.log() == "***\n")
        }
    }
}
