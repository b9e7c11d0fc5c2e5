import Domain
import OCI
import Registry
import Storage
import TestSupport
import Testing

/// What other tools write is taken as it is.
struct ImportTests {
    static let forms: [(String, String)] = [
        ("a docker-archive", "cp $BUSYBOX image"),
        ("a docker-archive, compressed", "gzip <$BUSYBOX >image"),
        ("a docker-archive, as a folder", "mkdir image; tar -C image -xf $BUSYBOX"),
        (
            "a docker-archive by skopeo",
            "skopeo copy -q docker-archive:$BUSYBOX docker-archive:image:library/busybox:latest"
        ),
        (
            "an OCI layout, its layer gzip",
            "skopeo copy -q --dest-compress-format gzip docker-archive:$BUSYBOX oci:image:a/b:1"
        ),
        (
            "an OCI layout, its layer zstd",
            "skopeo copy -q --dest-compress-format zstd docker-archive:$BUSYBOX oci:image:a/b:1"
        ),
        (
            "an OCI layout, its layer uncompressed",
            """
            mkdir plain; tar -C plain -xf $BUSYBOX; cd plain; gunzip *.tar.gz
            sed -i 's/[.]tar[.]gz/.tar/' manifest.json; tar -cf ../plain.tar *; cd ..
            skopeo copy -q --dest-oci-accept-uncompressed-layers docker-archive:plain.tar \
                oci:image:a/b:1
            """
        ),
        (
            "an OCI layout, as a tar",
            "skopeo copy -q docker-archive:$BUSYBOX oci-archive:image:a/b:1"
        ),
        (
            "an OCI layout, as a tar in zstd",
            "skopeo copy -q docker-archive:$BUSYBOX oci-archive:image:a/b:1; "
                + "zstd -q image; mv image.zst image"
        ),
        (
            "an OCI layout with Docker's manifest",
            """
            skopeo copy -q --format v2s2 docker-archive:$BUSYBOX dir:d
            mkdir -p image/blobs/sha256; cd d
            for file in *; do cp $file ../image/blobs/sha256/$(sha256sum <$file | cut -c1-64); done
            sum=$(sha256sum <manifest.json | cut -c1-64)
            printf '{"schemaVersion":2,"manifests":[{"mediaType":"%s","digest":"sha256:%s",%s}]}' \
                application/vnd.docker.distribution.manifest.v2+json $sum \
                '"size":'$(stat -c %s manifest.json) >../image/index.json
            """
        ),
    ]

    @Test("images of every form", arguments: forms)
    func form(fact: String, script: String) async throws {
        try await ImageHome.with { home in
            try await home.shell(script)
            let imported = try await home.take("\(home.path)/image", as: "busybox:test")
            #expect(imported.map(\.reference.description) == ["library/busybox:test"])
            #expect(try await home.verify("busybox:test"))
            let (_, manifest, configuration) = try await home.images.inspect(
                try ImageReference(parsing: "busybox:test"))
            #expect(configuration.platform == .current)
            // Whatever they were packed with, the layers are the same.
            let layer = try home.blobs.read(
                try #require(manifest.layers.first).digest, limit: 64 << 20)
            let inflater = Inflater(LayerCompression(detecting: layer), source: pieces(of: layer))
            var content: [UInt8] = []
            while true {
                let piece = try inflater.next()
                if piece.isEmpty { break }
                content += piece
            }
            #expect([Digest(of: content)] == configuration.diffIDs)
            #expect(try await home.leftovers().count == 3)
        }
    }

    @Test("names: those of the archive, or the one that is given")
    func names() async throws {
        try await ImageHome.with { home in
            try await home.take(try Checkout.image("busybox"))
            try await home.take(try Checkout.image("busybox"), as: "host.name:5000/other:1")
            #expect(
                try await home.names() == ["host.name:5000/other:1", "library/busybox:latest"])
            #expect(try await home.leftovers().count == 3)
        }
    }

    @Test("several tags of one image, and several images, in one archive")
    func tags() async throws {
        try await ImageHome.with { home in
            try await home.shell(
                """
                mkdir image; tar -C image -xf $BUSYBOX; cd image
                python=$(cat manifest.json)
                sed -i 's|"library/busybox:latest"|"a/b:1","a/b:2"|' manifest.json
                sed 's|"a/b:1","a/b:2"|"c/d:3"|; s/^.//' manifest.json >second
                sed -i 's/.$/,/' manifest.json; cat second >>manifest.json; rm second
                """)
            let imported = try await home.take("\(home.path)/image")
            #expect(imported.count == 3)
            #expect(try await home.names() == ["a/b:1", "a/b:2", "c/d:3"])
            for name in ["a/b:1", "a/b:2", "c/d:3"] { #expect(try await home.verify(name)) }
        }
    }

    @Test("no name anywhere: it is asked for, then taken")
    func nameless() async throws {
        try await ImageHome.with { home in
            let layout = try Layout(at: "\(home.path)/image")
            try layout.write(index: [try layout.image()])
            let error = try await #require(throws: RegistryError.self) {
                try await home.take(layout.path)
            }
            #expect(error.description.contains("give a name"))
            #expect(try await home.leftovers() == [])
            try await home.take(layout.path, as: "given")
            #expect(try await home.names() == ["library/given:latest"])
        }
    }

