import Glibc
import OCI
import Storage
import TestSupport
import Testing

/// Folders packed into a tar whose digest follows from their content.
struct FolderArchiveTests {
    private static func pack(
        _ path: String, links: FolderArchive.LinkRule = .any,
        archive: FolderArchive = FolderArchive(), into store: BlobStore
    ) throws -> Digest {
        try archive.pack(try Files.open(path, O_RDONLY | O_DIRECTORY), links: links, into: store)
            .digest
    }

    private static func unpack(_ digest: Digest, from store: BlobStore, to path: String) throws {
        try Files.makeFolders(path)
        let file = try store.open(digest)
        var unpacker = try Unpacker(into: path, style: .tree)
        try unpacker.unpack { try file.read(1000) }
    }

    private static let tree = """
        mkdir -p t/a/b t/empty; cd t
        seq 1000 >a/numbers; printf x >a/b/tool; chmod 755 a/b/tool; : >nothing
        ln -s a/numbers link; ln -s nowhere dangling
        printf l >"$(printf 'latin-\\351')"; printf n >"$(printf 'new\\nline')"
        printf c >"$(printf 'f\\303\\251')"; printf d >"$(printf 'fe\\314\\201')"
        mkdir "$(printf 'folder-\\377')"; printf i >"$(printf 'folder-\\377/in')"
        ln -s "$(printf 'to-\\376')" raw-link
        long=$(printf '%0200d' 7); mkdir "$long"; printf deep >"$long/$long"
        """

    private static let names =
        "find . -mindepth 1 -printf '%P|%y|%m|%l\\n' | LC_ALL=C sort; "
        + "find . -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum"

    @Test("a folder comes back with its names, also such as are not text")
    func roundTrip() async throws {
        try await withTemporaryFolder { path in
            let store = BlobStore(path: "\(path)/blobs")
            try await RealTarTests.shell(Self.tree, in: path)
            let digest = try Self.pack("\(path)/t", into: store)
            try Self.unpack(digest, from: store, to: "\(path)/copy")
            let copy = try await RealTarTests.shell(Self.names, in: "\(path)/copy")
            let original = try await RealTarTests.shell(Self.names, in: "\(path)/t")
            #expect(copy == original)
            // Packed again, the copy is the same archive.
            #expect(try Self.pack("\(path)/copy", into: store) == digest)
        }
    }

    @Test("GNU tar reads what we pack")
    func gnu() async throws {
        try await withTemporaryFolder { path in
            let store = BlobStore(path: "\(path)/blobs")
            try await RealTarTests.shell(Self.tree, in: path)
            let digest = try Self.pack("\(path)/t", into: store)
            try await RealTarTests.shell(
                "mkdir copy; tar -C copy -xf \(store.path(of: digest))", in: path)
            let copy = try await RealTarTests.shell(Self.names, in: "\(path)/copy")
            let original = try await RealTarTests.shell(Self.names, in: "\(path)/t")
            #expect(copy == original)
        }
    }

    @Test(
        "what does not count for the digest",
        arguments: [
            "touch -d 2001-01-01 a/numbers a; touch -h -d 2001-01-01 link", "chown -R 7:7 .",
            "chmod 600 a/numbers; chmod 777 a; chmod 4755 a/b/tool",
            "printf new >z; rm z", "cp a/numbers n; mv n a/numbers",
        ])
    func same(change: String) async throws {
        try await withTemporaryFolder { path in
            let store = BlobStore(path: "\(path)/blobs")
            try await RealTarTests.shell(Self.tree, in: path)
            let before = try Self.pack("\(path)/t", into: store)
            try await RealTarTests.shell(change, in: "\(path)/t")
            #expect(try Self.pack("\(path)/t", into: store) == before)
        }
    }

