import TestSupport
import Testing
import Workflows

struct ProjectPathTests {
    @Test(
        "a file is named relative to the file that names it",
        arguments: [
            ("b.yaml", "ci/b.yaml"), ("./b.yaml", "ci/b.yaml"), ("../b.yaml", "b.yaml"),
            ("x//y.yaml", "ci/x/y.yaml"), ("../ci/../c.yaml", "c.yaml"),
            ("...", "ci/..."), ("a b.yaml", "ci/a b.yaml"),
        ])
    func sibling(text: String, expected: String) throws {
        let path = try ProjectPath(parsing: "ci/a.yaml")
        #expect(try path.sibling(text).description == expected)
    }

    @Test(
        "what leads out, or to no file, is refused",
        arguments: [
            ("", ProjectPathError.empty), ("/etc/passwd", .absolute("/etc/passwd")),
            ("../../x", .outside("../../x")), ("..", .folder("..")), ("x/", .folder("x/")),
            ("a\nb", .control), ("a\u{0}", .control),
            (String(repeating: "a", count: 1100), .tooLong),
        ])
    func refuses(text: String, expected: ProjectPathError) throws {
        let path = try ProjectPath(parsing: "ci/a.yaml")
        #expect(throws: expected) { try path.sibling(text) }
    }

    @Test("whatever the text, a path has no '..' and is relative", .timeLimit(.minutes(3)))
    func fuzz() throws {
        var random = SeededGenerator(seed: 8)
        let pieces = ["..", ".", "/", "//", "a", "b.yaml", "\u{7f}", "é", "", "../"]
        let base = try ProjectPath(parsing: "x/y/z.yaml")
        for _ in 0..<5000 {
            let count = Int.random(in: 0...8, using: &random)
            let text = (0..<count).map { _ in pieces.randomElement(using: &random) ?? "" }.joined()
            guard let path = try? base.sibling(text) else { continue }
            let parts = path.description.split(
                separator: "/", omittingEmptySubsequences: false)
            #expect(!parts.contains("..") && !parts.contains(".") && !parts.contains(""))
        }
    }
}
