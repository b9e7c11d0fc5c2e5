import Domain
import Glibc
import OCI
import Registry
import Storage
import TestSupport
import Testing

/// Images that are damaged, or that point where they must not.
struct HostileImageTests {
    struct Hostile: Sendable, CustomStringConvertible {
        let description: String
        let why: String
        let build: @Sendable (Layout) async throws -> Void

        init(
            _ fact: String, says why: String,
            _ build: @escaping @Sendable (Layout) async throws -> Void
        ) {
            description = fact
            self.why = why
            self.build = build
        }
    }

    /// An honest image whose parts may be changed before they are put together.
    private static func image(
        _ layout: Layout, layer: [UInt8] = Layout.layer("x"), layerType: String = MediaType.layer,
        diffID: OCI.Digest? = nil, layerSize: Int? = nil, configurationSize: Int? = nil,
        manifestSize: Int? = nil, architecture: String = Platform.current.architecture
    ) throws {
        let configuration = layout.configuration(
            [diffID ?? Digest(of: layer)], architecture: architecture)
        let manifest = layout.manifest(
            try layout.blob(
                configuration, type: MediaType.configuration, size: configurationSize),
            [try layout.blob(layer, type: layerType, size: layerSize)])
        try layout.write(index: [
            try layout.blob(manifest, type: MediaType.manifest, size: manifestSize)
        ])
    }

    private static func gzip(_ bytes: [UInt8]) async throws -> [UInt8] {
        try await withTemporaryFolder { path in
            try Files.writeFile("\(path)/x", bytes)
            _ = try await Program.run("/bin/gzip", ["-n", "x"], folder: path)
            return try Files.readFile("\(path)/x.gz", limit: 1 << 20)
        }
    }

    private static func replace(_ path: String, byLinkTo target: String) throws {
        try Files.remove(path)
        try Files.link(target, at: path)
    }

    private static func configurationOfX(_ layout: Layout) -> [UInt8] {
        layout.configuration([Digest(of: Layout.layer("x"))])
    }

