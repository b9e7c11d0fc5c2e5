import Foundation
import Testing

/// Holds the code to the map in ARCHITECTURE.md: imports point down only.
struct LayeringTests {
    private static let root = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    private static let lines: [[String]] = [
        ["CYAML", "CExpat", "CLinux", "CCompression", "CLua", "CLuaSandbox"], ["Domain", "OCI"],
        ["Storage"],
        ["Workflows", "Runs", "Registry", "Secrets"], ["Executors", "Scripting"],
        ["SlipwayCommands"], ["slipway"],
    ]
    /// Where a line may be crossed sideways, and why: the seam and the vocabulary of OCI.
    private static let exceptions: Set<[String]> = [["Runs", "Workflows"], ["OCI", "Domain"]]

    private static func sources() throws -> [(target: String, file: String, text: String)] {
        let base = root.appending(path: "Sources")
        let paths = try FileManager.default.subpathsOfDirectory(atPath: base.path)
        return try paths.filter { $0.hasSuffix(".swift") }.map { path in
            let text = try String(contentsOf: base.appending(path: path), encoding: .utf8)
            return (String(path.prefix { $0 != "/" }), path, text)
        }
    }

    @Test("imports point down only")
    func imports() throws {
        let level = Dictionary(
            uniqueKeysWithValues: Self.lines.enumerated().flatMap { index, names in
                names.map { ($0, index) }
            })
        let sources = try Self.sources()
        #expect(sources.count > 50)
        for (target, file, text) in sources where target != "TestSupport" {
            let own = try #require(level[target], "\(target) is not on the map")
            for line in text.split(separator: "\n") where line.contains("import ") {
                let words = line.split(separator: " ").map(String.init)
                guard let at = words.firstIndex(of: "import"), at <= 1, at + 1 < words.count,
                    let other = level[words[at + 1]]
                else { continue }
                let isAllowed =
                    other < own || Self.exceptions.contains([target, words[at + 1]])
                #expect(isAllowed, "\(file) imports \(words[at + 1])")
            }
        }
    }

    /// Names of images and registries have slashes too, and none but plain letters around them.
    private static let cutters: Set = [
        "OCI/Images/ImageReference.swift", "Registry/Credentials/AuthFile.swift",
    ]

    @Test("paths are cut by bytes, in one place")
    func paths() throws {
        for (_, file, text) in try Self.sources() where !Self.cutters.contains(file) {
            #expect(!text.contains("lastIndex(of: \"/\")"), "\(file) should ask PathText")
        }
    }

    @Test("files are short, lines fit, and every TODO has an issue")
    func tidy() throws {
        for (_, file, text) in try Self.sources() {
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
            #expect(lines.count <= 300, "\(file) has \(lines.count) lines")
            for (number, line) in lines.enumerated() {
                #expect(line.count <= 100, "\(file):\(number + 1) is too long")
                if line.contains("TODO") {
                    #expect(line.contains("TODO(#"), "\(file):\(number + 1): TODO without an issue")
                }
            }
        }
    }
}
