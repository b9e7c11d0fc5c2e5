import Executors
import Glibc
import OCI
import Storage
import TestSupport
import Testing
import Workflows

/// What a job made, taken out of its folder and laid out again.
struct ArtifactTests {
    /// A working folder with a store beside it.
    struct Work: Sendable {
        let path: String
        let blobs: BlobStore

        var folder: String { "\(path)/work" }

        static func with<Value>(
            _ script: String, _ body: (Work) async throws -> Value
        ) async throws -> Value {
            try await withTemporaryFolder { path in
                let work = Work(path: path, blobs: BlobStore(path: "\(path)/blobs"))
                try Files.makeFolders(work.folder)
                try Files.makeFolders("\(path)/blobs/tmp")
                try Files.writeFile("\(path)/outside", "secret".utf8)
                try await work.shell(script)
                return try await body(work)
            }
        }

        @discardableResult
        func shell(_ script: String) async throws -> String {
            let result = try await Program.run(
                "/bin/bash", ["-c", "set -e\n\(script)"], folder: folder)
            guard result.code == 0 else {
                throw StorageError.archive(path: script, why: result.error)
            }
            return result.output
        }

        func collect(_ path: String) throws -> (record: ArtifactRecord?, problem: String?) {
            let (artifacts, problems) = try ArtifactCollector(blobs: blobs).collect(
                [ProducedArtifact(name: "a", path: path)], from: folder)
            return (artifacts["a"], problems["a"])
        }
    }

    static let refused: [(String, String, String, String)] = [
        ("missing", "true", "x", "is missing"),
        ("below a file", "touch x", "x/y", "Not a directory"),
        ("a relative link out", "ln -s ../outside x", "x", "out of the working folder"),
        ("an absolute link out", "ln -s $PWD/../outside x", "x", "out of the working folder"),
        ("an absolute link in", "touch y; ln -s $PWD/y x", "x", "out of the working folder"),
        ("a link to a link out", "ln -s ../outside y; ln -s y x", "x", "out of the working folder"),
        ("a folder that is a link out", "ln -s .. x", "x/outside", "out of the working folder"),
        ("a link to itself", "ln -s x x", "x", "out of the working folder"),
        ("a dangling link", "ln -s y x", "x", "is missing"),
        ("a link into proc", "ln -s /proc/self/environ x", "x", "out of the working folder"),
        ("a path with ..", "true", "../outside", "'..'"),
        ("a path with .. inside", "mkdir x", "x/../../outside", "'..'"),
        ("the working folder's own ..", "true", "/slipway/work/../x", "'..'"),
        ("an absolute path elsewhere", "true", "/etc/passwd", "is missing"),
        ("a fifo", "mkfifo x", "x", "neither a file nor a folder"),
        ("a device", "mknod x c 1 3", "x", "neither a file nor a folder"),
        (
            "a socket", "perl -MSocket -e 'socket(S,1,1,0); bind(S,sockaddr_un(\"x\"))'", "x",
            "neither a file nor a folder"
        ),
        ("a folder with a fifo", "mkdir x; mkfifo x/y", "x", "neither a file"),
        ("a folder with a device", "mkdir x; mknod x/y c 1 3", "x", "neither a file"),
        (
            "a folder with an absolute link", "mkdir x; ln -s /etc/passwd x/y", "x",
            "out of the working folder"
        ),
        (
            "a folder with a link out", "mkdir x; ln -s ../../y x/y", "x",
            "out of the working folder"
        ),
        (
            "a folder with a deep link out", "mkdir -p x/y; ln -s ../../../z x/y/z", "x",
            "out of the working folder"
        ),
        (
            "a link out in a folder behind a link, counted from where it lies",
            "mkdir -p x a/b/c; ln -s ../../y x/z; ln -s ../../../x a/b/c/l", "a/b/c/l",
            "out of the working folder"
        ),
        ("a huge file", "truncate -s 17G x", "x", "larger than"),
        ("a huge file in a folder", "mkdir x; truncate -s 17G x/y", "x", "larger than"),
    ]

