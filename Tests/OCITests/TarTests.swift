import OCI
import TestSupport
import Testing

struct TarTests {
    private static func archive() throws -> [UInt8] {
        var bytes: [UInt8] = []
        let tar = TarWriter { bytes += $0 }
        try tar.folder("a")
        try tar.symbolicLink("a/link", target: RawPath(String(repeating: "t", count: 150)))
        var pieces: [[UInt8]] = [Array("hello".utf8), []]
        try tar.file(
            RawPath("a/" + String(repeating: "n", count: 300)), isExecutable: true, size: 5
        ) { pieces.removeFirst() }
        try tar.finish()
        return bytes
    }

    private static func source(_ bytes: [UInt8]) -> TarReader.Source {
        var rest = bytes[...]
        return {
            let piece = Array(rest.prefix(1000))
            rest = rest.dropFirst(1000)
            return piece
        }
    }

    @Test("what was written is read back, long names too")
    func roundTrip() throws {
        var reader = TarReader(source: Self.source(try Self.archive()))
        let folder = try #require(try reader.next())
        #expect(folder.kind == .folder)
        let link = try #require(try reader.next())
        #expect(link.path == "a/link")
        let file = try #require(try reader.next())
        #expect(file.path == RawPath("a/" + String(repeating: "n", count: 300)))
        #expect(file.size == 5)
        #expect(try reader.readBody(100) == Array("hello".utf8))
        #expect(try reader.next() == nil)
    }

    @Test("the same content makes the same bytes")
    func deterministic() throws {
        #expect(try Self.archive() == Self.archive())
    }

    @Test("damaged archives are refused or read, never trapped on", arguments: 0..<20)
    func fuzz(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let archive = try Self.archive()
        for _ in 0..<50 {
            var reader = TarReader(entryLimit: 100, source: Self.source(random.mutated(archive)))
            do {
                while try reader.next() != nil {}
            } catch is TarError {
                // Refused: the other right answer.
            }
        }
    }

    @Test("paths that leave the root are refused", arguments: ["../x", "a/../../x", "a/.."])
    func paths(path: String) {
        #expect(throws: TarError.self) { try TarPath.parts(RawPath(path)) }
    }
}