    static let layouts: [Hostile] = [
        Hostile("an empty folder", says: "neither index.json nor manifest.json") {
            try Files.removeTree($0.path)
            try Files.makeFolders($0.path)
        },
        Hostile("an index without manifests", says: "its index is empty") {
            try $0.write(index: [])
        },
        Hostile("an index that is no JSON", says: "index is not valid") {
            try Files.writeFile("\($0.path)/index.json", "{".utf8)
        },
        Hostile("an index of 5 MiB", says: "larger than 4194304") {
            try Files.writeFile("\($0.path)/index.json", [UInt8](repeating: 0x20, count: 5 << 20))
        },
        Hostile("an index that is a pipe", says: "not a file") {
            try Files.remove("\($0.path)/index.json")
            _ = unsafe mkfifo("\($0.path)/index.json", 0o600)
        },
        Hostile("an index that is a link out", says: "leads out") {
            try Files.link("/etc/hostname", at: "\($0.path)/index.json")
        },
        Hostile("a manifest that is missing", says: "missing") {
            try image($0)
            let index = try ImageIndex(
                parsing: try Files.readFile("\($0.path)/index.json", limit: 1000))
            for manifest in index.manifests { try Files.remove($0.blobPath(manifest.digest)) }
        },
        Hostile("a manifest that was altered", says: "has 2 bytes") {
            try image($0)
            let index = try ImageIndex(
                parsing: try Files.readFile("\($0.path)/index.json", limit: 1000))
            for manifest in index.manifests {
                try Files.writeFile($0.blobPath(manifest.digest), "{}".utf8)
            }
        },
        Hostile("a manifest of another size", says: "expected 7") {
            try image($0, manifestSize: 7)
        },
        Hostile("a configuration of another size", says: "expected 7") {
            try image($0, configurationSize: 7)
        },
        Hostile("a layer of another size", says: "expected 7 bytes") {
            try image($0, layerSize: 7)
        },
        Hostile("a manifest of 5 MiB", says: "larger than 4194304") {
            let bytes = [UInt8](repeating: 0x20, count: 5 << 20)
            try $0.write(index: [try $0.blob(bytes, type: MediaType.manifest)])
        },
        Hostile("a configuration that was altered", says: "has the digest") {
            try image($0)
            try Files.writeFile(
                $0.blobPath(of: configurationOfX($0)), $0.configuration([Digest(of: [1])]))
        },
        Hostile("a configuration that is missing", says: "missing") {
            try image($0)
            try Files.remove($0.blobPath(of: configurationOfX($0)))
        },
        Hostile("a configuration of another architecture", says: "the image is for linux/riscv64") {
            try image($0, architecture: "riscv64")
        },
        Hostile("an index of other architectures alone", says: "linux/riscv64, linux/s390x") {
            try $0.write(index: [
                try $0.image(architecture: "riscv64", platform: "riscv64"),
                try $0.image(architecture: "s390x", platform: "s390x"),
            ])
        },
        Hostile("a layer that unpacks to something else", says: "altered or cut off") {
            try image($0, diffID: Digest(of: [1]))
        },
        Hostile("a layer that was altered", says: "altered or cut off") {
            try image($0)
            try Files.writeFile($0.blobPath(of: Layout.layer("x")), Layout.layer("y"))
        },
        Hostile("a layer that is missing", says: "missing") {
            try image($0)
            try Files.remove($0.blobPath(of: Layout.layer("x")))
        },
        Hostile("a layer that is cut off", says: "altered or cut off") {
            try image($0)
            try Files.writeFile($0.blobPath(of: Layout.layer("x")), Layout.layer("x").prefix(700))
        },
        Hostile("a gzip layer that is cut off", says: "truncated") {
            let whole = try await gzip(Layout.layer("x"))
            try image(
                $0, layer: Array(whole.dropLast(10)), layerType: MediaType.layerGzip,
                diffID: Digest(of: Layout.layer("x")))
        },
        Hostile("a gzip layer with garbage after its end", says: "compressed data") {
            let whole = try await gzip(Layout.layer("x"))
            try image(
                $0, layer: whole + Array("garbage".utf8), layerType: MediaType.layerGzip,
                diffID: Digest(of: Layout.layer("x")))
        },
        Hostile("a layer of a type that no one knows", says: "application/x-unknown") {
            try image($0, layerType: "application/x-unknown")
        },
        Hostile("a layer that is a link out", says: "leads out") {
            try image($0)
            let path = $0.blobPath(of: Layout.layer("x"))
            try Files.writeFile("\($0.path)/../outside", Layout.layer("x"))
            try replace(path, byLinkTo: "../../../outside")
        },
        Hostile("a configuration that is an absolute link", says: "leads out") {
            try image($0)
            try replace($0.blobPath(of: configurationOfX($0)), byLinkTo: "/etc/passwd")
        },
        Hostile("a layer that is a folder", says: "not a file") {
            try image($0)
            let path = $0.blobPath(of: Layout.layer("x"))
            try Files.remove(path)
            try Files.makeFolders(path)
        },
        Hostile("a layer that is a pipe", says: "not a file") {
            try image($0)
            let path = $0.blobPath(of: Layout.layer("x"))
            try Files.remove(path)
            _ = unsafe mkfifo(path, 0o600)
        },
        Hostile("more layers than diff ids", says: "names 1 layers; the manifest has 2") {
            let layer = Layout.layer("x")
            let descriptor = try $0.blob(layer, type: MediaType.layer)
            let manifest = $0.manifest(
                try $0.blob(configurationOfX($0), type: MediaType.configuration),
                [descriptor, descriptor])
            try $0.write(index: [try $0.blob(manifest, type: MediaType.manifest)])
        },
        Hostile("an index in itself, by a digest that is not checked", says: "sha512") {
            let hex = String(repeating: "a", count: 128)
            let index = $0.index([
                #"{"mediaType":"\#(MediaType.index)","digest":"sha512:\#(hex)","size":1}"#
            ])
            try Files.writeFile("\($0.path)/index.json", index)
            try Files.writeFile("\($0.path)/blobs/sha512/\(hex)", index)
        },
        Hostile("indexes in indexes in indexes", says: "nested") {
            var descriptor = try $0.image()
            for _ in 0..<20 {
                descriptor = try $0.blob($0.index([descriptor]), type: MediaType.index)
            }
            try $0.write(index: [descriptor])
        },
    ]

