import Storage
import TestSupport
import Testing

@testable import Executors

/// What a message quotes of a log is whole lines alone: what masks secrets knows no halves.
struct LastLinesTests {
    private static func lines(
        _ records: [(stream: String, tag: String, text: String)], tail: String = ""
    ) async throws -> [String] {
        try await withTemporaryFolder { folder in
            let log = records.map {
                "2026-11-24T12:00:05.123456789+00:00 \($0.stream) \($0.tag) \($0.text)\n"
            }
            try Files.writeFile("\(folder)/log", (log.joined() + tail).utf8)
            return RawLog.lastLines(of: "\(folder)/log", count: 5)
        }
    }

    @Test("a line that conmon split is one line, whatever the other stream says meanwhile")
    func joined() async throws {
        let lines = try await Self.lines([
            ("stdout", "P", "the sec"), ("stderr", "F", "meanwhile"), ("stdout", "P", "ret"),
            ("stdout", "F", " end"),
        ])
        #expect(lines == ["meanwhile", "the secret end"])
    }

    @Test("a long line is told by its size")
    func long() async throws {
        let text = String(repeating: "x", count: 299)
        #expect(try await Self.lines([("stdout", "F", text + "y")]) == [text + "y"])
        #expect(try await Self.lines([("stdout", "F", text + "yz")]) == ["a line of 301 bytes"])
    }

    @Test("a line without an end is told by its size: its program may have been ended within it")
    func unfinished() async throws {
        #expect(try await Self.lines([("stdout", "P", "the sec")]) == ["(7 bytes of a line)"])
        #expect(
            try await Self.lines([
                ("stderr", "P", "the "), ("stdout", "F", "one"), ("stderr", "P", "sec"),
            ]) == ["one", "(7 bytes of a line)"])
        // A record that is being written.
        #expect(
            try await Self.lines(
                [("stdout", "F", "one")], tail: "2026-11-24T12:00:05.1 stdout F the s")
                == ["one"])
    }

    @Test("of a line that began before the last 16 KiB nothing is quoted")
    func cut() async throws {
        let piece = String(repeating: "x", count: 8000)
        let records = [
            ("stdout", "P", piece), ("stdout", "P", piece), ("stdout", "P", piece),
            ("stdout", "F", "the end of a secret"), ("stdout", "F", "last"),
        ]
        let lines = try await Self.lines(records)
        #expect(lines.count == 2 && lines.last == "last", "\(lines)")
        #expect(lines.first?.contains("secret") == false)
    }

    @Test("only the last few lines are quoted; without a log there are none")
    func few() async throws {
        let lines = try await Self.lines((0..<9).map { ("stderr", "F", "line \($0)") })
        #expect(lines == (4..<9).map { "line \($0)" })
        #expect(RawLog.lastLines(of: "/no/such/log", count: 5).isEmpty)
    }
}
