import Domain
import Storage
import TestSupport
import Testing
import Workflows

@testable import Runs

/// Sources that are fetched from real repositories.
struct GitFetchTests {
    /// What a snapshot of a repository holds, laid out for looking at.
    private struct Taken {
        let commit: String
        let names: [String]
        let folder: String

        func text(_ name: String) throws -> String {
            String(decoding: try Files.readFile("\(folder)/\(name)", limit: 1 << 20), as: UTF8.self)
        }
    }

    private static func take(
        _ address: String, ref: String? = nil, path: String? = nil,
        credentials: GitSource.Credentials? = nil, secrets: [String: Secret] = [:],
        in folder: String
    ) throws -> Taken {
        let place = try Files.makeTemporaryFolder(prefix: "\(folder)/work")
        let fetch = try GitFetch(
            GitSource(
                address: GitAddress(parsing: address), ref: ref, path: path,
                credentials: credentials),
            secrets: secrets, in: place, helper: try BuiltProduct.path("slipway"),
            mask: { $0.replacing("hunter2", with: "***") })
        let (files, commit) = try fetch.files(sizeLimit: 1 << 20)
        return Taken(commit: commit, names: try Files.list(files).sorted(), folder: files)
    }

    private static func why(_ body: () throws -> Taken) -> String {
        do {
            _ = try body()
            return "it was taken"
        } catch { return "\(error)" }
    }

    @Test("branches, tags, commits and folders of a repository")
    func refs() async throws {
        try await withTemporaryFolder { folder in
            let repository = try await Repository.make(at: "\(folder)/r")
            let address = "file://\(folder)/r"
            let first = try await repository.git("rev-parse", "HEAD").prefix { $0 != "\n" }
            try await repository.git("tag", "-a", "-m", "one", "v1")
            try await repository.git("branch", "stays")
            try repository.write("changed\n", to: "file")
            try await repository.commit()
            let second = try await repository.git("rev-parse", "HEAD").prefix { $0 != "\n" }
            let head = try Self.take(address, in: folder)
            #expect(head.commit == second)
            #expect(head.names == ["file", "folder", "link", "run.sh"])
            #expect(try head.text("file") == "changed\n")
            for ref in ["v1", "stays", "refs/heads/stays", String(first)] {
                let taken = try Self.take(address, ref: ref, in: folder)
                #expect(taken.commit == first, "\(ref)")
                #expect(try taken.text("file") == "one\n")
            }
            let inner = try Self.take(address, path: "folder", in: folder)
            #expect(inner.names == ["inner"])
        }
    }

    @Test("what is not there is said, with what is near")
    func missing() async throws {
        try await withTemporaryFolder { folder in
            let repository = try await Repository.make(at: "\(folder)/r")
            try await repository.git("branch", "release")
            try await repository.git("branch", "both")
            try await repository.git("tag", "both")
            let address = "file://\(folder)/r"
            func ask(_ ref: String?, _ path: String? = nil, _ place: String? = nil) -> String {
                Self.why { try Self.take(place ?? address, ref: ref, path: path, in: folder) }
            }
            #expect(ask("relaese").contains("did you mean 'release'?"))
            #expect(ask("both").contains("is a branch and a tag"))
            #expect(ask("0123456").contains("write a commit in full"))
            #expect(ask(String(repeating: "0a", count: 20)).contains("no commit"))
            #expect(ask(nil, "nowhere").contains("has no folder 'nowhere'"))
            #expect(ask(nil, "file").contains("is no folder"))
            #expect(ask(nil, nil, "file://\(folder)/none").contains("no repository"))
            try Files.makeFolders("\(folder)/empty")
            try await Repository(path: "\(folder)/empty").git("init", "-q")
            #expect(ask(nil, nil, "file://\(folder)/empty").contains("no commit"))
            #expect(ask("main", nil, "file://\(folder)/empty").contains("is empty"))
        }
    }

    @Test("a hostile repository runs nothing and leads nowhere")
    func hostile() async throws {
        try await withTemporaryFolder { folder in
            let mark = "\(folder)/PWNED"
            let other = try await Repository.make(at: "\(folder)/other")
            let repository = try await Repository.make(at: "\(folder)/r")
            try await repository.git(
                "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", other.path, "sub"
            )
            try repository.write(
                "* filter=evil ident\nfile text eol=crlf\n", to: ".gitattributes")
            try Files.link("/etc/passwd", at: "\(repository.path)/out")
            try Files.link("../../..", at: "\(repository.path)/up")
            try await repository.commit()
            try repository.configure(
                """
                [filter "evil"]
                    smudge = "touch \(mark)"
                [uploadpack]
                    packObjectsHook = "touch \(mark)"
                [core]
                    hooksPath = "\(folder)/hooks"
                """)
            let taken = try Self.take("file://\(folder)/r", in: folder)
            #expect(!Files.exists(mark))
            // As it was committed, without ends of lines of this machine's own.
            #expect(try taken.text("file") == "one\n")
            #expect(try Files.target(ofLink: "\(taken.folder)/out") == "/etc/passwd")
            if taken.names.contains("sub") {
                #expect(try Files.list("\(taken.folder)/sub").isEmpty)
            }
        }
    }

