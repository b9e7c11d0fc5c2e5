import OCI
import Storage
import TestSupport

/// A pull from Debian's docker-registry on this machine, beside `skopeo copy` of the same image
/// from the same registry, in turn. Ours syncs every blob to the disk, skopeo does not.
enum PullBenchmarks {
    private static let rounds = 5

    private struct Shape {
        let name: String
        let layers: Int
        let bytes: Int
    }

    private static let shapes = [
        Shape(name: "one layer of 256 MiB", layers: 1, bytes: 256 << 20),
        Shape(name: "16 layers of 8 MiB", layers: 16, bytes: 8 << 20),
    ]

    static func run(program: String) async throws {
        print("\npulls (docker-registry on loopback, fresh store each, \(rounds) rounds in turn)")
        guard let skopeo = Spawning.path(of: "skopeo") else {
            throw BenchmarkError(what: "skopeo is missing; scripts/setup test installs it")
        }
        let folder = try Files.makeTemporaryFolder(prefix: "/tmp/slipway-bench-pull")
        do {
            try await TestRegistry.serving("\(folder)/registry") { registry in
                for (index, shape) in shapes.enumerated() {
                    let name = "bench/pull:\(index)"
                    try fill(shape, "\(folder)/layout\(index)")
                    try await registry.fill(
                        "oci:\(folder)/layout\(index):1", name, in: folder)
                    try await measure(
                        shape, "\(registry.host)/\(name)", program, skopeo, in: folder)
                }
            }
            try Files.removeTree(folder)
        } catch {
            try Files.removeTree(folder)
            throw error
        }
    }

    private static func measure(
        _ shape: Shape, _ name: String, _ program: String, _ skopeo: String, in folder: String
    ) async throws {
        let home = "\(folder)/home"
        let copy = "\(folder)/copy"
        let series = try await Measuring.inTurn(
            rounds: rounds,
            [
                (
                    "slipway",
                    {
                        try forget(home)
                        try Measuring.process(
                            [program, "image", "pull", "--progress", "quiet", name],
                            environment: ["SLIPWAY_HOME=\(home)", "HOME=\(folder)"])
                    }
                ),
                (
                    "skopeo",
                    {
                        try Files.removeTree(copy)
                        try Files.makeFolders(copy)
                        try Measuring.process(
                            [
                                skopeo, "copy", "-q", "--src-tls-verify=false", "docker://\(name)",
                                "dir:\(copy)",
                            ], environment: ["HOME=\(folder)"])
                    }
                ),
            ])
        try forget(home)
        let (ours, peer) = (series[0].median, series[1].median)
        let rate = Double(shape.layers * shape.bytes >> 20) / ours * 1000
        report(
            "\(shape.name), skopeo copy \(rounded(peer)) ms",
            "\(rounded(ours)) ms, \(rounded(rate)) MiB/s: \(ratio(ours / peer)) ×",
            budget: "≤ 1.2 ×")
    }

    private static func forget(_ home: String) throws {
        guard Files.exists(home) else { return }
        try Files.removeTree(try Home(path: home).runtimePath)
        try Files.removeTree(home)
    }

    /// An image whose layers are noise, which no compression makes smaller.
    private static func fill(_ shape: Shape, _ layout: String) throws {
        let store = BlobStore(path: "\(layout)/blobs")
        var random = SeededGenerator(seed: UInt64(shape.layers))
        var digests: [Digest] = []
        for _ in 0..<shape.layers {
            let writer = try store.writer()
            for _ in 0..<(shape.bytes >> 20) {
                var piece: [UInt8] = []
                piece.reserveCapacity(1 << 20)
                while piece.count < 1 << 20 {
                    let word = random.next()
                    for shift in 0..<8 {
                        piece.append(UInt8(truncatingIfNeeded: word >> (8 * UInt64(shift))))
                    }
                }
                try writer.write(piece)
            }
            digests.append(try writer.finish().digest)
        }
        try write(shape, digests, store, layout)
    }

    private static func write(
        _ shape: Shape, _ digests: [Digest], _ store: BlobStore, _ layout: String
    ) throws {
        let list = digests.map { "\"\($0)\"" }.joined(separator: ",")
        let configuration = Array(
            (#"{"os":"linux","architecture":"\#(Platform.current.architecture)","config":{},"#
                + #""rootfs":{"type":"layers","diff_ids":[\#(list)]}}"#).utf8)
        let manifest = ImageManifest(
            configuration: Descriptor(
                mediaType: MediaType.configuration, digest: try store.put(configuration),
                size: Int64(configuration.count)),
            layers: digests.map {
                Descriptor(mediaType: MediaType.layer, digest: $0, size: Int64(shape.bytes))
            })
        try store.put(manifest.bytes)
        try Files.writeFile("\(layout)/oci-layout", #"{"imageLayoutVersion":"1.0.0"}"#.utf8)
        let index =
            #"{"schemaVersion":2,"manifests":[{"mediaType":"\#(MediaType.manifest)","digest":"#
            + #""\#(manifest.digest)","size":\#(manifest.bytes.count),"annotations":"#
            + #"{"org.opencontainers.image.ref.name":"1"}}]}"#
        try Files.writeFile("\(layout)/index.json", index.utf8)
        // The layout keeps its blobs flat.
        for digest in digests + [manifest.configuration.digest, manifest.digest] {
            try Files.rename(store.path(of: digest), to: "\(layout)/blobs/sha256/\(digest.hex)")
        }
    }
}
