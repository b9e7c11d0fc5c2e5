import OCI
import Storage
import TestSupport
import Testing

/// Archives that try to reach beyond the folder they are unpacked into.
struct EscapeTests {
    /// Every attempt; whether it is refused or harmless, what lies outside stays as it was.
    static let attempts = [
        TarCase("a path with ..") { $0.file("../escaped", "x") },
        TarCase("a path with .. in the middle") { $0.file("a/../../escaped", "x") },
        TarCase("an absolute path") { $0.file("/escaped", "x") },
        TarCase("a file through a relative link out") {
            $0.link("way", to: "../outside")
            $0.file("way/escaped", "x")
        },
        TarCase("a file through an absolute link") {
            $0.link("way", to: "/proc/self/cwd/outside")
            $0.file("way/escaped", "x")
        },
        TarCase("a folder through a link out") {
            $0.link("way", to: "../outside")
            $0.folder("way/escaped")
        },
        TarCase("a link through a link out") {
            $0.link("way", to: "../outside")
            $0.link("way/escaped", to: "x")
        },
        TarCase("a fifo through a link out") {
            $0.link("way", to: "../outside")
            $0.add("way/escaped", type: "6")
        },
        TarCase("a whiteout through a link out") {
            $0.link("way", to: "../outside")
            $0.file("way/.wh.canary")
            $0.file("way/.wh..wh..opq")
        },
        TarCase("a hard link to a file outside through a link") {
            $0.link("way", to: "../outside")
            $0.hardLink("copy", to: "way/canary")
            $0.file("copy", "overwritten")
        },
        TarCase("a hard link to ..") { $0.hardLink("copy", to: "../outside/canary") },
        TarCase("a file over a link out") {
            $0.link("canary", to: "../outside/canary")
            $0.file("canary", "overwritten")
        },
        TarCase("a file over a hard link to a link out") {
            $0.link("link", to: "../outside/canary")
            $0.hardLink("canary", to: "link")
            $0.file("canary", "overwritten")
        },
        TarCase("a folder that becomes a link out keeps its mode to itself") {
            $0.folder("canary", mode: 0o777)
            $0.link("canary", to: "../outside/canary")
        },
        TarCase("a folder whose parent becomes a link out") {
            $0.folder("a", mode: 0o777)
            $0.folder("a/canary", mode: 0o777)
            $0.link("a", to: "../outside")
        },
        TarCase("a folder behind a slash that a mark joins") { $0.folder("../\u{301}escaped") },
        TarCase("a link behind a slash that a mark joins") {
            $0.link("../\u{301}escaped", to: "x")
        },
        TarCase("a folder through a link and a slash that a mark joins") {
            $0.link("way", to: "../outside")
            $0.folder("way/\u{301}escaped")
        },
        TarCase("a whiteout of ..") { $0.file(".wh...") },
        TarCase("a whiteout of .") { $0.file(".wh..") },
        TarCase("a whiteout with a hidden slash") { $0.file(".wh.../\u{301}escaped") },
        TarCase("a name with a zero") {
            $0.extended([("path", "a\u{0}/../../escaped")]); $0.file("x")
        },
        TarCase("a long name with ..") {
            $0.long("../escaped"); $0.file("x", "x")
        },
        TarCase("an extended name with ..") {
            $0.extended([("path", "../escaped")]); $0.file("x", "x")
        },
        TarCase("an extended name for all members") {
            $0.extended([("path", "../escaped")], type: "g"); $0.file("x", "x")
        },
        TarCase("a hard link by an extended name") {
            $0.extended([("linkpath", "../outside/canary")])
            $0.hardLink("copy", to: "x")
            $0.file("copy", "overwritten")
        },
        TarCase("a hard link by a long name") {
            $0.long("../outside/canary", type: "K")
            $0.hardLink("copy", to: "x")
            $0.file("copy", "overwritten")
        },
        TarCase("a sparse file by its own name") {
            $0.extended([
                ("GNU.sparse.size", "10"), ("GNU.sparse.map", "0,1"),
                ("GNU.sparse.name", "../escaped"),
            ])
            $0.file("x", "x")
        },
        TarCase("a sparse file over a link out") {
            $0.link("canary", to: "../outside/canary")
            $0.extended([("GNU.sparse.size", "10"), ("GNU.sparse.map", "0,1")])
            $0.file("canary", "x")
        },
        TarCase("an attribute through a link out") {
            $0.extended([("SCHILY.xattr.user.note", "x")])
            $0.link("canary", to: "../outside/canary")
            $0.extended([("SCHILY.xattr.user.note", "x")])
            $0.hardLink("other", to: "canary")
        },
        TarCase("the root itself as a link") {
            $0.link("./", to: "../outside")
            $0.file("escaped", "x")
        },
        TarCase("a whiteout of the folder above its own") {
            $0.folder("a/b")
            $0.file("a/b/.wh....")
            $0.file("a/b/.wh...wh...")
        },
        TarCase("an extended link target") {
            $0.extended([("linkpath", "../outside")])
            $0.link("way", to: "x")
            $0.file("way/escaped", "x")
        },
    ]

    @Test("nothing outside the folder changes", arguments: attempts, [true, false])
    func escapes(attempt: TarCase, asLayer: Bool) async throws {
        try await withTemporaryFolder { path in
            for folder in ["root", "outside"] { try Files.makeFolders("\(path)/\(folder)") }
            try Files.writeFile("\(path)/outside/canary", "alive".utf8, mode: 0o600)
            let before = try await Snapshot(of: path, without: "root")
            do {
                var unpacker = try Unpacker(
                    into: "\(path)/root", style: asLayer ? .layer : .tree)
                try unpacker.unpack(pieces(of: attempt.archive))
            } catch is TarError {
                // Refused: what most of them deserve.
            } catch is StorageError {
                // Refused by the kernel.
            }
            #expect(try await Snapshot(of: path, without: "root") == before)
        }
    }
}
