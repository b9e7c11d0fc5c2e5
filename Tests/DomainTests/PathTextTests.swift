import Domain
import Testing

/// Paths are bytes between slashes, whatever Unicode makes of them.
struct PathTextTests {
    /// An accent that joins whatever stands before it, a slash too.
    private static let accent = "\u{301}"

    @Test(
        "the folder of a path",
        arguments: [
            ("/a/b", "/a"), ("/a", "/"), ("/", "/"), ("/é/éé.yaml", "/é"),
            ("/a/\(accent)x", "/a"), ("/a\(accent)/x", "/a\(accent)"),
        ])
    func folder(path: String, expected: String) {
        #expect(PathText.folder(of: path).utf8.elementsEqual(expected.utf8))
    }

    @Test(
        "what a path's last part is in, and its name",
        arguments: [
            ("/a/b", "/a", "b"), ("/a", "/", "a"), ("/", nil, ""), ("a", nil, "a"),
            ("a/b", "a", "b"), ("a/\(accent)x", "a", "\(accent)x"), ("", nil, ""),
        ] as [(String, String?, String)])
    func parent(path: String, expected: String?, name: String) {
        #expect(PathText.parent(of: path).map { Array($0.utf8) } == expected.map { Array($0.utf8) })
        #expect(PathText.name(of: path).utf8.elementsEqual(name.utf8))
    }

    @Test("the path of something in a folder, and what begins at the root")
    func joined() {
        #expect(PathText.path(of: "a", in: "/") == "/a")
        #expect(PathText.path(of: "a/b", in: "/c") == "/c/a/b")
        #expect(PathText.isAbsolute("/\(Self.accent)a"))
        #expect(!PathText.isAbsolute("a/b") && !PathText.isAbsolute(""))
    }

    @Test("two spellings of one word are two names")
    func same() {
        #expect("e\(Self.accent)" == "\u{e9}")
        #expect(!PathText.isSame("/e\(Self.accent)", "/\u{e9}"))
        #expect(PathText.isSame("/\u{e9}", "/\u{e9}"))
    }

    @Test(
        "what lies below a folder",
        arguments: [
            ("/a/b/c", "/a", "b/c"), ("/a", "/a", ""), ("/ab", "/a", nil), ("/a", "/", "a"),
            ("/é/ö", "/é", "ö"), ("/b", "/a", nil),
            // Composed and decomposed are two names of two folders.
            ("/e\(accent)/x", "/\u{e9}", nil), ("/a\(accent)/x", "/a", nil),
        ] as [(String, String, String?)])
    func rest(path: String, folder: String, expected: String?) {
        #expect(PathText.rest(of: path, below: folder) == expected)
    }

    @Test(
        "the folder that the end of a path is relative to",
        arguments: [
            ("/a/b/c.yaml", "b/c.yaml", "/a"), ("/c.yaml", "c.yaml", "/"),
            ("/home/ada/repo/ééééé.yaml", "ééééé.yaml", "/home/ada/repo"),
            ("/é/c.yaml", "c.yaml", "/é"), ("/a/xc.yaml", "c.yaml", nil),
            ("/a/e\(accent)", "\u{e9}", nil), ("c.yaml", "c.yaml", nil),
        ] as [(String, String, String?)])
    func before(path: String, end: String, expected: String?) {
        #expect(PathText.folder(of: path, before: end) == expected)
    }

    @Test("the parts")
    func parts() {
        #expect(PathText.parts(of: "a//b/./..") == ["a", "b", ".", ".."])
        #expect(PathText.parts(of: "../\(Self.accent)x").first == "..")
    }
}
