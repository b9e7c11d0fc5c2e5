import OCI
import Storage
import TestSupport
import Testing

/// An archive, and what a shell must say of the folder that it was unpacked into.
struct LayerFact: Sendable, CustomStringConvertible {
    let archive: TarCase
    let script: String
    let expected: String

    init(
        _ fact: String, _ script: String, says expected: String,
        _ build: @escaping @Sendable (inout RawTar) -> Void
    ) {
        archive = TarCase(fact, build)
        self.script = script
        self.expected = expected
    }

    var description: String { archive.description }
}

struct LayerTests {
    private static let attributes =
        "tar --xattrs --xattrs-include='*' -cf - x | tr '\\0' '\\n' "
        + "| grep -ao 'SCHILY.xattr.*' | sort"
    private static let longName = String(repeating: "n", count: 255)
    private static let longPath =
        (0..<200).map { "folder-\($0)" }.joined(separator: "/") + "/file"

    static let facts = [
        LayerFact("a whiteout hides", "stat -c '%F %t,%T' x", says: "character special file 0,0") {
            $0.file(".wh.x")
        },
        LayerFact("a whiteout spares its own layer", "cat x; ls -A", says: "new\nx") {
            $0.file("x", "new\n")
            $0.file(".wh.x")
        },
        LayerFact("a whiteout gives way to what comes later", "cat x", says: "new") {
            $0.file(".wh.x")
            $0.file("x", "new")
        },
        LayerFact(
            "an opaque folder is marked", attributes, says: "SCHILY.xattr.trusted.overlay.opaque=y"
        ) {
            $0.folder("x")
            $0.file("x/.wh..wh..opq")
        },
        LayerFact(
            "a folder over its own whiteout is opaque", attributes,
            says: "SCHILY.xattr.trusted.overlay.opaque=y"
        ) {
            $0.file(".wh.x")
            $0.folder("x")
        },
        LayerFact("marks of older tools are dropped", "ls -A", says: "") {
            $0.file(".wh..wh.aufs")
            $0.file(".wh..wh.plnk")
        },
        LayerFact("a hard link to a file before it", "stat -c %h x; cat y", says: "2\nbody") {
            $0.file("x", "body")
            $0.hardLink("y", to: "x")
        },
        LayerFact("a hard link by an absolute path", "cat b/y; stat -c %h a/x", says: "body2") {
            $0.file("a/x", "body")
            $0.hardLink("b/y", to: "/a/x")
        },
        LayerFact("a hard link to a link is a link", "readlink y", says: "/etc/shadow") {
            $0.link("x", to: "/etc/shadow")
            $0.hardLink("y", to: "x")
        },
        LayerFact("a hard link to itself", "cat x", says: "body") {
            $0.file("x", "body")
            $0.hardLink("./x", to: "x")
        },
        LayerFact(
            "names that only Unicode takes for the same", "ls | wc -l; cat f\u{e9}/x fe\u{301}/x",
            says: "2\nonetwo"
        ) {
            $0.file("f\u{e9}/x", "one")
            $0.file("fe\u{301}/x", "two")
        },
        LayerFact(
            "a hard link between names that only Unicode takes for the same",
            "cat fe\u{301}", says: "one"
        ) {
            $0.file("f\u{e9}", "one")
            $0.hardLink("fe\u{301}", to: "f\u{e9}")
        },
        LayerFact("a name that is not UTF-8", "ls | od -An -tx1", says: " 61 ff 62 0a") {
            $0.add([0x61, 0xff, 0x62])
        },
        LayerFact(
            "a link target that is not UTF-8", "readlink x | od -An -tx1", says: " fe ff 0a"
        ) {
            $0.add("x".utf8, type: "2", link: [0xfe, 0xff])
        },
        LayerFact("names of 255 bytes", "ls | tr -d '\\n' | wc -c", says: "255") {
            $0.long(longName)
            $0.file("short")
        },
        LayerFact("deep paths", "cat \(longPath)", says: "deep") {
            $0.extended([("path", longPath)])
            $0.file("short", "deep")
        },
        LayerFact("a long link target", "readlink x | tr -d '\\n' | wc -c", says: "3000") {
            $0.long(String(repeating: "t", count: 3000), type: "K")
            $0.link("x", to: "short")
        },
        LayerFact("setuid, setgid and sticky bits", "stat -c %a u g t", says: "4755\n2755\n1777") {
            $0.add("u", mode: 0o4755, owner: 7)
            $0.add("g", mode: 0o2755, group: 7)
            $0.add("t", type: "5", mode: 0o1777)
        },
        LayerFact("owners by number", "stat -c %u:%g x y", says: "1000:2000\n70000:3000000") {
            $0.add("x", owner: 1000, group: 2000)
            $0.extended([("uid", "70000"), ("gid", "3000000")])
            $0.add("y")
        },
        LayerFact("an owner in base 256", "stat -c %u x", says: "4000000000") {
            $0.add("x") { RawTar.binary(4_000_000_000, in: &$0, at: 108, width: 8) }
        },
        LayerFact("owners of links", "stat -c %u:%g x", says: "5:6") {
            $0.add("x", type: "2", owner: 5, group: 6, link: "nowhere")
        },
        LayerFact("a time before 1970", "stat -c %Y x y", says: "-5\n-86400") {
            $0.add("x") { RawTar.binary(-5, in: &$0, at: 136, width: 12) }
            $0.extended([("mtime", "-86400.0")])
            $0.add("y")
        },
        LayerFact("times of folders with content", "stat -c %Y d", says: "1000") {
            $0.add("d", type: "5", mode: 0o755, modified: 1000)
            $0.file("d/x")
        },
        LayerFact(
            "attributes", attributes,
            says: "SCHILY.xattr.security.capability=\u{1}\nSCHILY.xattr.user.note=kept"
        ) {
            let capability: [UInt8] = [1, 0, 0, 2, 0, 4] + [UInt8](repeating: 0, count: 14)
            $0.extended([
                ("SCHILY.xattr.user.note", Array("kept".utf8)),
                ("SCHILY.xattr.security.capability", capability),
                ("SCHILY.xattr.trusted.overlay.redirect", Array("/etc".utf8)),
                ("SCHILY.xattr.system.posix_acl_access", [1]),
            ])
            $0.file("x")
        },
        LayerFact(
            "what would speak to overlayfs itself is dropped", attributes,
            says: "SCHILY.xattr.user.note=kept"
        ) {
            let marks = ["opaque", "metacopy", "redirect", "origin", "whiteout", "protattr"]
            $0.extended([("SCHILY.xattr.trusted.overlay.opaque", "y")], type: "g")
            $0.extended(
                marks.flatMap { mark in
                    ["trusted.overlay", "user.overlay", "trusted.overlay.overlay"].map {
                        ("SCHILY.xattr.\($0).\(mark)", "/../../etc")
                    }
                } + [("SCHILY.xattr.user.note", "kept")])
            $0.file("x")
        },
        LayerFact("a fifo", "stat -c %F x", says: "fifo") { $0.add("x", type: "6") },
        LayerFact("devices in dev are left to the runtime", "ls -A dev", says: "") {
            $0.folder("dev")
            $0.add("dev/null", type: "3")
            $0.add("dev/sda", type: "4")
        },
        LayerFact("a file, then a folder", "stat -c %F x; ls x", says: "directory\ny") {
            $0.file("x", "old")
            $0.folder("x")
            $0.file("x/y")
        },
        LayerFact("a folder, then a file", "cat x", says: "new") {
            $0.folder("x")
            $0.file("x/y")
            $0.file("x", "new")
        },
        LayerFact("a link, then a folder", "stat -c %F x; ls -A y", says: "directory") {
            $0.folder("y")
            $0.link("x", to: "y")
            $0.folder("x")
            $0.file("x/z")
        },
        LayerFact("a file twice", "cat x", says: "second") {
            $0.file("x", "first")
            $0.file("x", "second")
        },
        LayerFact("a file through a link inside", "cat usr/lib/x", says: "body") {
            $0.folder("usr/lib")
            $0.link("lib", to: "usr/lib")
            $0.file("lib/x", "body")
        },
        LayerFact("what follows the end is not there", "ls -A", says: "x") {
            $0.file("x")
            $0.append([UInt8](repeating: 0, count: 1024))
            $0.file("y")
        },
        LayerFact("a file without an end's marks", "cat x", says: "body") { $0.file("x", "body") },
        LayerFact("paths with dots and doubled slashes", "cat a/b/x", says: "body") {
            $0.file("././a//b/./x", "body")
        },
        LayerFact("a folder from before POSIX", "stat -c %F x", says: "directory") {
            $0.add("x/", type: "\0")
        },
        LayerFact("the root's own mode", "stat -c %a .", says: "700") {
            $0.add("./", type: "5", mode: 0o700)
        },
        LayerFact("an empty archive", "ls -A", says: "") { _ in },
    ]

