import Domain
import TestSupport
import Testing

struct GlobPatternTests {
    @Test(
        "what a pattern means",
        arguments: [
            ("main", ["main"], ["mai", "main2", "Main", "a/main", ""]),
            ("release/*", ["release/1", "release/"], ["release", "release/1/2", "x/release/1"]),
            ("*", ["a", "größe", ""], ["a/b", "/"]),
            ("**", ["a", "a/b/c", ""], []),
            ("src/**", ["src/a", "src/a/b"], ["src", "source/a"]),
            ("**/test", ["test", "a/test", "a/b/test"], ["atest", "test/a"]),
            ("a/**/b", ["a/b", "a/x/b", "a/x/y/b"], ["ab", "a/xb", "a/b/c"]),
            ("**/*.md", ["a.md", "docs/a.md", "a/b/c.md"], ["a.mdx", "docs/a"]),
            ("a**z", ["az", "abz", "a/b/z"], ["a", "bz"]),
            ("v?.[0-9]", ["v1.2", "vx.0", "vß.9"], ["v1.x", "v.2", "v/.2", "v12.2"]),
            ("[!a-c]x", ["dx", "-x"], ["ax", "/x", "x"]),
            ("[^a]", ["b"], ["a", "/"]),
            ("[]x]", ["]", "x"], ["a"]),
            ("[a-]", ["a", "-"], ["b"]),
            ("[\\]]", ["]"], ["\\"]),
            ("\\*\\?\\[", ["*?["], ["a?["]),
            ("{a,b}", ["{a,b}"], ["a", "b"]),
            ("日本/?", ["日本/語"], ["日本/言語"]),
        ] as [(String, [String], [String])])
    func means(text: String, matching: [String], others: [String]) throws {
        let pattern = try GlobPattern(parsing: text)
        #expect(pattern.description == text)
        for name in matching { #expect(pattern.matches(name), "\(name)") }
        for name in others { #expect(!pattern.matches(name), "\(name)") }
    }

    @Test(
        "what is no pattern",
        arguments: [
            ("", .empty), ("!main", .exclusion), ("a[b", .unclosedSet), ("[]", .unclosedSet),
            ("[a\\", .unclosedSet), ("a\\", .danglingEscape), ("[z-a]", .descending("z-a")),
            ("a\nb", .control), ("a\u{0}", .control),
            (String(repeating: "a", count: 1025), .tooLong),
        ] as [(String, GlobError)])
    func refuses(text: String, expected: GlobError) {
        #expect(throws: expected) { try GlobPattern(parsing: text) }
    }

    @Test(
        "patterns that blow up elsewhere are answered at once",
        arguments: [
            String(repeating: "*a", count: 500) + "b",
            String(repeating: "**/", count: 340) + "b",
            String(repeating: "**", count: 511) + "b",
            String(repeating: "[!b]*", count: 200) + "b",
            String(repeating: "?*", count: 500) + "b",
        ])
    func hostile(text: String) throws {
        let pattern = try GlobPattern(parsing: text)
        let clock = ContinuousClock()
        let time = clock.measure {
            for unit in ["a", "a/"] {
                let name = String(repeating: unit, count: 4000 / unit.utf8.count)
                #expect(!pattern.matches(name))
            }
        }
        // Followed one after another, the ways of the first one would outlast the universe.
        #expect(time < .seconds(30))
    }

    @Test("names above 4 KiB match nothing")
    func longNames() throws {
        let pattern = try GlobPattern(parsing: "**")
        #expect(pattern.matches(String(repeating: "a", count: 4096)))
        #expect(!pattern.matches(String(repeating: "a", count: 4097)))
    }

    @Test("random patterns agree with the plainest way to match", arguments: 0..<20)
    func fuzz(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let parts = ["a", "b", "/", "*", "**", "?", "[ab]", "[!a]", "**/", "\\*"]
        var read = 0
        for _ in 0..<300 {
            let text = (0..<Int.random(in: 1...6, using: &random))
                .map { _ in parts.randomElement(using: &random) ?? "a" }.joined()
            let name = (0..<Int.random(in: 0...7, using: &random))
                .map { _ in ["a", "b", "/", "*"].randomElement(using: &random) ?? "a" }.joined()
            let pattern = try GlobPattern(parsing: text)
            let expected = Self.plain(Array(text.utf8)[...], Array(name.utf8)[...], isFirst: true)
            #expect(pattern.matches(name) == expected, "\(text) on \(name)")
            read += 1
        }
        #expect(read == 300)
        for _ in 0..<200 {
            let bytes = random.mutated(Array("src/**/[a-z]?\\*.md".utf8))
            do {
                _ = try GlobPattern(parsing: String(decoding: bytes, as: UTF8.self)).matches(
                    "src/a")
            } catch {}
        }
    }

    /// Every way, one after another: only for short names. Knows the pieces of the fuzz test.
    private static func plain(
        _ pattern: ArraySlice<UInt8>, _ name: ArraySlice<UInt8>, isFirst: Bool
    ) -> Bool {
        guard let head = pattern.first else { return name.isEmpty }
        let rest = pattern.dropFirst()
        func one(_ count: Int, _ isIn: (UInt8) -> Bool) -> Bool {
            guard let byte = name.first, isIn(byte) else { return false }
            return plain(pattern.dropFirst(count), name.dropFirst(), isFirst: byte == 0x2f)
        }
        switch head {
        case UInt8(ascii: "*") where rest.first == head:
            let stars = pattern.prefix { $0 == head }.count
            let tail = pattern.dropFirst(stars)
            if isFirst, tail.first == 0x2f {
                if plain(tail.dropFirst(), name, isFirst: true) { return true }
                return name.indices.contains { index in
                    name[index] == 0x2f
                        && plain(tail.dropFirst(), name[index...].dropFirst(), isFirst: true)
                }
            }
            return (name.startIndex...name.endIndex).contains {
                plain(tail, name[$0...], isFirst: false)
            }
        case UInt8(ascii: "*"):
            let end = name.firstIndex(of: 0x2f) ?? name.endIndex
            return (name.startIndex...end).contains { plain(rest, name[$0...], isFirst: false) }
        case UInt8(ascii: "?"): return one(1) { $0 != 0x2f }
        case UInt8(ascii: "\\"): return one(2) { $0 == 0x2a }
        case UInt8(ascii: "[") where rest.first == 0x21:
            return one(4) { $0 != 0x2f && $0 != 0x61 }
        case UInt8(ascii: "["): return one(4) { $0 == 0x61 || $0 == 0x62 }
        default:
            guard name.first == head else { return false }
            return plain(rest, name.dropFirst(), isFirst: head == 0x2f)
        }
    }
}
