import Glibc
import Storage

/// What Git says of a folder, asked of the `git` program (DESIGN §2, "Source").
struct GitFolder {
    /// The top folder of the working tree.
    let top: String
    private let program: String

    /// Enough for a million names.
    private static let outputLimit = 256 << 20

    /// Nil outside a repository, or where there is no `git`.
    init?(containing folder: String) throws {
        guard let program = Spawning.path(of: "git") else { return nil }
        self.program = program
        let answer = try Self.ask(program, in: folder, ["rev-parse", "--show-toplevel"])
        guard answer.result.code == 0 else {
            if answer.result.message.contains("not a git repository") { return nil }
            throw RunsError.source(
                "git cannot read the repository of '\(folder)': \(answer.result.message); "
                    + "mend it, or say 'source: {path: .}' in the start stage")
        }
        let text = String(decoding: answer.output, as: UTF8.self)
        top = String(text.prefix { $0 != "\n" })
        guard !top.isEmpty else { return nil }
    }

    /// Tracked and untracked files that are not ignored, relative to `top`.
    func files() throws -> [String] {
        let output = try read([
            "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate",
        ])
        return output.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The commit that is checked out; nil before the first one.
    func commit() throws -> String? {
        let answer = try Self.ask(program, in: top, ["rev-parse", "--verify", "--quiet", "HEAD"])
        guard answer.result.code == 0 else { return nil }
        return String(decoding: answer.output.prefix { $0 != 0x0a }, as: UTF8.self)
    }

    /// Whether files differ from that commit, or are not in it.
    func isDirty() throws -> Bool {
        try !read(["status", "--porcelain", "-z", "--untracked-files=normal"]).isEmpty
    }

    private func read(_ words: [String]) throws -> [UInt8] {
        let answer = try Self.ask(program, in: top, words)
        guard answer.result.code == 0 else {
            throw RunsError.source("git \(words[0]) in '\(top)': \(answer.result.message)")
        }
        return answer.output
    }

    /// A repository may be a stranger's: nothing that its settings name is run.
    private static func ask(
        _ program: String, in folder: String, _ words: [String]
    ) throws -> (result: ToolResult, output: [UInt8]) {
        var environment = ["LC_ALL=C", "GIT_OPTIONAL_LOCKS=0", "GIT_TERMINAL_PROMPT=0"]
        // Git's own settings of this user say which folders it trusts.
        for name in ["HOME", "XDG_CONFIG_HOME"] {
            if let value = unsafe getenv(name) {
                environment.append("\(name)=\(unsafe String(cString: value))")
            }
        }
        let settings = [
            "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null",
            "-c", "core.untrackedCache=false",
        ]
        return try Spawning.capture(
            program, ["-C", folder] + settings + words, environment: environment,
            limit: outputLimit)
    }
}
