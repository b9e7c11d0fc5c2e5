import OCI
import Storage
import TestSupport
import Testing

/// What other tools pack comes back as it was, compared file by file.
struct RealTarTests {
    /// A folder with most of what a file system can hold.
    private static let tree = """
        set -e
        mkdir -p tree/a/b tree/empty "tree/blank name" tree/bin
        cd tree
        seq 20000 >a/large; printf x >a/b/one; : >nothing
        ln a/large hard; ln a/b/one a/b/two
        ln -s a/large soft; ln -s /etc/passwd absolute; ln -s ../.. up; ln soft softer
        mkfifo fifo
        printf run >bin/tool; chmod 4755 bin/tool; chmod 1777 empty; chmod 0 nothing
        printf l >"$(printf 'latin-\\351')"; printf u >"$(printf 'utf-\\303\\251')"
        printf d >"$(printf 'utf-e\\314\\201')"; printf n >"$(printf 'new\\nline')"
        printf q >"'quoted' \\"name\\" \\\\ back"; printf m >-minus; printf s >"*"
        long=$(printf '%0200d' 7); mkdir -p "$long/$long"; printf deep >"$long/$long/$long"
        ln -s "$long/$long/$long" "link-to-$long"
        chown 1000:2000 a/b; chown -h 3:4 soft; chown 2000000:2000000 a/b/one
        touch -d 1999-12-31T23:59:59 a/b/one; touch -d 1960-01-01 nothing
        touch -h -d 2001-01-01 soft; touch -d 2002-02-02 a
        """

    private static let seen =
        "find . -printf '%P|%y|%m|%U:%G|%l|%n|%T@\\n' | sed 's/[.][0-9]*$//' | LC_ALL=C sort; "
        + "find . -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum"

    private static func seen(_ path: String) async throws -> String {
        try await shell(seen, in: path)
    }

    private static func differences(_ left: String, _ right: String) -> [Substring] {
        Set(left.split(separator: "\n")).symmetricDifference(right.split(separator: "\n")).sorted()
    }

    @discardableResult
    static func shell(_ script: String, in path: String) async throws -> String {
        let result = try await Program.run("/bin/bash", ["-c", script], folder: path)
        guard result.code == 0 else { throw StorageError.archive(path: script, why: result.error) }
        return result.output
    }

    private static func unpack(_ archive: String, into path: String) throws {
        try Files.makeFolders(path)
        let file = try Files.open(archive)
        let inflater = Inflater(LayerCompression(detecting: try file.read(4, at: 0))) {
            try file.read(1 << 20)
        }
        var unpacker = try Unpacker(into: path, style: .layer)
        try unpacker.unpack { try inflater.next() }
    }

    @Test(
        "a folder packed by GNU tar",
        arguments: [
            "--format=gnu", "--format=pax", "--format=gnu --sparse", "--format=gnu -z",
            "--format=pax --sort=name -I zstd", "--format=gnu -b 1", "--format=posix -P",
        ])
    func gnu(options: String) async throws {
        try await withTemporaryFolder { path in
            try await Self.shell(Self.tree, in: path)
            try await Self.shell("tar -C tree \(options) -cf tree.tar .", in: path)
            try Self.unpack("\(path)/tree.tar", into: "\(path)/copy")
            let differences = try await Self.differences(
                Self.seen("\(path)/copy"), Self.seen("\(path)/tree"))
            #expect(differences == [])
        }
    }

    @Test("a folder packed by buildah as an image's layer")
    func buildah() async throws {
        try await withTemporaryFolder { path in
            try await Self.shell(Self.tree, in: path)
            // It leaves a fifo out, takes the root's time for its own, and follows no link.
            try await Self.shell("rm tree/fifo", in: path)
            let store = "--root \(path)/store --runroot \(path)/run --storage-driver vfs"
            try await Self.shell(
                """
                set -e
                name=$(buildah \(store) from scratch)
                buildah \(store) copy -q "$name" tree /
                buildah \(store) commit -q "$name" dir:\(path)/image
                buildah \(store) rm "$name"
                """, in: path)
            let layer = try await Self.shell(
                "file=$(ls -S image | head -1); printf %s \"$file\"", in: path)
            try Self.unpack("\(path)/image/\(layer)", into: "\(path)/copy")
            // It gives all to root, and hard links may come as copies.
            let names =
                "find . -mindepth 1 -printf '%P|%y|%m|%l\\n' | LC_ALL=C sort; "
                + "find . -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum"
            let differences = try await Self.differences(
                Self.shell(names, in: "\(path)/copy"), Self.shell(names, in: "\(path)/tree"))
            #expect(differences == [])
        }
    }

    @Test(
        "sparse files of every format keep content and holes",
        arguments: [
            "--format=gnu", "--format=pax --sparse-version=0.0",
            "--format=pax --sparse-version=0.1",
            "--format=pax --sparse-version=1.0",
        ])
    func sparse(format: String) async throws {
        try await withTemporaryFolder { path in
            try await Self.shell(
                """
                set -e
                mkdir tree; cd tree
                truncate -s 100M hole
                truncate -s 50M end; printf start | dd of=end conv=notrunc status=none
                printf end | dd of=start bs=1 seek=50000000 status=none
                for index in $(seq 0 60); do
                    printf %s "$index" | dd of=many bs=1 seek=$((index * 70000)) status=none
                done
                seq 1000 >plain
                tar --sparse \(format) -cf ../tree.tar .
                """, in: path)
            try Self.unpack("\(path)/tree.tar", into: "\(path)/copy")
            let names = "find . -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum"
            let differences = try await Self.differences(
                Self.shell(names, in: "\(path)/copy"), Self.shell(names, in: "\(path)/tree"))
            #expect(differences == [])
            let blocks = try await Self.shell("du -sk copy | cut -f1", in: path)
            #expect(try #require(Int(blocks.dropLast())) < 2000, "the holes are not filled")
        }
    }

    @Test("whiteouts and opaque folders through a real overlay")
    func overlay() async throws {
        try await withTemporaryFolder { path in
            var lower = RawTar()
            for name in ["gone", "kept", "opaque/old", "again/old", "deep/er/old", "swap/old"] {
                lower.file(name, "lower")
            }
            lower.file("file-to-folder", "lower")
            var upper = RawTar()
            upper.file(".wh.gone")
            upper.folder("opaque")
            upper.file("opaque/new", "upper")
            upper.file("opaque/.wh..wh..opq")
            upper.file(".wh.again")
            upper.file("again/new", "upper")
            upper.file("deep/er/.wh.old")
            upper.file("swap", "upper")
            upper.file("file-to-folder/new", "upper")
            upper.file(".wh.never-there")
            for (name, tar) in [("lower", lower), ("upper", upper)] {
                try Files.makeFolders("\(path)/\(name)")
                var unpacker = try Unpacker(into: "\(path)/\(name)", style: .layer)
                try unpacker.unpack(pieces(of: tar.finished))
            }
            let seen = try await Self.shell(
                """
                mkdir root; unshare -m sh -c '
                mount -t overlay -o lowerdir=upper:lower overlay root
                cd root; find . -mindepth 1 -printf "%P %y\\n" | sort'
                """, in: path)
            #expect(
                seen.split(separator: "\n") == [
                    "again d", "again/new f", "deep d", "deep/er d", "file-to-folder d",
                    "file-to-folder/new f", "kept f", "opaque d", "opaque/new f", "swap f",
                ])
        }
    }
}
