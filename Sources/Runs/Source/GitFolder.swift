import Domain
import Glibc
import Storage

/// What Git says of a folder, asked of the `git` program (DESIGN §2, "Source").
///
/// The repository may be a stranger's, so nothing that its settings name is run. Only commands that
/// read the index and objects are used: what looks into files, such as `status`, would pass them
/// through filters (gitattributes(5)).
struct GitFolder {
    /// The top folder of the working tree.
    let top: String
    private let program: String

    /// Enough for a million names.
    private static let outputLimit = 256 << 20

    /// Nil outside a repository, or where there is no `git`.
    init?(containing folder: String) throws {
        guard let program = GitProgram.path else { return nil }
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
        try Self.check(top, holds: folder)
    }

    /// `core.worktree` of a repository could name any folder of this machine.
    private static func check(_ top: String, holds folder: String) throws {
        var place = try Files.realPath(folder)
        while try Files.status("\(place)/.git") == nil, let parent = PathText.parent(of: place) {
            place = parent
        }
        guard PathText.isSame(place, try Files.realPath(top)) else {
            throw RunsError.source(
                "the repository of '\(folder)' says that its files are in '\(top)'; name the "
                    + "folder with 'source: {path: …}' in the start stage")
        }
    }

    /// The files that Git keeps, one entry a name.
    func tracked() throws -> [GitEntry] {
        GitEntry.parse(index: try read(["ls-files", "--cached", "--stage", "-t", "-z", "--debug"]))
    }

    /// Files that are neither tracked nor ignored, relative to `top`.
    func untracked() throws -> [String] {
        try read(["ls-files", "-z", "--others", "--exclude-standard"])
            .split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The commit that is checked out; nil before the first one.
    func commit() throws -> String? {
        let answer = try Self.ask(program, in: top, ["rev-parse", "--verify", "--quiet", "HEAD"])
        guard answer.result.code == 0 else { return nil }
        return String(decoding: answer.output.prefix { $0 != 0x0a }, as: UTF8.self)
    }

    /// Whether tracked files differ from a commit, in the index or in the folder.
    func differs(from commit: String?, _ tracked: [GitEntry]) throws -> Bool {
        guard let commit else { return !tracked.isEmpty }
        let committed = GitEntry.parse(
            tree: try read(["ls-tree", "-r", "-z", "--full-tree", commit]))
        guard tracked.map(\.object) == committed.map(\.object) else { return true }
        let files = GitFiles(root: try Files.open(top, O_RDONLY | O_DIRECTORY))
        // The index's own time tells which files were changed just when it was written.
        let index = String(
            decoding: try read(["rev-parse", "--git-path", "index"]).prefix { $0 != 0x0a },
            as: UTF8.self)
        let written = try Files.status(PathText.isAbsolute(index) ? index : "\(top)/\(index)")?
            .modified
        return try tracked.contains { try files.differ(from: $0, indexWritten: written) }
    }

    private func read(_ words: [String]) throws -> [UInt8] {
        let answer = try Self.ask(program, in: top, words)
        guard answer.result.code == 0 else {
            throw RunsError.source("git \(words[0]) in '\(top)': \(answer.result.message)")
        }
        return answer.output
    }

    /// Settings that the command line has the last word on.
    private static let settings = [
        "core.fsmonitor=false", "core.hooksPath=/dev/null", "core.untrackedCache=false",
        "core.pager=cat", "submodule.recurse=false", "safe.bareRepository=explicit",
    ].flatMap { ["-c", $0] }

    private static func ask(
        _ program: String, in folder: String, _ words: [String]
    ) throws -> (result: ToolResult, output: [UInt8]) {
        var environment = [
            "LC_ALL=C", "GIT_OPTIONAL_LOCKS=0", "GIT_TERMINAL_PROMPT=0",
            // An object that is missing must not be fetched: that runs what the settings name.
            "GIT_NO_LAZY_FETCH=1", "GIT_ALLOW_PROTOCOL=none",
        ]
        // Git's own settings of this user say which folders it trusts.
        for name in ["HOME", "XDG_CONFIG_HOME"] {
            if let value = unsafe getenv(name) {
                environment.append("\(name)=\(unsafe String(cString: value))")
            }
        }
        return try Spawning.capture(
            program, ["-C", folder, "--no-pager", "--no-replace-objects"] + settings + words,
            environment: environment, limit: outputLimit, time: .seconds(120))
    }
}
