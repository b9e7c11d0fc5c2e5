import Domain
import Storage
import TestSupport
import Testing

/// `slipway init` in folders of each kind.
struct InitTests {
    struct Project: Sendable, CustomTestStringConvertible {
        let kind: String
        let files: [String]
        let says: String

        var testDescription: String { kind }
    }

    private static let projects = [
        Project(kind: "swift", files: ["Package.swift"], says: "swift test"),
        Project(kind: "node", files: ["package.json", "Dockerfile"], says: "npm ci"),
        Project(kind: "go", files: ["go.mod", "Makefile"], says: "go test ./..."),
        Project(kind: "rust", files: ["Cargo.toml"], says: "cargo test"),
        Project(kind: "python", files: ["pyproject.toml"], says: "pip install . pytest"),
        Project(kind: "python", files: ["requirements.txt"], says: "-r requirements.txt"),
        Project(kind: "maven", files: ["pom.xml"], says: "mvn -B verify"),
        Project(kind: "gradle", files: ["build.gradle.kts", "gradlew"], says: "./gradlew"),
        Project(kind: "cmake", files: ["CMakeLists.txt", "Makefile"], says: "ctest"),
        Project(kind: "make", files: ["Makefile"], says: "          make\n"),
        Project(kind: "docker", files: ["Containerfile"], says: "hadolint Containerfile"),
        Project(kind: "plain", files: ["notes.txt"], says: "[T_RESULT] GREETING"),
    ]

    /// A folder for one project beside the home.
    private static func folder(_ home: TestHome, _ name: String, _ files: [String]) throws -> String
    {
        let base = PathText.folder(of: home.path)
        let folder = "\(base)/\(name)"
        try Files.makeFolders(folder)
        for file in files { try Files.writeFile("\(folder)/\(file)", [UInt8]()) }
        return folder
    }

    private static func text(_ folder: String) throws -> String {
        String(
            decoding: try Files.readFile("\(folder)/slipway.yaml", limit: 1 << 20), as: UTF8.self)
    }

    @Test(
        "each kind of project gets a file without findings, in the common layout",
        arguments: projects, [true, false])
    func kinds(project: Project, isInRepository: Bool) async throws {
        try await TestHome.with { home in
            let folder = try Self.folder(home, "My App_2", project.files)
            if isInRepository { try Files.makeFolders("\(folder)/.git") }
            let made = try await home.slipway(["init", folder, "--yes", "-o", "json"])
            #expect(made.code == 0, "\(made.error)")
            let answer = try JSONParser.parse(made.output.utf8)
            #expect(answer["template"]?.stringValue == project.kind)
            #expect(answer["name"] == "my-app-2")
            let file = "\(folder)/slipway.yaml"
            let text = try Self.text(folder)
            #expect(text.contains(project.says))
            #expect(text.contains("\n    source: {path: .}") == !isInRepository)
            let lint = try await home.slipway(["lint", file])
            #expect(lint.code == 0)
            #expect(lint.output.isEmpty, "\(lint.output)")
            #expect(lint.error.contains("0 errors, 0 warnings"))
            let layout = try await home.slipway(["fmt", "--diff", file])
            #expect(layout.output.isEmpty, "\(layout.output)")
            let verdicts = try await SchemaValidator.verdicts(
                schema: "\(Checkout.root)/docs/reference/workflow.schema.json", files: [file])
            #expect(verdicts.last == "\(file): valid")
            #expect(!Files.exists(home.path))
        }
    }

    @Test("what is there is not replaced without --force; --template says what it is")
    func keeps() async throws {
        try await TestHome.with { home in
            let folder = try Self.folder(home, "app", ["go.mod", "slipway.yaml"])
            let refused = try await home.slipway(["init", folder])
            #expect(refused.code == 1)
            #expect(refused.error.contains("is there already; --force replaces it"))
            #expect(try Self.text(folder).isEmpty)
            let forced = try await home.slipway(
                ["init", folder, "--force", "--template", "rust"])
            #expect(forced.code == 0)
            #expect(forced.output.contains("a Rust crate"))
            #expect(forced.output.contains("slipway lint \(folder)/slipway.yaml"))
            #expect(try Self.text(folder).contains("cargo build"))
            #expect(try await home.slipway(["init", "/no/such"]).code == 3)
            #expect(try await home.slipway(["init", folder, "--template", "cobol"]).code == 64)
        }
    }

    @Test("on a terminal it asks, and takes the answers")
    func asks() async throws {
        try await TestHome.with { home in
            let folder = try Self.folder(home, "app", ["go.mod"])
            let program = try BuiltProduct.path("slipway")
            let answers = "printf 'My Release\\nlibrary/go:1\\n'"
            let words = "\(answers) | script -qec \"'\(program)' init '\(folder)'\" /dev/null"
            let result = try await Program.run(
                "/bin/sh", ["-c", words], environment: home.environment(["TERM": "xterm"]))
            #expect(result.output.contains("name of the workflow [app]"), "\(result.output)")
            let text = try Self.text(folder)
            #expect(text.contains("\nname: my-release\n"))
            #expect(text.contains("component: library/go:1\n"))
        }
    }
}
