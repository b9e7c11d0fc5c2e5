import Foundation
import Testing

/// No message has the first or last so many of what others wrote: what masks secrets knows whole
/// ones alone.
///
/// It reads lines, not meaning: each that takes a number of elements with `prefix`, `suffix` or
/// `dropLast` is known here by its words. What is cut by indices, or at a byte that stands in the
/// text, it does not see.
struct QuotingTests {
    private static let root = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// What reads foreign things; `Workflows` quotes what its own user wrote into a file.
    private static let targets = ["Executors", "OCI", "Registry", "Runs", "Scripting", "Storage"]

    /// Lines that cut and may, by their files.
    private static let allowed: [String: [String]] = [
        // Masked first.
        "Masking.swift": [
            #"return String(String.UnicodeScalarView(scalars.prefix(4096))) + "…""#
        ],
        "XMLReports.swift": [
            "let shown = String(String.UnicodeScalarView(words.prefix(limit)))",
            // A look at names of elements.
            #"guard name == "line", above.suffix(2) == ["class", "lines"] else { return }"#,
        ],
        // No secret expands in either.
        "RunService+Concurrency.swift": ["return String(text.prefix(500))"],
        "RunNotifications.swift": [
            #""message": .string(String(message.prefix(RunNotifications.messageLimit))),"#
        ],
        // Whole lines are kept of it.
        "Spawning.swift": ["bytes += piece.prefix(room)"],
        // A look at how it begins or ends.
        "ResultParser.swift": [
            "let start = pieces + bytes.prefix(ResultLimits.lineBytes - pieces.count)"
        ],
        "ReportParser.swift": [
            "let head = bytes.prefix(64 << 10)",
            #"guard contains("\"2.1.0\"", head) || contains("\"2.1.0\"", bytes.suffix(4096)),"#,
        ],
        // Pieces that follow each other.
        "LogWriter.swift": ["let piece = rest.prefix(LogRecord.textLimit)"],
        "Unpacker+Members.swift": [
            "let part = piece.prefix(Int(min(rest, Int64(piece.count))))"
        ],
        // Numbers of a fixed width, digests, names of our own.
        "ProxyRules.swift": [
            "let code = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)",
            #"direct = (value("NO_PROXY") ?? "").split { $0 == "," || $0 == " " }.prefix(1000)"#,
        ],
        "RuntimeMessage.swift": ["let text = String(rest.prefix(digits))"],
        "TreeStore.swift": [
            #"do { return (name, try OCI.Digest(parsing: "sha256:\(name.prefix(64))")) } catch {"#
        ],
        "OCIExecutor+Keeping.swift": [
            "let id = AttemptID(parsing: name.dropLast(Self.partMark.count))"
        ],
        "RunService+Sweeping.swift": ["return RunID(parsing: name.dropLast(suffix.count))"],
        "LogSegments.swift": ["return Int64(name.dropLast(4))"],
        // A known end is taken off a path of the user's.
        "TLSSettings.swift": [#"let stem = "\(folder)/\(name.dropLast(5))""#],
        // Lists, each element as a whole.
        "RawLog+LastLines.swift": ["return lines.suffix(count)"],
        "SubordinateIDs.swift": ["self.ranges = Array(ranges.prefix(Self.lineLimit))"],
        "AttemptReports.swift": ["counts.failures = Array(counts.failures.prefix(room))"],
        "SimulationDriver.swift": ["await evaluate(Array(rest.prefix(Self.hooksAtOnce)))"],
        "GitRemoteRefs.swift": [
            "let short = names.lazy.compactMap(Self.short).prefix(2000)"
        ],
    ]

    /// Whether a line takes the first or last so many of something that may be a text.
    private static func cuts(_ line: some StringProtocol) -> Bool {
        let line = String(line)
        if line.drop(while: { $0 == " " }).hasPrefix("//") { return false }
        for word in [".prefix(", ".suffix(", ".dropLast("] {
            var rest = line[...]
            while let at = rest.firstRange(of: word) {
                let before = line[..<at.lowerBound]
                rest = rest[at.upperBound...]
                // By a condition, or one of our own functions with this name.
                if [")", "while:", "where:", "leg:"].contains(where: rest.hasPrefix) { continue }
                if before.hasSuffix("hex") || before.hasSuffix("Self") { continue }
                // Of a list the first few, each as a whole; a look, not a text.
                let after = Self.behindArgument(rest)
                let goesOn = [
                    ".joined", ".compactMap", ".map", ".enumerated", ".firstIndex", " {", ") {",
                ]
                if goesOn.contains(where: after.hasPrefix) { continue }
                return true
            }
        }
        return false
    }

    /// What follows the parenthesis that ends an argument.
    private static func behindArgument(_ text: Substring) -> Substring {
        var depth = 1
        for index in text.indices {
            if text[index] == "(" { depth += 1 }
            if text[index] == ")" { depth -= 1 }
            if depth == 0 { return text[text.index(after: index)...] }
        }
        return ""
    }

    @Test("it tells what cuts from what does not")
    func tells() {
        #expect(Self.cuts(#"why: "it is '\(name.prefix(60))'""#))
        #expect(Self.cuts("String(decoding: bytes.prefix(300), as: UTF8.self)"))
        #expect(Self.cuts("let shown = text.prefix(Self.limit)"))
        #expect(Self.cuts("let shown = text.dropLast(text.count - limit)"))
        #expect(Self.cuts("a.prefix { $0 != 0 } + b.suffix(max(0, count(of: b)))"))
        #expect(!Self.cuts(#"let some = "x" + tags.prefix(10).joined(separator: ", ")"#))
        #expect(!Self.cuts("for tag in tags.prefix(limit(of: tags)) {"))
        #expect(!Self.cuts("let line = bytes.prefix(while: isDigit)"))
        #expect(!Self.cuts("// bytes.prefix(64)"))
        #expect(!Self.cuts(#""\(root)/\(digest.hex.prefix(2))""#))
    }

    @Test("what cuts is known by its line; messages use Quotation, or Masking.message")
    func nothingIsCut() throws {
        var files = 0
        var unseen = Self.allowed.mapValues(Set.init)
        for target in Self.targets {
            let folder = Self.root.appending(path: "Sources/\(target)")
            for path in try FileManager.default.subpathsOfDirectory(atPath: folder.path)
            where path.hasSuffix(".swift") {
                files += 1
                let name = path.split(separator: "/").last.map(String.init) ?? path
                let text = try String(contentsOf: folder.appending(path: path), encoding: .utf8)
                for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false)
                    .enumerated()
                where Self.cuts(line) {
                    let words = line.trimmingCharacters(in: .whitespaces)
                    unseen[name]?.remove(words)
                    if Self.allowed[name]?.contains(words) == true { continue }
                    Issue.record(
                        "\(target)/\(path):\(index + 1) cuts: use Quotation, or allow '\(words)'")
                }
            }
        }
        #expect(files > 200)
        for (name, lines) in unseen {
            #expect(lines.isEmpty, "allowed, but no line of \(name): \(lines)")
        }
    }
}