    @Test("a hostile layout is refused by name and leaves nothing", arguments: layouts)
    func layout(hostile: Hostile) async throws {
        try await ImageHome.with { home in
            let layout = try Layout(at: "\(home.path)/image")
            try Files.writeFile("\(layout.path)/index.json", [])
            try Files.remove("\(layout.path)/index.json")
            try await hostile.build(layout)
            let error = try await #require(throws: (any Error).self) {
                try await home.take(layout.path, as: "bad")
            }
            #expect("\(error)".contains(hostile.why), "\(error)")
            #expect(try await home.leftovers() == [])
            #expect(try await home.names() == [])
        }
    }

    static let archives: [(String, String, String)] = [
        (
            "a layer from outside", "s|\"Layers\":.\"[^\"]*|\"Layers\":[\"../../etc/passwd|",
            "leads out"
        ),
        ("an absolute layer", "s|\"Layers\":.\"[^\"]*|\"Layers\":[\"/etc/passwd|", "leads out"),
        (
            "a configuration from outside", "s|\"Config\":\"[^\"]*|\"Config\":\"../../x|",
            "leads out"
        ),
        ("a layer that is missing", "s|\"Layers\":.\"|\"Layers\":[\"x|", "missing"),
        ("a layer without a name", "s|\"Layers\":.\"[^\"]*|\"Layers\":[\"|", "missing"),
        ("no layers", "s|\"Layers\":.*\\]|\"Layers\":null}]|", "damaged"),
        ("layers that are numbers", "s|\"Layers\":.\"[^\"]*\"|\"Layers\":[1|", "damaged"),
        ("fewer layers", "s|\"Layers\":.\"[^\"]*\"|\"Layers\":[|", "the manifest has 0"),
        ("no images", "s|.*|[]|", "lists no image"),
        ("no list", "s|.*|{}|", "lists no image"),
        ("no JSON", "s|.*|[|", "expected"),
        ("a name that is none", "s|library/busybox|../../UPPER|", "not an image reference"),
    ]

    @Test("a hostile docker-archive is refused by name and leaves nothing", arguments: archives)
    func archive(fact: String, change: String, why: String) async throws {
        try await ImageHome.with { home in
            try await home.shell(
                """
                mkdir image; tar -C image -xf $BUSYBOX
                sed -i -E '\(change)' image/manifest.json; tar -C image -cf image.tar .
                """)
            for path in ["image", "image.tar"] {
                let error = try await #require(throws: (any Error).self) {
                    try await home.take("\(home.path)/\(path)")
                }
                #expect("\(error)".contains(why), "\(error)")
                #expect(try await home.leftovers() == [])
                #expect(try await home.names() == [])
            }
        }
    }

    static let files: [(String, String, String)] = [
        ("a file that is missing", "true", "No such file"),
        ("an empty file", ": >image", "neither index.json nor manifest.json"),
        ("a file that is no archive", "seq 10000 >image", "byte 0"),
        ("an archive of other things", "tar -cf image /etc/hostname", "neither index.json"),
        ("an archive cut in a header", "head -c 300 $BUSYBOX >image", "ends in the middle"),
        ("an archive cut in a layer", "head -c 500000 $BUSYBOX >image", "ends in the middle"),
        ("a compressed archive cut off", "gzip -c $BUSYBOX | head -c 500000 >image", "truncated"),
        (
            "an archive that climbs out",
            "mkdir -p a/b; echo x >a/evil; tar -C a/b -P -cf image ../evil", "leads out"
        ),
        ("a device", "ln -s /dev/null image", "neither a file nor a folder"),
        ("a pipe", "mkfifo image", "neither a file nor a folder"),
    ]

    @Test("what is no image is refused by name and leaves nothing", arguments: files)
    func file(fact: String, script: String, why: String) async throws {
        try await ImageHome.with { home in
            try await home.shell(script)
            let error = try await #require(throws: (any Error).self) {
                try await home.take("\(home.path)/image", as: "bad")
            }
            #expect("\(error)".contains(why), "\(error)")
            #expect(try await home.leftovers() == [])
        }
    }

    @Test("a name's digest must be that of the image")
    func nameWithDigest() async throws {
        try await ImageHome.with { home in
            let layout = try Layout(at: "\(home.path)/image")
            try layout.write(index: [try layout.image()])
            let index = try ImageIndex(
                parsing: try Files.readFile("\(layout.path)/index.json", limit: 1000))
            let digest = try #require(index.manifests.first).digest
            await #expect(throws: RegistryError.self) {
                try await home.take(layout.path, as: "a:1@\(Digest(of: [1]))")
            }
            #expect(try await home.leftovers() == [])
            try await home.take(layout.path, as: "a:1@\(digest)")
            #expect(try await home.names() == ["library/a:1"])
        }
    }

    @Test("a full disk is told as such, and leaves nothing")
    func diskFull() async throws {
        try await withTemporaryFolder { path in
            try await withSmallDisk(at: "\(path)/disk") { disk in
                let home = try await ImageHome(at: disk)
                let error = try await #require(throws: StorageError.self) {
                    try await home.take(try Checkout.image("busybox"))
                }
                guard case .diskFull = error else {
                    Issue.record("expected a full disk: \(error)")
                    return
                }
                #expect(try await home.leftovers() == [])
            }
        }
    }
}
