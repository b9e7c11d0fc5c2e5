import OCI
import TestSupport
import Testing

/// Archives that are damaged, or lie about what they hold.
struct HostileTarTests {
    private static let sparse = [("GNU.sparse.size", "100"), ("GNU.sparse.numblocks", "1")]

    static let refused: [(TarCase, String)] = [
        (
            TarCase("a wrong sum") {
                $0.file("x")
                $0.append([0x78] + [UInt8](repeating: 0, count: 511))
            }, "checksum is wrong"
        ),
        (
            TarCase("a size in octal that is none") {
                $0.add("x") { RawTar.put(Array("99999999999".utf8), in: &$0, at: 124) }
            }, "'size' is not a number"
        ),
        (
            TarCase("a negative size in octal") {
                $0.add("x") { RawTar.put(Array("-0000000001".utf8), in: &$0, at: 124) }
            }, "'size' is not a number"
        ),
        (
            TarCase("a negative size in base 256") {
                $0.add("x") { RawTar.binary(-1, in: &$0, at: 124, width: 12) }
            }, "'size' is not a number"
        ),
        (
            TarCase("a size in base 256 that overflows") {
                $0.add("x") {
                    RawTar.put([0x80] + [UInt8](repeating: 0xff, count: 11), in: &$0, at: 124)
                }
            }, "'size' is not a number"
        ),
        (
            TarCase("a size of 2^60 bytes") {
                $0.add("x") { RawTar.binary(1 << 60, in: &$0, at: 124, width: 12) }
            }, "'size' is not a number"
        ),
        (
            TarCase("a negative size in an extended header") {
                $0.extended([("size", "-1")])
                $0.file("x")
            }, "'size' is not a number"
        ),
        (
            TarCase("a size in an extended header that is no number") {
                $0.extended([("size", "1e3")])
                $0.file("x")
            }, "'size' is not a number"
        ),
        (
            TarCase("a negative owner") {
                $0.add("x") { RawTar.binary(-2, in: &$0, at: 108, width: 8) }
            }, "'uid' is not a number"
        ),
        (
            TarCase("an owner that means none") {
                $0.extended([("gid", "4294967295")])
                $0.file("x")
            }, "'gid' is not a number"
        ),
        (
            TarCase("an owner beyond 32 bits") {
                $0.extended([("uid", "4294967296")])
                $0.file("x")
            }, "'uid' is not a number"
        ),
        (TarCase("a file that is cut off") { $0.add("x", size: 5000, body: "short") }, "ends in"),
        (
            TarCase("a long name without a member") { $0.long("name") },
            "ends in the middle"
        ),
        (
            TarCase("an extended header without a member") { $0.extended([("path", "x")]) },
            "ends in the middle"
        ),
        (
            TarCase("an extended header that is cut off") {
                $0.add("PaxHeader", type: "x", size: 4096, body: "12 path=abc\n")
            }, "ends in"
        ),
        (
            TarCase("an extended record that is too long") {
                $0.add("PaxHeader", type: "x", body: "99 path=abc\n")
                $0.file("x")
            }, "damaged extended header"
        ),
        (
            TarCase("an extended record of negative length") {
                $0.add("PaxHeader", type: "x", body: "-12 path=abc\n")
                $0.file("x")
            }, "damaged extended header"
        ),
        (
            TarCase("an extended record without a value") {
                $0.add("PaxHeader", type: "x", body: "9 pathabc\n")
                $0.file("x")
            }, "damaged extended header"
        ),
        (
            TarCase("an extended header of more than 1 MiB") {
                $0.extended([("comment", [UInt8](repeating: 0x61, count: 1 << 20))])
                $0.file("x")
            }, "bytes in extension headers"
        ),
        (
            TarCase("a long name of more than 1 MiB") {
                $0.long(String(repeating: "n", count: 1 << 20))
                $0.file("x")
            }, "bytes in extension headers"
        ),
        (
            TarCase("many extended headers for one member") {
                for number in 0..<20 {
                    $0.extended([("a\(number)", [UInt8](repeating: 0x61, count: 100 << 10))])
                }
                $0.file("x")
            }, "bytes in extension headers"
        ),
        (
            TarCase("empty extended headers without end") {
                for _ in 0..<3000 { $0.extended([(String, String)]()) }
                $0.file("x")
            }, "bytes in extension headers"
        ),
        (
            TarCase("headers for all members that pile up") {
                for number in 0..<20 {
                    let value = [UInt8](repeating: 0x61, count: 100 << 10)
                    $0.extended([("a\(number)", value)], type: "g")
                    $0.file("x\(number)")
                }
            }, "bytes in extension headers"
        ),
        (
            TarCase("a name that is empty") { $0.add("") },
            "without a name"
        ),
        (
            TarCase("pieces of a sparse file that overlap") {
                $0.extended(sparse + [("GNU.sparse.map", "0,3,2,3")])
                $0.file("x", "abcdef")
            }, "does not fit its file"
        ),
        (
            TarCase("pieces of a sparse file out of order") {
                $0.extended(sparse + [("GNU.sparse.map", "50,3,2,3")])
                $0.file("x", "abcdef")
            }, "does not fit its file"
        ),
        (
            TarCase("a piece of a sparse file beyond its size") {
                $0.extended(sparse + [("GNU.sparse.map", "98,6")])
                $0.file("x", "abcdef")
            }, "does not fit its file"
        ),
        (
            TarCase("a piece of a sparse file whose end overflows") {
                $0.extended(sparse + [("GNU.sparse.map", "\(Int64.max),\(Int64.max)")])
                $0.file("x", "abcdef")
            }, "does not fit its file"
        ),
        (
            TarCase("a piece of a sparse file of negative length") {
                $0.extended(sparse + [("GNU.sparse.map", "0,10,10,-4")])
                $0.file("x", "abcdef")
            }, "does not fit its file"
        ),
        (
            TarCase("a piece of a sparse file at a negative place") {
                $0.extended(sparse + [("GNU.sparse.map", "-6,6")])
                $0.file("x", "abcdef")
            }, "does not fit its file"
        ),
        (
            TarCase("more pieces than data") {
                $0.extended(sparse + [("GNU.sparse.map", "0,50")])
                $0.file("x", "abcdef")
            }, "does not fit its data"
        ),
        (
            TarCase("more data than pieces") {
                $0.extended(sparse + [("GNU.sparse.map", "0,2")])
                $0.file("x", "abcdef")
            }, "does not fit its data"
        ),
        (
            TarCase("a sparse map of an odd count") {
                $0.extended(sparse + [("GNU.sparse.map", "0,2,4")])
                $0.file("x", "abcdef")
            }, "damaged sparse map"
        ),
        (
            TarCase("a sparse size that is negative") {
                $0.extended([("GNU.sparse.size", "-1"), ("GNU.sparse.map", "0,0")])
                $0.file("x")
            }, "does not fit its file"
        ),
        (
            TarCase("a sparse map in the data that counts too far") {
                $0.extended([
                    ("GNU.sparse.major", "1"), ("GNU.sparse.minor", "0"),
                    ("GNU.sparse.realsize", "100"),
                ])
                $0.add("x".utf8, body: Array("99999999\n".utf8) + [UInt8](repeating: 0, count: 503))
            }, "pieces of a sparse file"
        ),
        (
            TarCase("a sparse map in the data that never ends") {
                $0.extended([
                    ("GNU.sparse.major", "1"), ("GNU.sparse.realsize", "100"),
                ])
                $0.add("x".utf8, body: [UInt8](repeating: 0x31, count: 1024))
            }, "damaged sparse map"
        ),
        (
            TarCase("a sparse map in the data that the data lacks") {
                $0.extended([
                    ("GNU.sparse.major", "1"), ("GNU.sparse.realsize", "100"),
                ])
                $0.add("x".utf8, body: Array("2\n0\n".utf8))
            }, "damaged sparse map"
        ),
        (
            TarCase("an old sparse map that overlaps") {
                $0.add("x", type: "S", body: "abcdef") {
                    for (index, number) in [0, 3, 1, 3].enumerated() {
                        RawTar.put(RawTar.octal(number, 11), in: &$0, at: 386 + index * 12)
                    }
                    RawTar.put(RawTar.octal(100, 11), in: &$0, at: 483)
                }
            }, "does not fit its file"
        ),
    ]