    @Test("what a layer says is what lies there", arguments: facts, [333, 1 << 20])
    func holds(fact: LayerFact, pieceSize: Int) async throws {
        try await withTemporaryFolder { path in
            try Files.makeFolders("\(path)/root")
            var unpacker = try Unpacker(into: "\(path)/root", style: .layer)
            try unpacker.unpack(pieces(of: fact.archive.archive, size: pieceSize))
            let result = try await Program.run(
                "/bin/sh", ["-c", fact.script], folder: "\(path)/root")
            #expect(result.error == "")
            #expect(result.output == fact.expected || result.output == "\(fact.expected)\n")
        }
    }

    @Test("an archive without any byte is empty")
    func nothing() async throws {
        try await withTemporaryFolder { path in
            var unpacker = try Unpacker(into: path, style: .layer)
            try unpacker.unpack(pieces(of: []))
            #expect(try Files.list(path).isEmpty)
        }
    }

    static let refused: [(TarCase, String)] = [
        (TarCase("a hard link to what is not there") { $0.hardLink("x", to: "y") }, "not a file"),
        (
            TarCase("a hard link to a file that comes later") {
                $0.hardLink("x", to: "y")
                $0.file("y")
            }, "not a file"
        ),
        (
            TarCase("a hard link over the folder that holds its target") {
                $0.file("x/y")
                $0.hardLink("x", to: "x/y")
            }, "not a file"
        ),
        (
            TarCase("a hard link to a folder") {
                $0.folder("x")
                $0.hardLink("y", to: "x")
            }, "not a file"
        ),
        (TarCase("a hard link to the root") { $0.hardLink("x", to: "/") }, "the root"),
        (TarCase("a device") { $0.add("x", type: "3") }, "a device"),
        (TarCase("a disk") { $0.add("etc/x", type: "4") }, "a device"),
        (TarCase("a kind that no one knows") { $0.add("x", type: "D") }, "unknown type"),
        (TarCase("a whiteout of nothing") { $0.file(".wh.") }, "whiteout without a name"),
        (
            TarCase("a name of 256 bytes") {
                $0.long(String(repeating: "n", count: 256))
                $0.file("x")
            }, "longer than 255"
        ),
        (
            TarCase("a path of 5,000 bytes") {
                $0.long(String(repeating: "n/", count: 2500))
                $0.file("x")
            }, "longer than 4096"
        ),
        (
            TarCase("a path of 257 folders") {
                $0.long(String(repeating: "n/", count: 257))
                $0.file("x")
            }, "deeper than 256"
        ),
        (
            TarCase("a file through a file") {
                $0.file("x")
                $0.file("x/y")
            }, "or a file"
        ),
        (
            TarCase("a file through a dangling link") {
                $0.link("x", to: "nowhere")
                $0.file("x/y")
            }, "through a link"
        ),
        (
            TarCase("a file through a link to itself") {
                $0.link("x", to: "x")
                $0.file("x/y")
            }, "through a link"
        ),
        (TarCase("a link without a target") { $0.link("x", to: "") }, "valid target"),
        (
            TarCase("a link's target of 5,000 bytes") {
                $0.long(String(repeating: "t", count: 5000), type: "K")
                $0.link("x", to: "")
            }, "valid target"
        ),
        (
            TarCase("an attribute of 100 KiB") {
                $0.extended([("SCHILY.xattr.user.a", [UInt8](repeating: 0x61, count: 100 << 10))])
                $0.file("x")
            }, "larger than 64 KiB"
        ),
        (
            TarCase("attributes that no disk takes") {
                $0.extended([("SCHILY.xattr.user.a", [UInt8](repeating: 0x61, count: 60 << 10))])
                $0.file("x")
            }, "are too large"
        ),
        (
            TarCase("a file beyond the limit") {
                $0.add("x") { RawTar.binary(65 << 30, in: &$0, at: 124, width: 12) }
            }, "larger than"
        ),
    ]