    @Test(
        "what counts for the digest",
        arguments: [
            "chmod +x a/numbers", "mv nothing something", "ln -sfn elsewhere link",
            "printf x >>a/numbers", "rmdir empty", "mkdir empty/more",
        ])
    func different(change: String) async throws {
        try await withTemporaryFolder { path in
            let store = BlobStore(path: "\(path)/blobs")
            try await RealTarTests.shell(Self.tree, in: path)
            let before = try Self.pack("\(path)/t", into: store)
            try await RealTarTests.shell(change, in: "\(path)/t")
            #expect(try Self.pack("\(path)/t", into: store) != before)
        }
    }

    @Test(
        "links that leave the root are refused, others kept",
        arguments: [
            ("ln -s ../x l", 0, false), ("ln -s ../x l", 1, true), ("ln -s ../../x l", 1, false),
            ("ln -s /etc/passwd l", 5, false), ("mkdir d; ln -s ../x d/l", 0, true),
            ("mkdir d; ln -s ../../x d/l", 0, false), ("ln -s d/../../x l", 0, false),
            ("ln -s ./././x l", 0, true), ("ln -s . l", 0, true), ("ln -s .. l", 0, false),
            ("ln -s \"$(printf '/\\314\\201x')\" l", 3, false),
            ("ln -s \"$(printf '../\\314\\201x')\" l", 0, false),
        ])
    func links(script: String, depth: Int, isKept: Bool) async throws {
        try await withTemporaryFolder { path in
            let store = BlobStore(path: "\(path)/blobs")
            try Files.makeFolders("\(path)/t")
            try await RealTarTests.shell(script, in: "\(path)/t")
            if isKept {
                _ = try Self.pack("\(path)/t", links: .within(depth: depth), into: store)
            } else {
                let error = try #require(throws: StorageError.self) {
                    try Self.pack("\(path)/t", links: .within(depth: depth), into: store)
                }
                #expect(error.description.contains("out of the working folder"))
            }
        }
    }

    @Test(
        "what is neither file, folder nor link is refused",
        arguments: [
            "mkfifo x", "mknod x c 1 3", "mknod x b 7 0",
            "perl -MSocket -e 'socket(S,PF_UNIX,SOCK_STREAM,0); bind(S,sockaddr_un(\"x\"))'",
        ])
    func odd(script: String) async throws {
        try await withTemporaryFolder { path in
            let store = BlobStore(path: "\(path)/blobs")
            try Files.makeFolders("\(path)/t")
            try await RealTarTests.shell(script, in: "\(path)/t")
            let error = try #require(throws: StorageError.self) {
                try Self.pack("\(path)/t", into: store)
            }
            #expect(error.description.contains("neither a file, a folder nor a link"))
            #expect(try Files.list("\(path)/blobs/tmp").isEmpty)
        }
    }

    @Test("limits: bytes with holes, and entries")
    func limits() async throws {
        try await withTemporaryFolder { path in
            let store = BlobStore(path: "\(path)/blobs")
            try await RealTarTests.shell("mkdir t; truncate -s 17G t/hole", in: path)
            #expect(throws: StorageError.self) { try Self.pack("\(path)/t", into: store) }
            try await RealTarTests.shell("truncate -s 600 t/hole t/more", in: path)
            #expect(throws: StorageError.self) {
                try Self.pack("\(path)/t", archive: FolderArchive(sizeLimit: 1000), into: store)
            }
            try await RealTarTests.shell("rm t/hole; touch t/{1..11}", in: path)
            #expect(throws: StorageError.self) {
                try Self.pack(
                    "\(path)/t", archive: FolderArchive(entryLimit: 10), into: store)
            }
            #expect(try Files.list("\(path)/blobs/tmp").isEmpty)
        }
    }

    @Test("a folder too deep to be unpacked is not packed")
    func deep() async throws {
        try await withTemporaryFolder { path in
            let store = BlobStore(path: "\(path)/blobs")
            let most = String(repeating: "d/", count: 256)
            try await RealTarTests.shell("mkdir -p t/\(most)", in: path)
            let digest = try Self.pack("\(path)/t", into: store)
            try Self.unpack(digest, from: store, to: "\(path)/copy")
            try await RealTarTests.shell("mkdir t/\(most)/d", in: path)
            #expect(throws: StorageError.self) { try Self.pack("\(path)/t", into: store) }
        }
    }

    @Test("ten thousand files")
    func many() async throws {
        try await withTemporaryFolder { path in
            let store = BlobStore(path: "\(path)/blobs")
            try await RealTarTests.shell(
                "mkdir t; cd t; for n in {0..9}; do mkdir $n; touch $n/{1..1000}; done", in: path)
            let digest = try Self.pack("\(path)/t", into: store)
            try Self.unpack(digest, from: store, to: "\(path)/copy")
            let count = try await RealTarTests.shell("find copy -type f | wc -l", in: path)
            #expect(count == "10000\n")
        }
    }

    @Test("named files: folders lead to them, those that are gone are left out")
    func named() async throws {
        try await withTemporaryFolder { path in
            let store = BlobStore(path: "\(path)/blobs")
            try await RealTarTests.shell(Self.tree, in: path)
            let root = try Files.open("\(path)/t", O_RDONLY | O_DIRECTORY)
            let paths = ["a/b/tool", "fe\u{301}", "f\u{e9}", "gone", "link"]
            let packed = try FolderArchive().pack(root, paths: paths, into: store)
            try Self.unpack(packed.digest, from: store, to: "\(path)/copy")
            let names = try await RealTarTests.shell(
                "find . -mindepth 1 | LC_ALL=C sort", in: "\(path)/copy")
            #expect(
                names.split(separator: "\n").map(\.utf8.count)
                    == ["./a", "./a/b", "./a/b/tool", "./fe\u{301}", "./f\u{e9}", "./link"]
                    .map(\.utf8.count))
        }
    }

    @Test("a named file whose name was no text is not dropped in silence")
    func namedLatin() async throws {
        try await withTemporaryFolder { path in
            let store = BlobStore(path: "\(path)/blobs")
            try await RealTarTests.shell(Self.tree, in: path)
            let root = try Files.open("\(path)/t", O_RDONLY | O_DIRECTORY)
            let error = try #require(throws: StorageError.self) {
                try FolderArchive().pack(root, paths: ["latin-\u{fffd}"], into: store)
            }
            #expect(error.description.contains("not valid UTF-8"))
        }
    }

    @Test("altered archives are refused or unpacked, and stay in their folder", arguments: 0..<6)
    func fuzz(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        let archives = EscapeTests.attempts.map(\.archive) + LayerTests.facts.map(\.archive.archive)
        try await withTemporaryFolder { path in
            try Files.makeFolders("\(path)/outside")
            try Files.writeFile("\(path)/outside/canary", "alive".utf8)
            let before = try await Snapshot(of: path, without: "root")
            for archive in archives where archive.count < 20_000 {
                var bytes = archive
                // Headers with right sums, so that what they say is believed.
                for start in stride(from: 0, to: bytes.count - 1024, by: 512)
                where bytes[start + 257] == UInt8(ascii: "u") && Bool.random(using: &random) {
                    var block = Array(bytes[start..<start + 512])
                    let place =
                        [0, 1, 2, 3, 101, 124, 135, 156, 156, 157, 158, 345]
                        .randomElement(using: &random) ?? 0
                    block[place] =
                        Array("0123456789./.wh.xgLKS\0").map { $0.asciiValue ?? 0 }
                        .randomElement(using: &random) ?? 0
                    RawTar.seal(&block)
                    bytes.replaceSubrange(start..<start + 512, with: block)
                }
                try Files.removeTree("\(path)/root")
                try Files.makeFolders("\(path)/root")
                do {
                    var unpacker = try Unpacker(into: "\(path)/root", style: .layer)
                    try unpacker.unpack(pieces(of: bytes))
                } catch is TarError {
                    // Refused: the other right answer.
                } catch is StorageError {
                    // Refused by the kernel.
                }
            }
            #expect(try await Snapshot(of: path, without: "root") == before)
        }
    }
}