    @Test("one that is too large is not laid out")
    func size() async throws {
        try await withTemporaryFolder { folder in
            let repository = try await Repository.make(at: "\(folder)/r")
            try repository.write(String(repeating: "x", count: (1 << 20) + 1), to: "large")
            try await repository.commit()
            let why = Self.why { try Self.take("file://\(folder)/r", in: folder) }
            #expect(why.contains("larger than 1048576 bytes"), "\(why)")
        }
    }

    @Test("over http with a password, which only the right one opens, and nobody repeats")
    func password() async throws {
        try await withTemporaryFolder { folder in
            let repository = try await Repository.make(at: "\(folder)/r")
            let server = try await GitServer.start(
                repositories: folder, user: "ci", password: "hunter2")
            let address = "http://127.0.0.1:\(server.port)/r/.git"
            let results = [("ci", "hunter2"), ("ci", "hunter2x"), ("", "")].map { name, word in
                Self.why {
                    try Self.take(
                        address,
                        credentials: name.isEmpty ? nil : .password(username: name, secret: "P"),
                        secrets: ["P": Secret(word)], in: folder)
                }
            }
            try await server.stop()
            #expect(results[0] == "it was taken")
            #expect(results[1].contains("is not accepted"), "\(results[1])")
            #expect(results[2].contains("it asks for credentials"), "\(results[2])")
            #expect(!results.contains { $0.contains("hunter2") })
            let head = try await repository.git("rev-parse", "HEAD")
            #expect(!head.isEmpty)
            let gone = Self.why { try Self.take(address, in: folder) }
            #expect(gone.contains("cannot reach"), "\(gone)")
        }
    }

    @Test("with a password a redirect is not followed")
    func redirect() async throws {
        try await withTemporaryFolder { folder in
            let thief = try WebServer { _ in WebReply(404) }
            let server = try WebServer { request in
                WebReply(302, headers: ["location": "http://\(thief.host)\(request.path)"])
            }
            let why = Self.why {
                try Self.take(
                    "http://\(server.host)/r/.git",
                    credentials: .password(username: "ci", secret: "P"),
                    secrets: ["P": Secret("hunter2")], in: folder)
            }
            #expect(why != "it was taken" && !why.contains("hunter2"))
            #expect(!server.requests.isEmpty && thief.requests.isEmpty, "\(why)")
            // Without one it is.
            _ = Self.why { try Self.take("http://\(server.host)/r/.git", in: folder) }
            #expect(!thief.requests.isEmpty)
        }
    }

    @Test("ssh takes no key of a host that is not known, and asks nobody")
    func strangers() {
        for knownHosts in [nil, "/known"] {
            let options = GitHelper.options(key: "/k", knownHosts: knownHosts)
            #expect(options.contains("StrictHostKeyChecking=yes"))
            #expect(options.contains("BatchMode=yes"))
            #expect(options.contains("UserKnownHostsFile=/known") == (knownHosts != nil))
        }
    }

    @Test(
        "what Git complains of, and what it means",
        arguments: [
            ("fatal: unable to access 'x': Could not resolve host: x", true, "cannot reach"),
            ("ssh: connect to host x port 22: Connection refused", true, "cannot reach"),
            ("fatal: Authentication failed for 'x'", false, "lets nobody in"),
            ("git@x: Permission denied (publickey).", false, "lets nobody in"),
            ("Host key verification failed.", false, "ssh-keyscan"),
            ("fatal: repository 'x' not found", false, "there is no repository"),
            ("fatal: something else", false, "something else"),
        ])
    func failures(message: String, isUnreachable: Bool, words: String) {
        let error = GitFailure(message: message, address: "x", hasCredentials: true).error
        #expect(error.description.contains(words))
        if case .unreachable = error {
            #expect(isUnreachable)
        } else {
            #expect(!isUnreachable)
        }
    }

    @Test("the helper answers a name and a password, and nothing without both")
    func helper() {
        let content = Array("https://x\0ci\0hunter2".utf8)
        func answer(_ question: String, _ content: [UInt8]) -> String? {
            GitHelper.answer(to: question, from: content).map {
                String(decoding: $0, as: UTF8.self)
            }
        }
        #expect(answer("Username for 'https://x': ", content) == "ci")
        #expect(answer("Password for 'https://ci@x': ", content) == "hunter2")
        #expect(answer("Password for 'https://ci@x/a.git': ", content) == "hunter2")
        #expect(answer("Password", Array("hunter2".utf8)) == nil)
        // A proxy, another port or scheme, another host that the server redirects to.
        for place in [
            "http://me@proxy:8080", "https://x:444", "http://x", "https://y", "https://x.y",
            "https://x@y",
        ] {
            #expect(answer("Password for '\(place)': ", content) == nil)
            #expect(answer("Username for '\(place)': ", content) == nil)
        }
        #expect(GitHelper(programName: "/x/slipway-git-password") == .password)
        #expect(GitHelper(programName: "/usr/bin/slipway") == nil)
    }
}
