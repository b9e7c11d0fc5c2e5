import Storage
import TestSupport
import Testing

/// A Git repository of one test.
struct Repository {
    let path: String

    /// With one commit of `file`, `run.sh`, `link` and `folder/inner`.
    static func make(at path: String) async throws -> Repository {
        try Files.makeFolders("\(path)/folder")
        let repository = Repository(path: path)
        try await repository.git("init", "-q")
        try repository.write("one\n", to: "file")
        try repository.write("#!/bin/sh\n", to: "run.sh")
        try Files.setMode("\(path)/run.sh", 0o755)
        try Files.link("file", at: "\(path)/link")
        try repository.write("two\n", to: "folder/inner")
        try await repository.commit()
        return repository
    }

    func commit() async throws {
        try await git("add", ".")
        try await git("commit", "-q", "-m", "more")
    }

    @discardableResult
    func git(_ words: String...) async throws -> String {
        let result = try await Program.run(
            "/usr/bin/git",
            ["-C", path, "-c", "user.name=T", "-c", "user.email=t@example.com"] + words,
            environment: ["HOME": path, "GIT_ALLOW_PROTOCOL": "file"])
        try #require(result.code == 0, "git \(words): \(result.error)")
        return result.output
    }

    func write(_ text: String, to name: String) throws {
        try Files.writeFile("\(path)/\(name)", text.utf8, mode: 0o644)
    }

    /// Adds to the repository's own settings.
    func configure(_ text: String) throws {
        let file = "\(path)/.git/config"
        let old = try Files.readFile(file, limit: 1 << 20)
        try Files.writeFile(file, old + Array(text.utf8))
    }
}
