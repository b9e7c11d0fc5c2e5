import CLinux
import Domain
import Glibc
import OCI
import Registry
import Storage
import TestSupport
import Testing
import Workflows

@testable import Executors

/// Images whose layers are given, in a store of their own.
struct LayeredImages: Sendable {
    let path: String
    let blobs: BlobStore
    let layers: LayerStore

    init(at path: String) throws {
        self.path = path
        for folder in ["layers", "trees"] { try Files.makeFolders("\(path)/\(folder)") }
        blobs = BlobStore(path: "\(path)/blobs")
        layers = LayerStore(blobs: blobs, path: "\(path)/layers")
    }

    /// Puts an image of layers into the store; the last one lies on top.
    func image(
        _ tars: [[UInt8]], diffIDs: [OCI.Digest]? = nil, type: String = MediaType.layer,
        architecture: String = Platform.current.architecture
    ) throws -> OCI.Digest {
        let ids = (diffIDs ?? tars.map { Digest(of: $0) }).map { #""\#($0)""# }
        let configuration = try blobs.put(
            Array(
                (#"{"os":"linux","architecture":"\#(architecture)","rootfs":{"type":"layers","#
                    + #""diff_ids":[\#(ids.joined(separator: ","))]}}"#).utf8))
        let layers = try tars.map { tar in
            Descriptor(mediaType: type, digest: try blobs.put(tar), size: Int64(tar.count))
        }
        let manifest = ImageManifest(
            configuration: Descriptor(
                mediaType: MediaType.configuration, digest: configuration, size: 1),
            layers: layers)
        return try blobs.put(manifest.bytes)
    }

    static func tar(_ build: (inout RawTar) -> Void) -> [UInt8] {
        var tar = RawTar()
        build(&tar)
        return tar.finished
    }

    /// Mounts layers as an attempt does and asks a shell what it sees there.
    func seen(_ lower: [String], _ script: String, in folder: String) async throws -> String {
        for name in ["upper", "work", "root"] { try Files.makeFolders("\(folder)/\(name)") }
        let code = unsafe slipway_mount_overlay(
            lower.joined(separator: ":"), "\(folder)/upper", "\(folder)/work", "\(folder)/root")
        guard code == 0 else {
            throw StorageError.system(operation: "mount", path: folder, errno: errno)
        }
        defer { _ = unsafe slipway_unmount("\(folder)/root") }
        let result = try await Program.run("/bin/sh", ["-c", script], folder: "\(folder)/root")
        return result.output + result.error
    }
}

struct LayerStoreTests {
    private static let layer = LayeredImages.tar {
        $0.file("content", String(repeating: "content", count: 10_000))
        for number in 0..<200 { $0.file("many/\(number)", "x") }
    }

    @Test("a layer is unpacked once, however many ask for it")
    func once() async throws {
        try await withTemporaryFolder { path in
            let images = try LayeredImages(at: path)
            let first = try images.image([Self.layer])
            let second = try images.image([Self.layer, LayeredImages.tar { $0.file("more") }])
            let folders = try await withThrowingTaskGroup(of: String?.self) { group in
                for number in 0..<20 {
                    group.addTask {
                        try await images.layers.image(number.isMultiple(of: 2) ? first : second)
                            .lowerFolders.last
                    }
                }
                var folders: Set<String?> = []
                for try await folder in group { folders.insert(folder) }
                return folders
            }
            #expect(folders == ["\(path)/layers/\(Digest(of: Self.layer).hex)"])
            #expect(try Files.list("\(path)/layers").count == 2)
            // What was there before is not unpacked again.
            let made = try Files.status("\(path)/layers/\(Digest(of: Self.layer).hex)")?.inode
            _ = try await LayerStore(blobs: images.blobs, path: "\(path)/layers").image(first)
            #expect(
                try Files.status("\(path)/layers/\(Digest(of: Self.layer).hex)")?.inode == made)
        }
    }

    @Test("two processes' stores at once agree")
    func twoStores() async throws {
        try await withTemporaryFolder { path in
            let images = try LayeredImages(at: path)
            let image = try images.image([Self.layer])
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<6 {
                    group.addTask {
                        _ = try await LayerStore(blobs: images.blobs, path: "\(path)/layers")
                            .image(image)
                    }
                }
                try await group.waitForAll()
            }
            #expect(try Files.list("\(path)/layers") == [Digest(of: Self.layer).hex])
        }
    }

    @Test("what was half unpacked when its process ended is never used, and goes")
    func leftovers() async throws {
        try await withTemporaryFolder { path in
            let images = try LayeredImages(at: path)
            try Files.makeFolders("\(path)/layers/unpacking.abcdef/deep/er")
            try Files.writeFile("\(path)/layers/unpacking.abcdef/content", "half".utf8)
            let image = try images.image([Self.layer])
            let folder = try #require(try await images.layers.image(image).lowerFolders.first)
            #expect(try Files.readFile("\(folder)/content", limit: 1 << 20).count == 70_000)
            #expect(try Files.list("\(path)/layers") == [Digest(of: Self.layer).hex])
        }
    }

    static let refused: [(String, String)] = [
        ("a blob that was altered", "expected sha256:"),
        ("a blob that was cut", "expected sha256:"),
        ("a blob that is missing", "is not in the store"),
        ("a layer that is not its diff id", "expected sha256:"),
        ("a layer of an unknown type", "application/x-unknown"),
        ("another architecture", "riscv64"), ("no layers", "0 layers"),
        ("more layers than diff ids", "1 diff ids"), ("a hostile layer", "leads out"),
        ("a manifest that is none", "not valid"),
    ]

    @Test("what cannot be unpacked is refused by name and leaves nothing", arguments: refused)
    func refuses(fact: String, why: String) async throws {
        try await withTemporaryFolder { path in
            let images = try LayeredImages(at: path)
            let blob = images.blobs.path(of: Digest(of: Self.layer))
            var image = try images.image([Self.layer])
            switch fact {
            case "a blob that was altered":
                var bytes = Self.layer
                bytes[600] ^= 1
                try Files.writeFile(blob, bytes)
            case "a blob that was cut": try Files.writeFile(blob, Self.layer.prefix(10_240))
            case "a blob that is missing": try images.blobs.remove(Digest(of: Self.layer))
            case "a layer that is not its diff id":
                image = try images.image([Self.layer], diffIDs: [Digest(of: [1])])
            case "a layer of an unknown type":
                image = try images.image([Self.layer], type: "application/x-unknown")
            case "another architecture":
                image = try images.image([Self.layer], architecture: "riscv64")
            case "no layers": image = try images.image([])
            case "more layers than diff ids":
                image = try images.image([Self.layer, Self.layer], diffIDs: [Digest(of: [1])])
            case "a hostile layer":
                image = try images.image([LayeredImages.tar { $0.file("../x") }])
            default: image = try images.blobs.put(Array("{}".utf8))
            }
            let error = try await #require(throws: (any Error).self) {
                try await images.layers.image(image)
            }
            #expect("\(error)".contains(why), "\(error)")
            #expect(try Files.list("\(path)/layers") == [])
            // What is damaged goes, so that it can be brought again; what was made so stays.
            let isGone = ["altered", "cut", "missing"].contains { fact.hasSuffix($0) }
            #expect(images.blobs.contains(Digest(of: Self.layer)) == !isGone)
        }
    }

    @Test("a layer whose type tells another packing is read as what it is")
    func wrongType() async throws {
        try await withTemporaryFolder { path in
            let images = try LayeredImages(at: path)
            let image = try images.image([Self.layer], type: MediaType.layerGzip)
            let folder = try #require(try await images.layers.image(image).lowerFolders.first)
            #expect(Files.exists("\(folder)/content"))
        }
    }

    @Test("a full disk is told as such, and leaves nothing")
    func diskFull() async throws {
        try await withTemporaryFolder { path in
            let images = try LayeredImages(at: path)
            let image = try images.image([
                LayeredImages.tar { $0.file("x", String(repeating: "x", count: 2 << 20)) }
            ])
            try await withSmallDisk(at: "\(path)/disk") { disk in
                let error = try await #require(throws: StorageError.self) {
                    try await LayerStore(blobs: images.blobs, path: disk).image(image)
                }
                guard case .diskFull = error else {
                    Issue.record("expected a full disk: \(error)")
                    return
                }
                #expect(try Files.list(disk) == [])
            }
        }
    }