    @Test("what cannot be taken is told by its reason, and nothing of it stays", arguments: refused)
    func refuses(fact: String, script: String, path: String, why: String) async throws {
        try await Work.with(script) { work in
            let (record, problem) = try work.collect(path)
            #expect(record == nil)
            #expect(problem?.contains(why) == true, "\(problem ?? "no problem")")
            let left = try await work.shell("find ../blobs -type f | wc -l")
            #expect(left == "0\n")
        }
    }

    static let taken: [(String, String, String, String)] = [
        ("a file", "printf x >x", "x", "x"),
        ("a file by its path in the container", "printf x >x", "/slipway/work/x", "x"),
        ("a file through a link inside", "printf x >y; ln -s y x", "x", "x"),
        ("a file through a link up and down", "mkdir d; printf x >y; ln -s ../y d/x", "d/x", "x"),
        ("an empty file", ": >x", "x", ""),
        ("a name with blanks and quotes", "printf x >\"a 'b' c\"", "a 'b' c", "x"),
    ]

    @Test("files that are taken", arguments: taken)
    func takes(fact: String, script: String, path: String, content: String) async throws {
        try await Work.with(script) { work in
            let (record, problem) = try work.collect(path)
            #expect(problem == nil)
            let found = try #require(record)
            #expect(found.kind == .file)
            #expect(found.size == content.utf8.count)
            #expect(found.digest == Digest(of: content.utf8))
        }
    }

    private static let tree = """
        mkdir -p out/sub out/empty; cd out
        printf run >tool; chmod 755 tool; seq 1000 >numbers; : >nothing
        ln -s tool link; ln -s ../numbers sub/up; ln numbers sub/hard
        printf l >"$(printf 'latin-\\351')"; printf n >"$(printf 'new\\nline')"
        printf e >"$(printf 'esc\\033]0;')"
        truncate -s 3M hole; printf end >>hole
        """

    @Test("a folder laid out again is the same, by the collector, the store and by hand")
    func roundTrip() async throws {
        try await Work.with(Self.tree) { work in
            let record = try #require(try work.collect("out").record)
            #expect(record.kind == .folder)
            let trees = TreeStore(blobs: work.blobs, path: work.path)
            let tree = try await trees.tree(record)
            try ArtifactContent.write(record, from: work.blobs, to: "\(work.path)/copy")
            let list =
                "find . -mindepth 1 -printf '%P|%y|%l|%m\\n' | sed 's/|600$/|644/' "
                + "| LC_ALL=C sort; find . -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum"
            let original = try await work.shell("cd out; \(list)")
            #expect(try await work.shell("cd \(tree); \(list)") == original)
            #expect(try await work.shell("cd ../copy; \(list)") == original)
        }
    }

    @Test("the digest follows from content alone")
    func deterministic() async throws {
        try await Work.with(Self.tree) { work in
            let first = try #require(try work.collect("out").record)
            try await work.shell(
                "find out -exec touch -hd 2001-01-01 {} +; chown -hR 1:1 out; chmod 600 out/numbers"
            )
            #expect(try work.collect("out").record == first)
            try await work.shell("cp -a out again")
            #expect(try work.collect("again").record == first)
            try await work.shell("chmod +x again/numbers")
            #expect(try work.collect("again").record != first)
        }
    }

    @Test("the execute bit of a file is kept")
    func executable() async throws {
        try await Work.with("printf run >x; chmod 755 x; printf run >y") { work in
            let trees = TreeStore(blobs: work.blobs, path: work.path)
            for (name, mode) in [("x", 0o755), ("y", 0o644)] {
                let record = try #require(try work.collect(name).record)
                #expect(record.isExecutable == (name == "x"))
                let path = try await trees.tree(record)
                #expect(try Files.status(path)?.mode == UInt32(mode))
            }
        }
    }

    @Test("an empty folder, and the whole working folder")
    func emptyAndWhole() async throws {
        try await Work.with("mkdir -p x/y") { work in
            for (path, name) in [("x/y", "none"), ("/slipway/work", "x")] {
                let record = try #require(try work.collect(path).record)
                let target = "\(work.path)/copy-\(name)"
                try ArtifactContent.write(record, from: work.blobs, to: target)
                #expect(try Files.list(target) == (name == "none" ? [] : [name]))
            }
        }
    }