    @Test("an index of several architectures: this machine's is taken")
    func architectures() async throws {
        try await ImageHome.with { home in
            let layout = try Layout(at: "\(home.path)/image")
            let own = Platform.current.architecture
            let inner = layout.index([
                try layout.image("riscv", architecture: "riscv64", platform: "riscv64"),
                try layout.image("own", platform: own),
                try layout.image("unknown", architecture: "unknown", platform: "unknown"),
            ])
            let more = #","annotations":{"io.containerd.image.name":"host.name/a:1"}"#
            try layout.write(index: [try layout.blob(inner, type: MediaType.index, more: more)])
            try await home.take(layout.path)
            #expect(try await home.names() == ["host.name/a:1"])
            #expect(try await home.verify("host.name/a:1"))
            // The same without an index in between, whether the image is named or not.
            try layout.write(index: [
                try layout.image(
                    "riscv", name: "a/b:1", architecture: "riscv64", platform: "riscv64"),
                try layout.image("own", name: "a/b:1", platform: own),
            ])
            try await home.take(layout.path)
            try await home.take(layout.path, as: "named")
            #expect(
                try await home.names() == ["a/b:1", "host.name/a:1", "library/named:latest"])
            // One image by three names: a configuration, a manifest, a layer.
            #expect(try await home.leftovers().count == 3)
        }
    }

    @Test("several images in one layout")
    func severalImages() async throws {
        try await ImageHome.with { home in
            let layout = try Layout(at: "\(home.path)/image")
            try layout.write(index: [
                try layout.image("one", name: "a/one:1"), try layout.image("two", name: "a/two:1"),
            ])
            try await home.take(layout.path)
            #expect(try await home.names() == ["a/one:1", "a/two:1"])
            let error = try await #require(throws: RegistryError.self) {
                try await home.take(layout.path, as: "which")
            }
            #expect(error.description.contains("2 images"))
        }
    }

    @Test("the same image twice, and at once")
    func twice() async throws {
        try await ImageHome.with { home in
            let path = try Checkout.image("busybox")
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<8 {
                    group.addTask { try await home.take(path, as: "busybox:\(number % 4)") }
                }
                try await group.waitForAll()
            }
            #expect(try await home.names().count == 4)
            for number in 0..<4 { #expect(try await home.verify("busybox:\(number)")) }
            #expect(try await home.leftovers().count == 3)
        }
    }

    @Test("a failed import takes nothing from one that shares its blobs", arguments: 0..<10)
    func failsBeside(round: Int) async throws {
        try await ImageHome.with { home in
            let good = try Layout(at: "\(home.path)/good")
            try good.write(index: [try good.image(name: "a/good:1")])
            // The same layer and configuration, then one that is missing.
            let bad = try Layout(at: "\(home.path)/bad")
            let layer = Layout.layer("content")
            let second = Layout.layer("second")
            let configuration = bad.configuration([Digest(of: layer), Digest(of: second)])
            let manifest = bad.manifest(
                try bad.blob(configuration, type: MediaType.configuration),
                [
                    try bad.blob(layer, type: MediaType.layer),
                    try bad.blob(second, type: MediaType.layer),
                ])
            try Files.remove(bad.blobPath(of: second))
            try bad.write(index: [try bad.blob(manifest, type: MediaType.manifest)])
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<4 {
                    group.addTask {
                        await #expect(throws: (any Error).self) {
                            try await home.take(bad.path, as: "a/bad:1")
                        }
                    }
                }
                group.addTask {
                    do { try await home.take(good.path) } catch {
                        Issue.record("the good one failed: \(error)")
                    }
                }
            }
            #expect(try await home.names() == ["a/good:1"])
            #expect(try await home.verify("a/good:1"))
            #expect(try await home.leftovers().count == 3)
        }
    }

    @Test("what an import left that was killed goes with the next")
    func leftovers() async throws {
        try await ImageHome.with { home in
            try await home.shell(
                "mkdir -p blobs/tmp/import.abcdef/deep; touch blobs/tmp/import.abcdef/x")
            try await home.take(try Checkout.image("busybox"))
            #expect(try await home.leftovers().count == 3)
        }
    }
}