    @Test("two hundred layers under one root", arguments: ["plain", "a,b", "a:b", "a\\b"])
    func manyLayers(name: String) async throws {
        try await withTemporaryFolder { path in
            let images = try LayeredImages(at: "\(path)/\(name)")
            let count = name == "plain" ? 200 : 3
            let image = try images.image(
                (0..<count).map { number in
                    LayeredImages.tar {
                        $0.file("layer-\(number)", "x")
                        $0.file("top", "\(number)")
                        if number > 0 { $0.file(".wh.layer-\(number - 1)") }
                    }
                })
            let lower = try await images.layers.image(image).lowerFolders
            #expect(lower.count == count)
            let seen = try await images.seen(
                lower, "cat top; echo; ls; echo new >new; ls ../upper", in: "\(path)/\(name)/m")
            #expect(seen == "\(count - 1)\nlayer-\(count - 1)\ntop\nnew\n")
        }
    }

    @Test("more layers than overlayfs takes are told as such")
    func tooManyLayers() async throws {
        try await withTemporaryFolder { path in
            let images = try LayeredImages(at: path)
            try Files.makeFolders("\(path)/layer")
            let lower = [String](repeating: "\(path)/layer", count: 501)
            let error = try await #require(throws: StorageError.self) {
                try await images.seen(lower, "true", in: "\(path)/m")
            }
            #expect(error == .system(operation: "mount", path: "\(path)/m", errno: E2BIG))
        }
    }

    @Test("whiteouts, opaque folders and an opaque root through a real overlay")
    func overlay() async throws {
        try await withTemporaryFolder { path in
            let images = try LayeredImages(at: path)
            let bottom = LayeredImages.tar { $0.file("hidden", "x") }
            let lower = LayeredImages.tar {
                $0.file("gone", "x")
                $0.file("folder/old", "x")
                $0.file(".wh..wh..opq")
            }
            let upper = LayeredImages.tar {
                $0.file(".wh.gone")
                $0.file("folder/.wh..wh..opq")
                $0.file("folder/new", "x")
            }
            let image = try images.image([bottom, lower, upper])
            let folders = try await images.layers.image(image).lowerFolders
            #expect(folders.count == 2)
            let seen = try await images.seen(folders, "ls . folder", in: "\(path)/m")
            #expect(seen == ".:\nfolder\n\nfolder:\nnew\n")
            // The same layers without the one that hides all below show the bottom.
            let other = try await images.layers.image(try images.image([bottom, upper]))
            #expect(
                try await images.seen(other.lowerFolders, "ls", in: "\(path)/n")
                    == "folder\nhidden\n")
        }
    }
}