    @Test("ten thousand files")
    func many() async throws {
        try await Work.with("mkdir x; cd x; touch {1..10000}") { work in
            let record = try #require(try work.collect("x").record)
            try ArtifactContent.write(record, from: work.blobs, to: "\(work.path)/copy")
            #expect(try Files.list("\(work.path)/copy").count == 10_000)
        }
    }

    @Test("a file that turns into a link while it is taken leads nowhere")
    func race() async throws {
        try await Work.with("mkdir x; printf inside >x/y; printf inside >z") { work in
            // Two programs swap the names for links out as fast as they can.
            let swap = """
                while :; do
                ln -sfn ../../outside l; mv -fT l x/y; printf inside >i; mv -fT i x/y
                ln -sfn ../outside l; mv -fT l z; printf inside >i; mv -fT i z
                done
                """
            let swapper = try Program("/bin/sh", ["-c", swap], folder: work.folder)
            let secret = Digest(of: "secret".utf8)
            let outcome = Result {
                for _ in 0..<100 {
                    let record = try work.collect("z").record
                    #expect(record?.digest != secret)
                    if let folder = try work.collect("x").record {
                        let tar = try work.blobs.read(folder.digest, limit: 1 << 20)
                        #expect(!String(decoding: tar, as: UTF8.self).contains("secret"))
                    }
                }
            }
            // The shell leads a group: the program that it runs just now must end as well, since
            // it would go on making names.
            kill(-swapper.pid, SIGKILL)
            _ = try await swapper.wait()
            let isGone = try await eventually { kill(-swapper.pid, 0) < 0 ? true : nil }
            #expect(isGone == true)
            try outcome.get()
            #expect(!work.blobs.contains(secret))
        }
    }

    @Test("a damaged blob is refused by its digest and leaves nothing", arguments: [true, false])
    func damaged(asFolder: Bool) async throws {
        try await Work.with("mkdir x; printf content >x/y") { work in
            let record = try #require(try work.collect(asFolder ? "x" : "x/y").record)
            try Files.makeFolders("\(work.path)/trees")
            let blob = work.blobs.path(of: record.digest)
            var bytes = try Files.readFile(blob, limit: 1 << 20)
            bytes[asFolder ? 512 : 0] ^= 1
            try Files.writeFile(blob, bytes)
            let trees = TreeStore(blobs: work.blobs, path: "\(work.path)/trees")
            let error = try await #require(throws: StorageError.self) {
                try await trees.tree(record)
            }
            #expect(error.description.contains("expected \(record.digest)"))
            #expect(try Files.list("\(work.path)/trees") == [])
        }
    }

    @Test("one tree for all who ask at once; what stands there already is kept")
    func together() async throws {
        try await Work.with(Self.tree) { work in
            let record = try #require(try work.collect("out").record)
            let path = "\(work.path)/trees"
            try Files.makeFolders(path)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<4 {
                    let trees = TreeStore(blobs: work.blobs, path: path)
                    for _ in 0..<4 { group.addTask { _ = try await trees.tree(record) } }
                }
                try await group.waitForAll()
            }
            #expect(try Files.list(path) == [record.digest.hex])
            #expect(throws: StorageError.self) {
                try ArtifactContent.write(
                    record, from: work.blobs, to: "\(path)/\(record.digest.hex)")
            }
        }
    }

    @Test("a full disk is told as such, and leaves nothing")
    func diskFull() async throws {
        try await Work.with("mkdir x; head -c 2000000 /dev/urandom >x/y") { work in
            let record = try #require(try work.collect("x").record)
            try await withSmallDisk(at: "\(work.path)/disk") { disk in
                let trees = TreeStore(blobs: work.blobs, path: disk)
                let laying = try await #require(throws: StorageError.self) {
                    try await trees.tree(record)
                }
                let store = BlobStore(path: "\(disk)/blobs")
                let taking = try #require(throws: StorageError.self) {
                    try ArtifactCollector(blobs: store).collect(
                        [ProducedArtifact(name: "a", path: "x")], from: work.folder)
                }
                for error in [laying, taking] {
                    guard case .diskFull = error else {
                        Issue.record("expected a full disk: \(error)")
                        return
                    }
                }
                #expect(try await work.shell("find \(disk) -type f") == "")
            }
        }
    }
}
