import Domain
import Foundation
import OCI
import Storage
import TestSupport
import Testing

@testable import Registry

/// Files of credentials, and the programs that keep them.
struct CredentialTests {
    private static func repository(_ text: String) throws -> RemoteRepository {
        let reference = try ImageReference(parsing: text)
        return RemoteRepository(
            host: RegistryHost(try #require(reference.host)), name: reference.repository)
    }

    private static func auth(_ user: String) -> String {
        #"{"auth":"\#(Data("\(user):p".utf8).base64EncodedString())"}"#
    }

    @Test(
        "the longest key that is a part of the name wins; old addresses count last",
        arguments: [
            ("host.name/a/b/c", "ab"), ("host.name/a/x", "a"), ("host.name/z", "host"),
            ("host.name:5000/z", "port"), ("other.name/z", "old"), ("host.name/ab/c", "host"),
            ("docker.io/library/x", "docker"), ("nobody.name/x", nil),
        ] as [(String, String?)])
    func longest(name: String, expected: String?) throws {
        let text =
            #"{"auths":{"host.name":\#(Self.auth("host")),"host.name/a":\#(Self.auth("a")),"#
            + #""host.name/a/b":\#(Self.auth("ab")),"host.name:5000":\#(Self.auth("port")),"#
            + #""https://other.name/v1/":\#(Self.auth("old")),"empty.name":{},"#
            + #""https://index.docker.io/v1/":\#(Self.auth("docker"))},"HttpHeaders":{"x":"y"}}"#
        let file = try AuthFile(parsing: Array(text.utf8))
        let users = file.entries(for: try Self.repository(name)).map { entry in
            if case .credentials(.password(let user, _)) = entry { user } else { "?" }
        }
        #expect(users == (expected.map { [$0] } ?? []))
    }

    @Test("helpers: the host's own first, the one for all when nothing is stored")
    func helpers() throws {
        let text =
            #"{"auths":{"a.name":\#(Self.auth("a")),"c.name":{}},"#
            + #""credHelpers":{"b.name":"own"},"credsStore":"all"}"#
        let file = try AuthFile(parsing: Array(text.utf8))
        func names(_ name: String) throws -> [String] {
            file.entries(for: try Self.repository(name)).map {
                switch $0 {
                case .helper(let name): name
                case .credentials: "stored"
                }
            }
        }
        #expect(try names("a.name/x") == ["stored"])
        #expect(try names("b.name/x") == ["own"])
        #expect(try names("c.name/x") == ["all"])
    }

    @Test("an entry in every form")
    func forms() throws {
        let text =
            #"{"auths":{"a.name":{"username":"u","password":"p"},"#
            + #""b.name":{"auth":"dTpwOnEAAA=="},"c.name":{"auth":"x","identitytoken":"t"}}}"#
        let file = try AuthFile(parsing: Array(text.utf8))
        func found(_ name: String) throws -> RegistryCredentials? {
            guard case .credentials(let found)? = file.entries(for: try Self.repository(name)).first
            else { return nil }
            return found
        }
        guard case .password("u", let plain)? = try found("a.name/x"),
            case .password("u", let encoded)? = try found("b.name/x"),
            case .identityToken(let token)? = try found("c.name/x")
        else {
            Issue.record("not as expected")
            return
        }
        #expect([plain, encoded, token].map { $0.reveal() } == ["p", "p:q", "t"])
    }

    @Test(
        "what is malformed is said without what the file says",
        arguments: [
            ("", "byte 0"), ("[]", "no object"), (#"{"auths":{"h":{"auth":"?"}}}"#, "auths.h"),
            (#"{"auths":{"h":{"auth":"c2VjcmV0"}}}"#, "USER:PASSWORD"),
            (#"{"credsStore":"../x"}"#, "credsStore"),
            (#"{"credHelpers":{"h":"a b"}}"#, "credHelpers.h"),
            (#"{"credHelpers":{"h":1}}"#, "credHelpers.h"),
        ])
    func malformed(text: String, why: String) throws {
        let error = try #require(throws: AuthFileError.self) {
            try AuthFile(parsing: Array(text.utf8))
        }
        #expect(error.description.contains(why), "\(error)")
        #expect(!error.description.contains("c2VjcmV0"))
    }

    @Test("a file above 1 MiB is not read")
    func large() {
        #expect(throws: AuthFileError.self) {
            try AuthFile(parsing: [UInt8](repeating: 0x20, count: 2 << 20))
        }
    }

    @Test("where files are looked for")
    func paths() {
        func paths(_ environment: [String: String]) -> [String] {
            CredentialFiles(environment: environment, userID: 7).paths
        }
        #expect(paths(["REGISTRY_AUTH_FILE": "/x", "HOME": "/h"]) == ["/x"])
        #expect(
            paths(["HOME": "/h"]) == [
                "/run/user/7/containers/auth.json", "/run/containers/7/auth.json",
                "/h/.config/containers/auth.json", "/h/.docker/config.json",
            ])
        #expect(
            paths([
                "HOME": "/h", "XDG_RUNTIME_DIR": "/r", "XDG_CONFIG_HOME": "/c",
                "DOCKER_CONFIG": "/d",
            ]) == ["/r/containers/auth.json", "/c/containers/auth.json", "/d/config.json"])
    }

    @Test("base 64 is what others make of it", arguments: 0..<20)
    func base64(count: Int) {
        var random = SeededGenerator(seed: UInt64(count))
        let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
        let text = Data(bytes).base64EncodedString()
        #expect(Base64.encode(bytes) == text)
        #expect(Base64.decode(text) == bytes)
        #expect(Base64.decode(text.replacing("=", with: "")) == bytes)
        #expect(Base64.decode(text + "?") == nil)
    }

    @Test(
        "a helper that does not do its part is said by name",
        arguments: [
            ("sleep 60", "no answer within"), ("head -c 100000 /dev/zero", "more than 64 KiB"),
            ("echo nonsense", "its answer is not"),
            ("echo 'broken'; exit 3", "ended with 3: broken"),
            ("echo '{\"Username\":1}'", "its answer is not"),
        ])
    func badHelper(script: String, why: String) async throws {
        try await withTemporaryFolder { folder in
            let helper = try Self.helper(script, in: folder)
            let error = try await #require(throws: RegistryError.self) {
                try await IOPool.shared.run { _ = try helper.credentials(for: "host") }
            }
            #expect(error.description.contains("docker-credential-x"))
            #expect(error.description.contains(why), "\(error)")
        }
    }

    @Test("a helper that knows nothing, and one that is not there")
    func unknowing() async throws {
        try await withTemporaryFolder { folder in
            let helper = try Self.helper(
                "echo 'credentials not found in native keychain'; exit 1", in: folder)
            let found = try await IOPool.shared.run { try helper.credentials(for: "host") == nil }
            #expect(found)
            let absent = CredentialHelper(name: "absent", environment: ["PATH": folder])
            let error = try #require(throws: RegistryError.self) {
                _ = try absent.credentials(for: "host")
            }
            #expect(error.description.contains("not on the PATH"))
        }
    }

    private static func helper(_ script: String, in folder: String) throws -> CredentialHelper {
        try Files.writeFile(
            "\(folder)/docker-credential-x", "#!/bin/sh\n\(script)\n".utf8, mode: 0o700)
        var helper = CredentialHelper(
            name: "x", environment: ["PATH": "\(folder):/usr/bin:/bin"])
        helper.timeLimit = .seconds(5)
        return helper
    }

    @Test("altered files are refused or read, never trapped on", arguments: 0..<10)
    func fuzz(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let text =
            #"{"auths":{"h.name/a":\#(Self.auth("u")),"https://i/v1/":{"identitytoken":"t"}},"#
            + #""credHelpers":{"j":"k"},"credsStore":"l"}"#
        let repository = try Self.repository("h.name/a/b")
        for _ in 0..<300 {
            do {
                let file = try AuthFile(parsing: random.mutated(Array(text.utf8)))
                _ = file.entries(for: repository)
            } catch {
                // Refused: the other right answer.
            }
            _ = Base64.decode(
                String(decoding: random.mutated(Array("YWRhOnNlY3JldA==".utf8)), as: UTF8.self))
        }
    }
}
