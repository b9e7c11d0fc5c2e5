import Crypto
import Executors
import Foundation
import OCI
import Storage

/// Unpacking one layer that is new to the machine, beside `tar -xzf` of the same file with a sync
/// of the disk. Ours checks both digests of the layer and syncs, too.
enum UnpackBenchmarks {
    private static let rounds = 3
    private static let files = 8000
    private static let fileBytes = 24 << 10

    static func run() async throws {
        let size = Double(files * fileBytes) / Double(1 << 20)
        print("\nunpacking (\(files) files, \(Int(size)) MiB, gzip, \(rounds) rounds in turn)")
        try await BenchmarkHome.withFolder { folder in
            try fill("\(folder)/content")
            let archive = "\(folder)/layer.tar.gz"
            try Measuring.process(
                ["/bin/tar", "--format=posix", "-czf", archive, "-C", "\(folder)/content", "."])
            let blobs = BlobStore(path: "\(folder)/blobs")
            let manifest = try store(archive, blobs)
            let series = try await Measuring.inTurn(
                rounds: rounds,
                [
                    (
                        "slipway",
                        {
                            try Files.removeTree("\(folder)/layers")
                            try Files.makeFolders("\(folder)/layers")
                            _ = try await LayerStore(blobs: blobs, path: "\(folder)/layers")
                                .image(manifest)
                        }
                    ),
                    (
                        "tar",
                        {
                            try Files.removeTree("\(folder)/tar")
                            try Files.makeFolders("\(folder)/tar")
                            try Measuring.process([
                                "/bin/tar", "-xzf", archive, "-C", "\(folder)/tar",
                            ])
                            try Measuring.process(["/bin/sync", "-f", "\(folder)/tar"])
                        }
                    ),
                ])
            let (ours, other) = (series[0].median / 1000, series[1].median / 1000)
            report(
                "against tar -xzf and sync, \(Int(size / other)) MiB/s",
                "\(Int(size / ours)) MiB/s: \(ratio(other / ours)) × as fast", budget: "-")
        }
    }

    /// Text that shrinks to about a third, as programs do.
    private static func fill(_ folder: String) throws {
        var state: UInt64 = 1
        for file in 0..<files {
            let parent = "\(folder)/d\(file / 100)"
            if file % 100 == 0 { try Files.makeFolders(parent) }
            var bytes: [UInt8] = []
            bytes.reserveCapacity(fileBytes)
            while bytes.count < fileBytes {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                let word = UInt8(truncatingIfNeeded: state >> 56)
                bytes += [word, word / 2, 0x20, UInt8(truncatingIfNeeded: state >> 60)]
            }
            try Files.writeFile("\(parent)/f\(file)", bytes)
        }
    }

    /// An image of this one layer.
    private static func store(_ archive: String, _ blobs: BlobStore) throws -> OCI.Digest {
        let packed = try Files.readFile(archive, limit: 1 << 30)
        let inflated = try Spawning.capture("/bin/gzip", ["-dc", archive], limit: 1 << 30)
        let diffID = OCI.Digest(of: inflated.output)
        let layer = try blobs.put(packed)
        let platform = Platform.current
        let configuration = Array(
            """
            {"architecture":"\(platform.architecture)","os":"linux","config":{},\
            "rootfs":{"type":"layers","diff_ids":["\(diffID)"]}}
            """.utf8)
        let manifest = Array(
            """
            {"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json",\
            "config":{"mediaType":"application/vnd.oci.image.config.v1+json",\
            "digest":"\(try blobs.put(configuration))","size":\(configuration.count)},\
            "layers":[{"mediaType":"application/vnd.oci.image.layer.v1.tar+gzip",\
            "digest":"\(layer)","size":\(packed.count)}]}
            """.utf8)
        return try blobs.put(manifest)
    }
}
