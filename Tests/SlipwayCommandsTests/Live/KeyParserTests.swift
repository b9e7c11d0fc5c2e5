import TestSupport
import Testing

@testable import SlipwayCommands

/// Keys from the bytes of a terminal.
struct KeyParserTests {
    @Test(
        "keys of a terminal are known",
        arguments: [
            ("\u{1b}[A", [Key.up]), ("\u{1b}OB", [.down]), ("\u{1b}[C\u{1b}[D", [.right, .left]),
            ("\u{1b}[5~", [.pageUp]), ("\u{1b}[6~", [.pageDown]), ("\u{1b}[1~", [.home]),
            ("\u{1b}[H", [.home]), ("\u{1b}[4~\u{1b}OF", [.end, .end]),
            ("\u{1b}[1;5A", [.up]), ("\r", [.enter]), ("\n", [.enter]), ("\u{7f}", [.backspace]),
            ("qé日😀", [.character("q"), .character("é"), .character("日"), .character("😀")]),
            ("\u{1b}j", [.escape, .character("j")]), ("\u{1b}\u{1b}[B", [.escape, .down]),
            // Not known, and passed over.
            ("\u{1b}[200~x", [.character("x")]), ("\u{1}\u{0}y", [.character("y")]),
            ("\u{1b}[99;99;99Zz", [.character("z")]), ("\u{9b}", []),
            ("\u{202e}a", [.character("a")]),
        ] as [(String, [Key])])
    func keys(text: String, expected: [Key]) {
        var parser = KeyParser()
        #expect(parser.take(text.utf8) == expected)
        #expect(!parser.isPending)
    }

    @Test("a lone ESC is the key when nothing follows")
    func escape() {
        var parser = KeyParser()
        #expect(parser.take([0x1b]) == [])
        #expect(parser.isPending)
        #expect(parser.flush() == [.escape])
        #expect(!parser.isPending)
        // Cut by a slow line: not the key.
        #expect(parser.take([0x1b]) == [])
        #expect(parser.take("[A".utf8) == [.up])
        // The beginning of a letter that never came is nothing.
        #expect(parser.take([0xe6]) == [])
        #expect(parser.flush() == [])
    }

    @Test("bytes may be cut anywhere, whatever they are", arguments: 0..<200 as Range<UInt64>)
    func cuts(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let pieces: [[UInt8]] = [
            [0x1b], Array("[".utf8), Array("O".utf8), Array("5~".utf8), Array("A".utf8),
            Array("日".utf8), [0xff], [0xe6, 0x97], Array("1;2".utf8), [0x0d], [0x00],
            [UInt8](repeating: 0x31, count: 40), Array("😀".utf8), [0x80],
        ]
        var bytes: [UInt8] = []
        for _ in 0..<40 { bytes += pieces[Int.random(in: pieces.indices, using: &random)] }
        bytes = random.mutated(bytes)
        var whole = KeyParser()
        let expected = whole.take(bytes)
        var cut = KeyParser()
        var keys: [Key] = []
        for byte in bytes { keys += cut.take([byte]) }
        #expect(keys == expected)
        #expect(keys.count <= bytes.count)
        #expect(cut.flush() == whole.flush())
    }
}
