import Domain
import TestSupport
import Testing
import Workflows

/// `source: {git: …}`: addresses, refs and credentials.
struct GitSourceTests {
    @Test(
        "addresses",
        arguments: [
            ("https://example.org/a.git", .https, "example.org"),
            ("http://127.0.0.1:8080/a", .http, "127.0.0.1"),
            ("ssh://git@example.org:22/a.git", .ssh, "example.org"),
            ("git@example.org:acme/app.git", .ssh, "example.org"),
            ("git://example.org/a", .git, "example.org"), ("file:///srv/a.git", .file, ""),
            ("https://[::1]:443/a", .https, "[::1]"),
        ] as [(String, GitAddress.Scheme, String)])
    func address(text: String, scheme: GitAddress.Scheme, host: String) throws {
        let address = try GitAddress(parsing: text)
        #expect(address.scheme == scheme)
        #expect(address.host == host)
        #expect(address.description == text)
    }

    @Test(
        "what Git would take for a program, an option or a password is no address",
        arguments: [
            "", "ext::sh -c touch% /tmp/x", "ext::sh", "fd::17", "transport::address", "-uevil",
            "--upload-pack=touch x", "ssh://-oProxyCommand=touch/x", "ssh://git@-oX=y/x",
            "git@-oProxyCommand=x:a", "https://user:secret@example.org/a",
            "https://token@example.org/a", "ssh://git:secret@example.org/a", "/srv/a.git", "a.git",
            "file://host/a", "https://example.org", "https:///a", "ftp://example.org/a",
            "https://example.org/a b", "https://example.org/a\n", "https://exämple.org/a",
            "https://example.org:port/a", "https://example.org/a?x=y", "git@example.org:-x",
            "https://" + String(repeating: "a", count: 2048) + "/x", "HTTPS://example.org/a",
            "file::/srv/a", "https://ex;ample/a", "https://$(id)/a",
        ])
    func noAddress(text: String) {
        #expect(throws: GitAddressError.self) { try GitAddress(parsing: text) }
    }

    @Test("damaged addresses are refused or read, never trapped on", arguments: 0..<10)
    func fuzz(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for text in ["ssh://git@example.org:22/a.git", "git@[::1]:a/b", "https://[::1]:1/a"] {
            for _ in 0..<200 {
                let bytes = random.mutated(Array(text.utf8))
                do {
                    let address = try GitAddress(parsing: String(decoding: bytes, as: UTF8.self))
                    #expect(!address.host.hasPrefix("-"))
                    #expect(!address.description.hasPrefix("-"))
                } catch {}
            }
        }
    }

    // MARK: Files

    /// `source` in line 7.
    private static func flow(_ source: String) -> [UInt8] {
        Array(
            """
            slipway: 1
            name: demo
            secrets: [S]
            stages:
              - name: b
                type: start
                source: \(source)
              - {name: s, jobs: [{name: a, component: b}]}
            """.utf8)
    }

    @Test("a source elsewhere, and the secret that it needs")
    func reads() throws {
        let outcome = WorkflowFile.parse(
            Self.flow(
                "{git: https://example.org/a.git, ref: v1.2, path: ./, "
                    + "credentials: {username: ci, password: secrets.S}}"))
        #expect(outcome.diagnostics.map { $0.rendered(file: "f") } == [])
        let definition = try #require(outcome.definition)
        guard case .git(let source) = definition.source else {
            Issue.record("no git source")
            return
        }
        #expect(source.ref == "v1.2")
        #expect(source.path == nil)
        #expect(source.credentials == .password(username: "ci", secret: "S"))
        #expect(definition.usedSecrets == ["S"])
    }

    @Test(
        "what is wrong is found at its place",
        arguments: [
            ("{git: ext::sh}", "7:19 invalid-value"),
            ("{ref: main, path: .}", "7:14 conflicting-keys"),
            ("{git: [a]}", "7:19 wrong-type"),
            ("{git: https://u:p@example.org/a}", "7:19 invalid-value"),
            ("{git: file:///a, ref: -x}", "7:35 invalid-value"),
            ("{git: file:///a, ref: 'a b'}", "7:35 invalid-value"),
            ("{git: file:///a, ref: a..b}", "7:35 invalid-value"),
            ("{git: file:///a, ref: 'a:b'}", "7:35 invalid-value"),
            ("{git: file:///a, ref: '+a*'}", "7:35 invalid-value"),
            ("{git: file:///a, path: ../x}", "7:36 invalid-path"),
            ("{git: file:///a, path: /x}", "7:36 invalid-path"),
            ("{git: 'git@h:a'}", "7:14 missing-key"),
            ("{git: 'git@h:a', credentials: {password: secrets.S}}", "7:44 conflicting-keys"),
            ("{git: 'git@h:a', credentials: {key: secrets.NO}}", "7:49 undeclared-secret"),
            ("{git: https://h/a, credentials: {}}", "7:32 missing-key"),
            ("{git: https://h/a, credentials: {key: secrets.S}}", "7:46 conflicting-keys"),
            ("{git: https://h/a, credentials: {password: hunter2}}", "7:56 bad-reference"),
            ("{git: https://h/a, credentials: {token: secrets.S}}", "7:46 unknown-key"),
            ("{git: http://h/a, credentials: {password: secrets.S}}", "7:44 conflicting-keys"),
            ("{git: file:///a, credentials: {password: secrets.S}}", "7:43 conflicting-keys"),
        ])
    func mistakes(text: String, expected: String) {
        let outcome = WorkflowFile.parse(Self.flow(text))
        #expect(outcome.definition == nil)
        let found = outcome.diagnostics.map {
            "\($0.position.line):\($0.position.column) \($0.rule)"
        }
        #expect(found.contains(expected), "\(found)")
        // What stands in the place of a secret may be one.
        #expect(!outcome.diagnostics.contains { $0.message.contains("hunter2") })
    }

    @Test("a ref is literal")
    func literal() {
        let outcome = WorkflowFile.parse(Self.flow("{git: file:///a, ref: '${inputs.X}'}"))
        #expect(outcome.diagnostics.map(\.rule) == ["literal-reference"])
        #expect(outcome.definition != nil)
    }
}
