import Storage
import TestSupport
import Testing
import Workflows

@testable import Runs

/// What Git says of a repository, and that a stranger's repository runs nothing.
struct GitFolderTests {
    private static func isDirty(_ repository: Repository) throws -> Bool {
        let git = try #require(try GitFolder(containing: repository.path))
        return try !git.untracked().isEmpty
            || git.differs(from: try git.commit(), try git.tracked())
    }

    /// Settings that run `touch PWNED` in some Git or other.
    private static func hostile(_ mark: String) -> String {
        """
        [filter "evil"]
            clean = "touch \(mark); cat"
            smudge = "touch \(mark); cat"
            process = "touch \(mark)"
            required = true
        [filter "other"]
            process = "sh -c 'touch \(mark)'"
        [core]
            hooksPath = "\(mark).hooks"
            fsmonitor = "touch \(mark)"
            sshCommand = "touch \(mark)"
            pager = "touch \(mark)"
            editor = "touch \(mark)"
            askPass = "touch \(mark)"
            alternateRefsCommand = "touch \(mark)"
        [pager]
            ls-files = "touch \(mark)"
            ls-tree = "touch \(mark)"
        [diff]
            external = "touch \(mark)"
        [diff "evil"]
            textconv = "touch \(mark)"
            command = "touch \(mark)"
        [alias]
            ls-files = "!touch \(mark)"
        [status]
            submoduleSummary = true
        [submodule]
            recurse = true

        """
    }

    @Test(
        "a repository's settings run nothing when its source is taken",
        arguments: ["* filter=evil diff=evil", "* filter=other"])
    func settings(attributes: String) async throws {
        try await withTemporaryFolder { folder in
            let repository = try await Repository.make(at: "\(folder)/r")
            try repository.write(attributes, to: ".gitattributes")
            try repository.configure(Self.hostile("\(folder)/PWNED"))
            // Of the same size and time, so that only its content tells.
            try repository.write("two\n", to: "file")
            try repository.write("{}", to: "flow.yaml")
            try Files.makeFolders("\(folder)/PWNED.hooks", mode: 0o755)
            for hook in ["post-index-change", "post-checkout", "reference-transaction"] {
                try Files.writeFile(
                    "\(folder)/PWNED.hooks/\(hook)", "#!/bin/sh\ntouch \(folder)/PWNED\n".utf8,
                    mode: 0o755)
            }
            let home = try Home(path: "\(folder)/home")
            let source = try SourceSnapshot.take(
                .automatic,
                within: SourceBounds(
                    file: "\(repository.path)/flow.yaml", path: .main, allowed: []),
                into: BlobStore(path: home.blobsPath), without: home)
            #expect(source?.isDirty == true)
            #expect(!Files.exists("\(folder)/PWNED"))
        }
    }

    @Test("a submodule's settings run nothing")
    func submodule() async throws {
        try await withTemporaryFolder { folder in
            _ = try await Repository.make(at: "\(folder)/inner")
            let outer = try await Repository.make(at: "\(folder)/outer")
            try await outer.git(
                "-c", "protocol.file.allow=always", "submodule", "--quiet", "add",
                "\(folder)/inner", "sub")
            try await outer.commit()
            let settings = "\(outer.path)/.git/modules/sub/config"
            let old = try Files.readFile(settings, limit: 1 << 20)
            try Files.writeFile(settings, old + Array(Self.hostile("\(folder)/PWNED").utf8))
            try Files.writeFile("\(outer.path)/sub/.gitattributes", "* filter=evil".utf8)
            try Files.writeFile("\(outer.path)/sub/file", "changed".utf8)
            #expect(try !Self.isDirty(outer))
            #expect(!Files.exists("\(folder)/PWNED"))
        }
    }

    @Test("an object that is missing is not fetched")
    func partial() async throws {
        try await withTemporaryFolder { folder in
            let repository = try await Repository.make(at: "\(folder)/r")
            try repository.configure(
                """
                [extensions]
                    partialClone = origin
                [remote "origin"]
                    url = \(folder)/r
                    promisor = true
                    uploadpack = "touch \(folder)/PWNED; false"
                [protocol]
                    allow = always
                [protocol "file"]
                    allow = always

                """)
            let tree = try await repository.git("rev-parse", "HEAD:folder").prefix { $0 != "\n" }
            try Files.remove(
                "\(repository.path)/.git/objects/\(tree.prefix(2))/\(tree.dropFirst(2))")
            #expect(throws: RunsError.self) { try Self.isDirty(repository) }
            #expect(!Files.exists("\(folder)/PWNED"))
        }
    }

    @Test("a repository cannot name another folder as its own")
    func worktree() async throws {
        try await withTemporaryFolder { folder in
            let repository = try await Repository.make(at: "\(folder)/r")
            try repository.configure("[core]\n    worktree = /\n")
            #expect(throws: RunsError.self) { try GitFolder(containing: repository.path) }
        }
    }

    @Test("as it was committed, also with files that were only touched")
    func clean() async throws {
        try await withTemporaryFolder { folder in
            let repository = try await Repository.make(at: "\(folder)/r")
            #expect(try !Self.isDirty(repository))
            try repository.write("one\n", to: "file")
            #expect(try !Self.isDirty(repository))
        }
    }

    struct Change: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let make: @Sendable (Repository) async throws -> Void
    }

    @Test(
        "whatever differs from the commit makes it dirty",
        arguments: [
            Change(testDescription: "content of the same size") {
                try $0.write("eno\n", to: "file")
            },
            Change(testDescription: "a mode") {
                try Files.setMode("\($0.path)/file", 0o755)
            },
            Change(testDescription: "a link's target") {
                try Files.remove("\($0.path)/link")
                try Files.link("elif", at: "\($0.path)/link")
            },
            Change(testDescription: "a file in a link's place") {
                try Files.remove("\($0.path)/link")
                try $0.write("file", to: "link")
            },
            Change(testDescription: "a removed file") { try Files.remove("\($0.path)/file") },
            Change(testDescription: "a link in a folder's place") {
                try Files.rename("\($0.path)/folder", to: "\($0.path)/.git/folder")
                try Files.link(".git/folder", at: "\($0.path)/folder")
            },
            Change(testDescription: "an untracked file") { try $0.write("x", to: "new") },
            Change(testDescription: "a file that was only added") {
                try $0.write("x", to: "new")
                try await $0.git("add", "new")
            },
            Change(testDescription: "a change that stands in the index alone") {
                try $0.write("eno\n", to: "file")
                try await $0.git("add", "file")
                try $0.write("one\n", to: "file")
            },
        ])
    func dirty(change: Change) async throws {
        try await withTemporaryFolder { folder in
            let repository = try await Repository.make(at: "\(folder)/r")
            try await change.make(repository)
            #expect(try Self.isDirty(repository))
        }
    }

    @Test("before the first commit there is none, and any file is more than that")
    func first() async throws {
        try await withTemporaryFolder { folder in
            let repository = Repository(path: "\(folder)/r")
            try Files.makeFolders(repository.path)
            try await repository.git("init", "-q")
            #expect(try !Self.isDirty(repository))
            try repository.write("x", to: "file")
            #expect(try Self.isDirty(repository))
        }
    }
}
