import Domain
import Storage
import TestSupport
import Testing
import Workflows

/// `slipway fmt` as a user drives it.
struct FmtTests {
    private static let loose = "# top\na:\n    b:   1   # one\n\n\n\n    c: |\n      text  \n"
    private static let neat = "# top\na:\n  b: 1     # one\n\n  c: |\n    text  \n"

    private static func text(_ path: String) throws -> String {
        String(decoding: try Files.readFile(path, limit: 1 << 20), as: UTF8.self)
    }

    @Test("every example is in the common layout")
    func examples() throws {
        let folder = "\(Checkout.root)/Examples"
        let shared = try Files.list("\(folder)/shared").map { "shared/\($0)" }
        for name in try Files.list(folder) + shared where name.hasSuffix(".yaml") {
            let bytes = try Files.readFile("\(folder)/\(name)", limit: 1 << 20)
            #expect(try YAMLFormatter.format(bytes).bytes == bytes, "\(name)")
        }
    }

    @Test("a file is replaced at once, with its mode; a link stays one")
    func replaces() async throws {
        try await TestHome.with { home in
            let file = try home.workflow(Self.loose)
            try Files.setMode(file, 0o640)
            let link = "\(file).link.yaml"
            try Files.link(file, at: link)
            let result = try await home.slipway(["fmt", link])
            #expect(result.code == 0)
            #expect(try Self.text(file) == Self.neat)
            #expect(try Files.status(file)?.mode == 0o640)
            #expect(try Files.status(link)?.kind == .link)
            let folder = PathText.folder(of: file)
            #expect(try Files.list(folder).allSatisfy { !$0.hasPrefix(".slipway") })
            let before = try Files.status(file)?.inode
            let again = try await home.slipway(["fmt", file])
            #expect(again.code == 0 && again.output.isEmpty && again.error.isEmpty)
            #expect(try Files.status(file)?.inode == before)
            #expect(!Files.exists(home.path))
        }
    }

    @Test("--check lists files that would change, ends with 1, and changes nothing")
    func check() async throws {
        try await TestHome.with { home in
            let loose = try home.workflow(Self.loose, name: "loose.yaml")
            let neat = try home.workflow(Self.neat, name: "neat.yaml")
            let result = try await home.slipway(["fmt", "--check", loose, neat])
            #expect(result.code == 1)
            #expect(result.output == "\(loose)\n")
            #expect(try Self.text(loose) == Self.loose)
            #expect(try await home.slipway(["fmt", "--check", neat]).code == 0)
        }
    }

    @Test("--diff prints what git can apply")
    func diff() async throws {
        let many = (0..<40).map { "k\($0):\($0 % 13 == 0 ? "   " : " ")v\n" }.joined()
        let texts = [
            many, Self.loose, "a:   1", "\n\n\na: 1\n", "a: 1\n\n\n\n",
            "a: |\n    text", "a: 1\n\n\nb:   2",
        ]
        try await TestHome.with { home in
            for text in texts {
                let file = try home.workflow(text, name: "f.yaml")
                let folder = String(file.dropLast("/f.yaml".utf8.count))
                let result = try await home.slipway(["fmt", "--diff", "f.yaml"], folder: folder)
                #expect(result.code == 0)
                #expect(try Self.text(file) == text)
                try Files.writeFile("\(folder)/patch", result.output.utf8)
                let applied = try await Program.run(
                    "/usr/bin/git", ["apply", "-p0", "patch"], folder: folder)
                #expect(applied.code == 0, "\(applied.error) \(result.output)")
                let expected = try YAMLFormatter.format(Array(text.utf8)).bytes
                #expect(try Files.readFile(file, limit: 1 << 20) == expected)
            }
        }
    }

    @Test("standard input goes to standard output")
    func input() async throws {
        try await TestHome.with { home in
            let file = try home.workflow(Self.loose)
            let program = try BuiltProduct.path("slipway")
            let result = try await Program.run(
                "/bin/sh", ["-c", "exec \"$0\" fmt - <\"$1\"", program, file],
                environment: home.environment())
            #expect(result.code == 0)
            #expect(result.output == Self.neat)
            #expect(try Self.text(file) == Self.loose)
        }
    }

    @Test("a file that is not valid is named with its place, and the others are done")
    func invalid() async throws {
        try await TestHome.with { home in
            let wrong = try home.workflow("a: [1\n", name: "wrong.yaml")
            let other = try home.workflow("? a\n: b\n", name: "other.yaml")
            let loose = try home.workflow(Self.loose, name: "loose.yaml")
            let result = try await home.slipway(["fmt", wrong, other, "/no/such.yaml", loose])
            #expect(result.code == 3)
            #expect(result.error.contains("wrong.yaml:2:1: error[yaml-syntax]: "))
            #expect(result.error.contains("other.yaml:1:1: a key stands behind '?'"))
            #expect(result.error.contains("there is no file '/no/such.yaml'"))
            #expect(try Self.text(wrong) == "a: [1\n")
            #expect(try Self.text(loose) == Self.neat)
            #expect(try await home.slipway(["fmt", wrong]).code == 64)
        }
    }
}