    @Test("what no layer may hold is refused by name", arguments: refused)
    func refuses(archive: TarCase, why: String) async throws {
        try await withTemporaryFolder { path in
            let error = try #require(throws: (any Error).self) {
                var unpacker = try Unpacker(into: path, style: .layer)
                try unpacker.unpack(pieces(of: archive.archive))
            }
            #expect("\(error)".contains(why), "\(error)")
        }
    }

    @Test("a tree holds files, folders and links alone", arguments: ["3", "4", "6"])
    func tree(type: String) async throws {
        try await withTemporaryFolder { path in
            var tar = RawTar()
            tar.add("dev/x", type: Character(type))
            #expect(throws: TarError.self) {
                var unpacker = try Unpacker(into: path, style: .tree)
                try unpacker.unpack(pieces(of: tar.finished))
            }
        }
    }

    @Test("folders that no member names count as well")
    func impliedFolders() async throws {
        try await withTemporaryFolder { path in
            var limits = Unpacker.Limits()
            limits.names = 10
            var tar = RawTar()
            tar.file("1/2/3/4/5/6/7/8/9/10")
            tar.file("x")
            let archive = tar.finished
            #expect(throws: TarError.limit("entries", 10)) {
                var unpacker = try Unpacker(into: path, style: .layer, limits: limits)
                try unpacker.unpack(pieces(of: archive))
            }
        }
    }

    @Test("all files together have a limit")
    func total() async throws {
        try await withTemporaryFolder { path in
            var limits = Unpacker.Limits()
            limits.bytes = 1000
            var tar = RawTar()
            tar.file("x", String(repeating: "x", count: 600))
            tar.file("y", String(repeating: "y", count: 401))
            let archive = tar.finished
            #expect(throws: StorageError.self) {
                var unpacker = try Unpacker(into: path, style: .layer, limits: limits)
                try unpacker.unpack(pieces(of: archive))
            }
        }
    }

    @Test("a full disk is told as such")
    func diskFull() async throws {
        try await withTemporaryFolder { path in
            var tar = RawTar()
            tar.add("x", body: String(repeating: "x", count: 2 << 20))
            let archive = tar.finished
            try await withSmallDisk(at: "\(path)/disk") { disk in
                let error = try #require(throws: StorageError.self) {
                    var unpacker = try Unpacker(into: disk, style: .layer)
                    try unpacker.unpack(pieces(of: archive, size: 1 << 16))
                }
                guard case .diskFull = error else {
                    Issue.record("expected a full disk: \(error)")
                    return
                }
            }
        }
    }
}
