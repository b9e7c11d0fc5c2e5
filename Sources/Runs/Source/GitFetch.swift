import CLinux
import Domain
import Glibc
import Storage
import Workflows

/// Fetches one commit of a repository elsewhere with the `git` program, in a folder of its own
/// (docs/decisions/0016).
///
/// Nothing of the machine's or the user's settings counts, no hook and no filter is run, and only
/// the address' own protocol is spoken. Blocks; belongs on an I/O thread.
struct GitFetch {
    /// The beginning of a folder's name, before the number of the process that works in it.
    static let folderPrefix = "fetch-"

    private static let refsLimit = 64 << 20
    private static let namesLimit = 256 << 20
    /// Of the packed repository, on disk.
    private static let packLimit: Int64 = 4 << 30
    private static let answerTime = Duration.seconds(60)
    private static let fetchTime = Duration.seconds(1800)
    private static let fetched = "refs/slipway/source"

    private let source: GitSource
    private let folder: String
    private let program: String
    private let environment: [String]
    private let descriptors: [slipway_descriptor]
    /// Nameless files with secrets: they go with this value.
    private let held: [OpenFile]
    private let mask: @Sendable (String) -> String

    /// `folder`: empty, and the caller's to remove. `helper`: this program, which Git starts again
    /// to be told a password or to speak ssh. `mask` takes secrets out of what Git says.
    init(
        _ source: GitSource, secrets: [String: Secret], in folder: String, helper: String,
        mask: @escaping @Sendable (String) -> String
    ) throws {
        guard let program = GitProgram.path else {
            throw RunsError.source(
                "'\(source.address)' needs git, which is not here; install it with: "
                    + GitProgram.fix)
        }
        self.source = source
        self.folder = folder
        self.program = program
        self.mask = mask
        var access = GitAccess(folder: folder, address: source.address)
        try access.add(source.credentials, secrets: secrets, helper: helper)
        environment = access.environment
        descriptors = access.descriptors
        held = access.held
    }

    /// Lays the files out in a new folder below the own one: its path, and the commit.
    func files(sizeLimit: Int64) throws -> (path: String, commit: String) {
        defer { withExtendedLifetime(held) {} }
        _ = try ask(["init", "-q", "--bare", "--template=", "\(folder)/git"], inside: false)
        try fetch(Self.meaning(try refs(), of: source))
        let commit = try line(["rev-parse", "--verify", "\(Self.fetched)^{commit}"])
        let tree = try self.tree(of: commit)
        try check(tree, sizeLimit: sizeLimit)
        let place = "\(folder)/files"
        try Files.makeFolders(place)
        // The last word on attributes: what is laid out is what was committed, byte for byte.
        try Files.makeFolders("\(folder)/git/info")
        try Files.writeFile(
            "\(folder)/git/info/attributes",
            "* -text -eol -ident -filter -working-tree-encoding\n".utf8)
        _ = try ask(["--work-tree=\(place)", "read-tree", tree])
        _ = try ask(["--work-tree=\(place)", "checkout-index", "--all", "--quiet"])
        return (place, commit)
    }

    private func refs() throws -> GitRemoteRefs {
        GitRemoteRefs(
            try ask(
                ["ls-remote", "--quiet", "--", source.address.description],
                limit: Self.refsLimit, isRemote: true))
    }

    private static func meaning(
        _ refs: GitRemoteRefs, of source: GitSource
    ) throws -> GitRemoteRefs.Meaning {
        let meaning = refs.meaning(of: source.ref)
        if case .nothing(let why) = meaning {
            throw RunsError.source("'\(source.address)': \(why)")
        }
        return meaning
    }

    private func fetch(_ meaning: GitRemoteRefs.Meaning) throws {
        switch meaning {
        case .ref(let name): try fetch(["--depth=1"], ["+\(name):\(Self.fetched)"])
        case .nothing: break
        case .commit(let id):
            do {
                try fetch(["--depth=1"], ["+\(id):\(Self.fetched)"])
            } catch RunsError.source {
                // Many servers hand out what a ref names and nothing else.
                try fetch([], ["+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"])
                let known = try answer(["cat-file", "-e", "\(id)^{commit}"])
                guard known.result.code == 0 else {
                    throw RunsError.source(
                        "'\(source.address)' has no commit '\(id)' in its branches and tags")
                }
                _ = try ask(["update-ref", Self.fetched, id])
            }
        }
    }

