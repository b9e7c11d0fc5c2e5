import Foundation
import Testing

/// docs/security.md promises nothing that no test holds.
struct SecurityPageTests {
    private static let root = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    private static func page() throws -> [Substring] {
        try String(contentsOf: root.appending(path: "docs/security.md"), encoding: .utf8)
            .split(separator: "\n", omittingEmptySubsequences: false)
    }

    /// `Suite/test` of a text, as written between back-quotes.
    private static func names(in text: some StringProtocol) -> [String] {
        text.split(separator: "`", omittingEmptySubsequences: false).enumerated()
            .filter { !$0.offset.isMultiple(of: 2) && $0.element.contains("Tests/") }
            .map { String($0.element) }.filter { !$0.hasSuffix("/") }
    }

    /// Functions below each suite's name, in all files of `Tests`.
    private static func tests() throws -> Set<String> {
        let folder = root.appending(path: "Tests")
        var found: Set<String> = []
        for path in try FileManager.default.subpathsOfDirectory(atPath: folder.path)
        where path.hasSuffix(".swift") {
            var suite = "", isTest = false
            let text = try String(contentsOf: folder.appending(path: path), encoding: .utf8)
            for line in text.split(separator: "\n") {
                let words = line.split { " {:(<".contains($0) }
                if let at = words.firstIndex(where: { $0 == "struct" || $0 == "extension" }),
                    at + 1 < words.count, words[at + 1].hasSuffix("Tests")
                {
                    suite = String(words[at + 1])
                }
                if line.contains("@Test") { isTest = true }
                if isTest, let at = words.firstIndex(of: "func"), at + 1 < words.count {
                    found.insert("\(suite)/\(words[at + 1])")
                    isTest = false
                }
            }
        }
        return found
    }

    @Test("each test that the page on security names is there")
    func exist() throws {
        let tests = try Self.tests()
        #expect(tests.count > 500)
        let named = try Self.page().flatMap { Self.names(in: $0) }
        #expect(named.count > 80)
        for name in named { #expect(tests.contains(name), "docs/security.md names \(name)") }
    }

    @Test("each claim names a test, or says that it is not protected or has no test")
    func held() throws {
        var rows = 0, isClaims = false
        for line in try Self.page() {
            guard line.hasPrefix("|") else {
                isClaims = false
                continue
            }
            let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            if cells.last == "held by" {
                isClaims = true
            } else if isClaims, cells.count > 1 {
                let last = cells[cells.count - 1]
                if last.allSatisfy({ $0 == "-" }) { continue }
                rows += 1
                let isHeld =
                    !Self.names(in: last).isEmpty || last.hasPrefix("not protected")
                    || last == "no test"
                #expect(isHeld, "docs/security.md: '\(cells[0])' names no test")
            }
        }
        #expect(rows > 50)
    }
}
