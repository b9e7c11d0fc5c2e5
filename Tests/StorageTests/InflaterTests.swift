import OCI
import Storage
import TestSupport
import Testing

/// Compressed streams: whole, cut, altered, and such that grow without end.
struct InflaterTests {
    /// What a tool makes of a shell's output.
    private static func packed(_ script: String, by tool: String) async throws -> [UInt8] {
        try await withTemporaryFolder { path in
            let result = try await Program.run(
                "/bin/sh", ["-c", "\(script) | \(tool) >packed"], folder: path)
            guard result.code == 0 else {
                throw StorageError.archive(path: tool, why: result.error)
            }
            return try Files.readFile("\(path)/packed", limit: 64 << 20)
        }
    }

    /// Counts what comes out, and hashes nothing: only the first byte that differs matters.
    private static func size(of bytes: [UInt8], pieceSize: Int = 1 << 20) throws -> Int {
        let inflater = Inflater(
            LayerCompression(detecting: bytes), source: pieces(of: bytes, size: pieceSize))
        var size = 0
        while true {
            let piece = try inflater.next()
            if piece.isEmpty { return size }
            size += piece.count
        }
    }

    private static let tools = ["gzip -1", "gzip -9", "zstd -q -1", "zstd -q -19", "cat"]

    @Test(
        "everything comes out, however the input is cut",
        arguments: tools, [(1, 20_000), (4096, 3_000_000), (1 << 20, 4_000_000)])
    func whole(tool: String, shape: (pieceSize: Int, size: Int)) async throws {
        for source in ["/dev/zero", "/dev/urandom"] {
            let bytes = try await Self.packed("head -c \(shape.size) \(source)", by: tool)
            #expect(try Self.size(of: bytes, pieceSize: shape.pieceSize) == shape.size)
        }
    }

    @Test("blocks of uneven sizes, the last of which is larger than it looks", arguments: 0..<4)
    func uneven(number: Int) async throws {
        let script =
            "seq \(number * 3001 + 30000); head -c \(200_000 + number) /dev/urandom; "
            + "seq 70000; head -c \(131_072 * number) /dev/zero"
        let tool = number.isMultiple(of: 2) ? "zstd -q -19 --no-check" : "gzip -1"
        let plain = try await Self.packed("(\(script))", by: "cat")
        let bytes = try await Self.packed("(\(script))", by: tool)
        #expect(try Self.size(of: bytes) == plain.count)
    }

    @Test("a stream that is cut off is refused at every byte", arguments: tools.dropLast())
    func cut(tool: String) async throws {
        let bytes = try await Self.packed("seq 1000", by: tool)
        for length in 5..<bytes.count {
            #expect(throws: StorageError.self, "cut at \(length) of \(bytes.count)") {
                try Self.size(of: Array(bytes.prefix(length)))
            }
        }
    }

    @Test("garbage after the end is refused", arguments: tools.dropLast())
    func trailing(tool: String) async throws {
        let bytes = try await Self.packed("seq 1000", by: tool)
        #expect(throws: StorageError.self) { try Self.size(of: bytes + Array("garbage".utf8)) }
    }

    @Test("a wrong sum is refused")
    func sum() async throws {
        var bytes = try await Self.packed("seq 1000", by: "gzip")
        bytes[bytes.count - 6] ^= 1
        #expect(throws: StorageError.self) { try Self.size(of: bytes) }
        bytes = try await Self.packed("seq 1000", by: "zstd -q")
        bytes[bytes.count - 2] ^= 1
        #expect(throws: StorageError.self) { try Self.size(of: bytes) }
    }

    @Test("several members in one stream", arguments: ["gzip", "zstd -q"], [1, 1 << 20])
    func members(tool: String, pieceSize: Int) async throws {
        let bytes = try await Self.packed("seq 1000", by: tool)
        let one = try Self.size(of: bytes)
        #expect(try Self.size(of: bytes + bytes + bytes, pieceSize: pieceSize) == one * 3)
    }

    @Test("zeros after gzip's end are padding")
    func padding() async throws {
        let bytes = try await Self.packed("seq 1000", by: "gzip")
        let padded = bytes + [UInt8](repeating: 0, count: 1000)
        #expect(try Self.size(of: padded) == Self.size(of: bytes))
    }

    @Test("a bomb is stopped", arguments: ["gzip -9", "zstd -q -19 --single-thread"])
    func bomb(tool: String) async throws {
        let bytes = try await Self.packed("head -c 20000000 /dev/zero", by: tool)
        let inflater = Inflater(
            LayerCompression(detecting: bytes), allowance: 1 << 20, source: pieces(of: bytes))
        let error = try #require(throws: StorageError.self) {
            while try !inflater.next().isEmpty {}
        }
        #expect(error.description.contains("bomb"))
    }

    @Test("altered streams are refused or read, never trapped on", arguments: 0..<5)
    func fuzz(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        for tool in ["gzip", "zstd -q"] {
            let bytes = try await Self.packed("seq 300", by: tool)
            for _ in 0..<50 {
                do { _ = try Self.size(of: random.mutated(bytes), pieceSize: 100) } catch {
                    #expect(error is StorageError)
                }
            }
        }
    }
}