    private func fetch(_ options: [String], _ specifications: [String]) throws {
        _ = try ask(
            ["fetch", "--quiet", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head"]
                + options + ["--", source.address.description] + specifications,
            isRemote: true)
    }

    /// The tree of the folder that is asked for.
    private func tree(of commit: String) throws -> String {
        guard let path = source.path else {
            return try line(["rev-parse", "--verify", "\(commit)^{tree}"])
        }
        let answer = try answer(["rev-parse", "--verify", "--quiet", "\(commit):\(path)"])
        guard answer.result.code == 0 else {
            throw RunsError.source("'\(source.address)' has no folder '\(path)' in \(commit)")
        }
        let id = Self.firstLine(answer.output)
        guard try line(["cat-file", "-t", id]) == "tree" else {
            throw RunsError.source(
                "'\(path)' is no folder of '\(source.address)' in \(commit); expected a folder")
        }
        return id
    }

    /// What would be too much is not laid out at all.
    private func check(_ tree: String, sizeLimit: Int64) throws {
        var size: Int64 = 0
        for entry in try ask(["ls-tree", "-r", "-z", "--long", tree], limit: Self.namesLimit)
            .split(separator: 0)
        {
            // `MODE TYPE ID SIZE<tab>PATH`; of a submodule the size is `-`.
            let words = entry.prefix { $0 != 0x09 }.split(separator: 0x20)
            size += words.count == 4 ? Int64(String(decoding: words[3], as: UTF8.self)) ?? 0 : 0
            guard size <= sizeLimit else {
                throw StorageError.tooLarge(
                    what: "the source '\(source.address)'", limit: sizeLimit)
            }
        }
    }
}

// MARK: Asking

extension GitFetch {
    private func line(_ words: [String]) throws -> String {
        Self.firstLine(try ask(words))
    }

    private static func firstLine(_ bytes: [UInt8]) -> String {
        String(decoding: bytes.prefix { $0 != 0x0a }, as: UTF8.self)
    }

    /// What Git answers. `inside`: of the own repository; `isRemote`: it talks to another machine.
    private func ask(
        _ words: [String], inside: Bool = true, limit: Int = 1 << 16, isRemote: Bool = false
    ) throws -> [UInt8] {
        let answer: (result: ToolResult, output: [UInt8])
        do {
            answer = try self.answer(words, inside: inside, limit: limit, isRemote: isRemote)
        } catch StorageError.timedOut(_, let limit) where isRemote {
            throw RunsError.unreachable(
                "'\(source.address)' gave no whole answer in \(limit.text)")
        }
        guard answer.result.code == 0 else {
            let lines = answer.result.message.split(separator: "\n").map(String.init)
            throw GitFailure(
                message: mask(lines.joined(separator: "; ")),
                address: source.address.description, hasCredentials: source.credentials != nil
            ).error
        }
        return answer.output
    }

    private func answer(
        _ words: [String], inside: Bool = true, limit: Int = 1 << 16, isRemote: Bool = false
    ) throws -> (result: ToolResult, output: [UInt8]) {
        var command =
            [program, "--no-pager"] + (inside ? ["--git-dir=\(folder)/git"] : [])
            + Self.settings(followsRedirects: source.credentials == nil) + words
        // A repository without end must not fill the disk.
        if isRemote, let limiter = Spawning.path(of: "prlimit") {
            command = [limiter, "--fsize=\(Self.packLimit)"] + command
        }
        return try Spawning.capture(
            command[0], Array(command.dropFirst()), environment: environment,
            descriptors: isRemote ? descriptors : [], limit: limit,
            time: isRemote && words.first == "fetch" ? Self.fetchTime : Self.answerTime)
    }

    /// Settings that the command line has the last word on. With credentials no redirect is
    /// followed: Git would give them to where it leads.
    private static func settings(followsRedirects: Bool) -> [String] {
        [
            "core.hooksPath=/dev/null", "core.fsmonitor=false", "core.pager=cat",
            "core.protectHFS=true", "core.protectNTFS=true", "core.symlinks=true",
            "core.autocrlf=false", "credential.helper=", "gc.auto=0", "maintenance.auto=false",
            "submodule.recurse=false", "fetch.recurseSubmodules=false", "advice.detachedHead=false",
            "http.followRedirects=\(followsRedirects ? "initial" : "false")",
            "http.lowSpeedLimit=1", "http.lowSpeedTime=60", "protocol.version=2",
        ].flatMap { ["-c", $0] }
    }
}
