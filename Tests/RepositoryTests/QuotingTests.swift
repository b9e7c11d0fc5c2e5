import Foundation
import Testing

/// Nothing that others wrote is cut for a message: what masks secrets knows whole ones alone.
struct QuotingTests {
    private static let root = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// What reads foreign things; `Workflows` quotes what its own user wrote into a file.
    private static let targets = ["Executors", "OCI", "Registry", "Runs", "Scripting", "Storage"]

    private static let allowed = [
        // Masked first.
        "Masking.swift",
        // Two digits; a digest; the name of a group of runs, in which no secret expands.
        "ProxyRules.swift", "TreeStore.swift", "RunService+Concurrency.swift",
        // Looks at a file's end.
        "ReportParser.swift",
    ]

    /// Whether a line makes a text of the first or last so many of another.
    private static func cuts(_ line: Substring) -> Bool {
        for word in [".prefix(", ".suffix("] {
            guard let at = line.firstRange(of: word) else { continue }
            let before = line[..<at.lowerBound]
            let after = line[at.upperBound...]
            guard after.first?.isNumber == true, !before.hasSuffix("hex") else { continue }
            guard before.contains("\"") || before.contains("String(") else { continue }
            // Of a list the first few, each as a whole; a look, not a text.
            let rest = after.drop { $0 != ")" }.dropFirst()
            if [".joined", ".compactMap", " {", " =="].contains(where: rest.hasPrefix) { continue }
            return true
        }
        return false
    }

    @Test("it tells what cuts from what does not")
    func tells() {
        #expect(Self.cuts(#"why: "it is '\(name.prefix(60))'""#))
        #expect(Self.cuts("String(decoding: bytes.prefix(300), as: UTF8.self)"))
        #expect(!Self.cuts(#"let some = "x" + tags.prefix(10).joined(separator: ", ")"#))
        #expect(!Self.cuts("let head = bytes.prefix(64)"))
        #expect(!Self.cuts(#""\(root)/\(digest.hex.prefix(2))""#))
    }

    @Test("messages quote as a whole or not at all (Quotation), or mask first (Masking.message)")
    func nothingIsCut() throws {
        var files = 0
        for target in Self.targets {
            let folder = Self.root.appending(path: "Sources/\(target)")
            for path in try FileManager.default.subpathsOfDirectory(atPath: folder.path)
            where path.hasSuffix(".swift") {
                files += 1
                let name = path.split(separator: "/").last.map(String.init) ?? path
                if Self.allowed.contains(name) { continue }
                let text = try String(contentsOf: folder.appending(path: path), encoding: .utf8)
                for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false)
                    .enumerated()
                where Self.cuts(line) {
                    Issue.record("\(target)/\(path):\(index + 1) cuts a text: use Quotation")
                }
            }
        }
        #expect(files > 200)
    }
}
