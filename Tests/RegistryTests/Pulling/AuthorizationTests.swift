import Domain
import Foundation
import OCI
import Registry
import Storage
import TestSupport
import Testing

/// Registries that want to know who asks: TLS, passwords, tokens.
struct AuthorizationTests {
    private static func filled(
        _ body: (ImageHome, _ folder: String) async throws -> Void
    ) async throws {
        try await ImageHome.with { home in
            let folder = "\(home.path)/registry"
            let archive = try Checkout.image("busybox")
            try await TestRegistry.serving(folder) { registry in
                try await registry.fill("docker-archive:\(archive)", "lib/box:1", in: home.path)
            }
            try await body(home, folder)
        }
    }

    private static func encoded(_ text: String) -> String {
        Data(text.utf8).base64EncodedString()
    }

    @Test("an authority that is not known: the message says where to put its certificate")
    func untrusted() async throws {
        try await Self.filled { home, folder in
            let authority = try await TestAuthority(in: "\(home.path)/ca")
            try await TestRegistry.serving(folder, tls: authority) { registry in
                let name = "\(registry.host)/lib/box:1"
                let error = try await #require(throws: RegistryError.self) {
                    try await home.pull(name)
                }
                guard case .untrusted = error else {
                    Issue.record("\(error)")
                    return
                }
                #expect(error.description.contains("certs.d/\(registry.host)/ca.crt"))
                #expect(try await home.leftovers() == [])
            }
        }
    }

    @Test(
        "an authority is trusted when a file says so",
        arguments: ["an option", "a folder of the host", "the whole bundle", "insecure"])
    func trusted(way: String) async throws {
        try await Self.filled { home, folder in
            let authority = try await TestAuthority(in: "\(home.path)/ca")
            try await TestRegistry.serving(folder, tls: authority) { registry in
                var access = ImageHome.access()
                var options = RegistryOptions()
                switch way {
                case "an option": options.authorityFile = authority.authority
                case "insecure": options.isInsecure = true
                case "the whole bundle": access.authorityBundle = authority.authority
                default:
                    try Files.makeFolders("\(home.path)/certs.d/\(registry.host)")
                    try Files.writeFile(
                        "\(home.path)/certs.d/\(registry.host)/ca.crt",
                        try Files.readFile(authority.authority, limit: 1 << 16))
                    access.certificateFolders = ["/none", "\(home.path)/certs.d"]
                }
                access.options[registry.host] = options
                let name = "\(registry.host)/lib/box:1"
                #expect(try await home.pull(name, access).isNew)
                #expect(try await home.verify(name))
            }
        }
    }

    @Test("a file that holds no certificate is named")
    func badAuthority() async throws {
        try await ImageHome.with { home in
            try Files.writeFile("\(home.path)/ca.pem", "nothing".utf8)
            var access = ImageHome.access()
            var options = RegistryOptions()
            options.authorityFile = "\(home.path)/ca.pem"
            access.options["127.0.0.1:9"] = options
            let error = try await #require(throws: RegistryError.self) {
                try await home.pull("127.0.0.1:9/a/b", access)
            }
            #expect(error.description.contains("\(home.path)/ca.pem"))
        }
    }

    @Test("a password: none, a wrong one, the right one")
    func password() async throws {
        try await Self.filled { home, folder in
            try await TestRegistry.serving(folder, .password) { registry in
                let name = "\(registry.host)/lib/box:1"
                let none = try await #require(throws: RegistryError.self) {
                    try await home.pull(name)
                }
                #expect(none.description.contains("podman login \(registry.host)"))
                #expect(none.description.contains("/none"))
                let wrong = try home.authFile(
                    #"{"auths":{"\#(registry.host)":{"auth":"\#(Self.encoded("ada:no"))"}}}"#)
                let refused = try await #require(throws: RegistryError.self) {
                    try await home.pull(name, ImageHome.access(environment: wrong))
                }
                guard case .unauthorized(_, hadCredentials: true, _, _) = refused else {
                    Issue.record("\(refused)")
                    return
                }
                #expect(!refused.description.contains("no\""))
                let right = try home.authFile(
                    #"{"auths":{"\#(registry.host)":{"auth":"\#(Self.encoded("ada:secret"))"}}}"#)
                #expect(try await home.pull(name, ImageHome.access(environment: right)).isNew)
                #expect(try await home.verify(name))
            }
        }
    }

    @Test("a file that podman wrote is read")
    func podmanLogin() async throws {
        try await Self.filled { home, folder in
            try await TestRegistry.serving(folder, .password) { registry in
                let file = "\(home.path)/podman.json"
                try await home.shell(
                    "podman login --tls-verify=false --authfile \(file) -u ada -p secret "
                        + registry.host)
                let access = ImageHome.access(environment: ["REGISTRY_AUTH_FILE": file])
                #expect(try await home.pull("\(registry.host)/lib/box:1", access).isNew)
            }
        }
    }

    @Test("a credential helper is asked for the host, without a shell")
    func helper() async throws {
        try await Self.filled { home, folder in
            try Files.makeFolders("\(home.path)/bin")
            try Files.writeFile(
                "\(home.path)/bin/docker-credential-test",
                """
                #!/bin/sh
                read host
                echo "$1 $host" >>"$HOME/asked"
                echo '{"ServerURL":"x","Username":"ada","Secret":"secret"}'

                """.utf8, mode: 0o700)
            try await TestRegistry.serving(folder, .password) { registry in
                var environment = try home.authFile(
                    #"{"credHelpers":{"\#(registry.host)":"test"},"credsStore":"nobody"}"#)
                environment["PATH"] = "\(home.path)/bin:/usr/bin:/bin"
                environment["HOME"] = home.path
                let access = ImageHome.access(environment: environment)
                #expect(try await home.pull("\(registry.host)/lib/box:1", access).isNew)
                let asked = try Files.readFile("\(home.path)/asked", limit: 1000)
                #expect(String(decoding: asked, as: UTF8.self) == "get \(registry.host)\n")
            }
        }
    }

    @Test("tokens: for anyone, for a password, for an identity token")
    func tokens() async throws {
        try await Self.filled { home, folder in
            let anyone = try await TokenServer(in: "\(home.path)/anyone", allowsAnyone: true)
            try await TestRegistry.serving(folder, .token(anyone)) { registry in
                try await home.pull("\(registry.host)/lib/box:1")
                #expect(
                    anyone.server.requests.map { $0.query("scope") }
                        == ["repository:lib/box:pull"])
            }
            let server = try await TokenServer(in: "\(home.path)/known")
            try await TestRegistry.serving(folder, .token(server)) { registry in
                let name = "\(registry.host)/lib/box:1"
                await #expect(throws: RegistryError.self) { try await home.pull(name) }
                let user = Self.encoded("\(TokenServer.user):\(TokenServer.password)")
                let password = try home.authFile(
                    #"{"auths":{"http://\#(registry.host)/v1/":{"auth":"\#(user)"}}}"#)
                #expect(try await home.pull(name, ImageHome.access(environment: password)).isNew)
                try await home.images.remove(try ImageReference(parsing: name))
                let token = try home.authFile(
                    #"{"auths":{"\#(registry.host)/lib":"#
                        + #"{"identitytoken":"\#(TokenServer.refreshToken)"}}}"#)
                #expect(try await home.pull(name, ImageHome.access(environment: token)).isNew)
                #expect(server.server.requests.last?.method == "POST")
            }
        }
    }
}