    private func readAll(_ archive: [UInt8], pieceSize: Int = 1000) throws {
        var reader = TarReader(source: pieces(of: archive, size: pieceSize))
        while try reader.next() != nil {
            while try !reader.readBody(4096).isEmpty {}
        }
    }

    @Test("what lies is refused by name", arguments: refused)
    func refuses(archive: TarCase, why: String) throws {
        let error = try #require(throws: TarError.self) { try readAll(archive.archive) }
        #expect(error.description.contains(why), "\(error)")
    }

    @Test("an archive cut anywhere is refused, or ends between members")
    func cut() throws {
        var tar = RawTar()
        tar.extended([("path", "longer")])
        tar.file("x", String(repeating: "x", count: 700))
        tar.long("another")
        tar.file("y", "y")
        let archive = tar.finished
        // The member ends after its header, its content and the blocks' padding.
        let ends = [0, 512 * 5, 512 * 9]
        for length in stride(from: 0, to: 512 * 9, by: 64) {
            let cut = Array(archive.prefix(length))
            if ends.contains(length) {
                try readAll(cut)
            } else {
                #expect(throws: TarError.self, "cut at \(length)") { try readAll(cut) }
            }
        }
    }

    @Test("the number of members has a limit; extended headers do not count")
    func entries() throws {
        var tar = RawTar()
        for number in 0..<50 {
            tar.extended([("path", "name-\(number)")])
            tar.file("x")
        }
        var within = TarReader(entryLimit: 50, source: pieces(of: tar.finished))
        while try within.next() != nil {}
        var beyond = TarReader(entryLimit: 49, source: pieces(of: tar.finished))
        #expect(throws: TarError.limit("entries", 49)) {
            while try beyond.next() != nil {}
        }
    }

    @Test("a sparse map in the data is read however the source cuts it", arguments: [1, 100, 700])
    func sparseInPieces(pieceSize: Int) throws {
        var tar = RawTar()
        tar.extended([
            ("GNU.sparse.major", "1"), ("GNU.sparse.minor", "0"), ("GNU.sparse.name", "real"),
            ("GNU.sparse.realsize", "100"),
        ])
        let map = Array("2\n10\n3\n50\n3\n".utf8)
        tar.add(
            "GNUSparseFile.0/real".utf8,
            body: map + [UInt8](repeating: 0, count: 512 - map.count) + Array("abcdef".utf8))
        var reader = TarReader(source: pieces(of: tar.finished, size: pieceSize))
        let entry = try #require(try reader.next())
        #expect(entry.path == "real")
        #expect(entry.size == 100)
        #expect(entry.extents?.map(\.offset) == [10, 50])
        #expect(entry.extents?.map(\.length) == [3, 3])
        var body: [UInt8] = []
        while true {
            let piece = try reader.readBody()
            if piece.isEmpty { break }
            body += piece
        }
        #expect(body == Array("abcdef".utf8))
        #expect(try reader.next() == nil)
    }

    @Test("a file that is one hole")
    func hole() throws {
        var tar = RawTar()
        tar.extended([("GNU.sparse.size", "1000"), ("GNU.sparse.numblocks", "0")])
        tar.file("x")
        var reader = TarReader(source: pieces(of: tar.finished))
        let entry = try #require(try reader.next())
        #expect(entry.size == 1000)
        #expect(entry.extents == [])
    }

    @Test("damaged archives of every kind are refused or read, never trapped on", arguments: 0..<10)
    func fuzz(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let archives = Self.refused.map(\.0.archive).filter { $0.count < 20_000 }
        for archive in archives {
            for _ in 0..<5 {
                var bytes = random.mutated(archive)
                // A wrong sum would end most of them at the first header.
                if Bool.random(using: &random), bytes.count >= 512 {
                    var block = Array(bytes[..<512])
                    RawTar.seal(&block)
                    bytes.replaceSubrange(..<512, with: block)
                }
                do { try readAll(bytes) } catch is TarError {
                    // Refused: the other right answer.
                }
            }
        }
    }
}
