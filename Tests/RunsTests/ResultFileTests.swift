import TestSupport
import Testing

@testable import Runs

struct ResultFileTests {
    @Test(
        "values of a result file",
        arguments: [
            ("nothing", "", [:]),
            ("a line", "A=1\n", ["A": "1"]),
            ("no end of line", "A=1", ["A": "1"]),
            ("blanks around", "  A =  1 \n", ["A": "1"]),
            ("CRLF and empty lines", "\r\nA=1\r\n \t\r\n\nB=2\r\n", ["A": "1", "B": "2"]),
            ("the first = splits", "A=1=2", ["A": "1=2"]),
            ("<< after = is text", "A=1<<2", ["A": "1<<2"]),
            ("an empty value", "A=", ["A": ""]),
            ("the last wins", "A=1\nA=2", ["A": "2"]),
            ("a heredoc", "A<<EOF\none\n two = 2 \nEOF\nB=3", ["A": "one\n two = 2 ", "B": "3"]),
            ("an empty heredoc", "A<<E\nE\n", ["A": ""]),
            ("an empty line in a heredoc", "A<<E\n\nE\n", ["A": ""]),
            ("two empty lines in a heredoc", "A<<E\n\n\nE", ["A": "\n"]),
            ("blanks around the word", "A << E \nx\nE", ["A": "x"]),
            ("the word with = in it", "A<<E=F\nx\nE=F", ["A": "x"]),
            ("the word within a line is text", "A<<E\n E\nE \nE", ["A": " E\nE "]),
            ("CRLF in a heredoc", "A<<E\r\nx\r\ny\r\nE\r\n", ["A": "x\ny"]),
            ("a marker is no marker here", "A=[T_RESULT] B = 1", ["A": "[T_RESULT] B = 1"]),
        ] as [(String, String, [String: String])])
    func values(fact: String, text: String, expected: [String: String]) throws {
        let file = try ResultFile(parsing: Array(text.utf8))
        #expect(file.values == expected, "\(fact)")
        #expect(file.verdict == nil)
    }

    @Test(
        "the verdict of a result file is no value",
        arguments: [
            ("T_RESULT=false", false), ("T_RESULT = True\n", true),
            ("T_RESULT<<E\nfalse\nE", false),
            ("T_RESULT=false\nT_RESULT=true", true),
        ])
    func verdict(text: String, expected: Bool) throws {
        let file = try ResultFile(parsing: Array(text.utf8))
        #expect(file.verdict == expected && file.values.isEmpty)
    }

    @Test(
        "a result file that cannot be read names the line",
        arguments: [
            ("A=1\nhello", ResultFileError.notAResult(line: 2)),
            ("1A=1", .badName("'1A'", line: 1)),
            ("=1", .badName("''", line: 1)),
            ("# note = x", .badName("'# note'", line: 1)),
            ("A\u{1b}=1", .badName("a name of 2 bytes with control characters", line: 1)),
            ("A<<\nx", .missingWord(name: "A", line: 1)),
            ("\nA<<EOF\nx\ny", .unclosed(name: "A", word: "'EOF'", line: 2)),
            ("A=1\n\nT_RESULT=no", .badVerdict(line: 3)),
            ("A=1\nB=\0", .zeroByte(line: 2)),
            ("A<<E\nx\0\nE", .zeroByte(line: 2)),
        ])
    func rejects(text: String, expected: ResultFileError) {
        #expect(throws: expected) { try ResultFile(parsing: Array(text.utf8)) }
    }

    @Test("bytes that are not UTF-8 are refused, in a heredoc too")
    func rejectsBytes() {
        #expect(throws: ResultFileError.notUTF8(line: 2)) {
            try ResultFile(parsing: Array("A=1\nB=".utf8) + [0xc3])
        }
        #expect(throws: ResultFileError.notUTF8(line: 2)) {
            try ResultFile(parsing: Array("A<<E\n".utf8) + [0xff] + Array("\nE".utf8))
        }
    }

    @Test("256 names and 1 MiB pass; more is refused")
    func limits() throws {
        let names = (0..<256).map { "N\($0)=x" }.joined(separator: "\n")
        #expect(try ResultFile(parsing: Array(names.utf8)).values.count == 256)
        #expect(throws: ResultFileError.tooManyNames(line: 257)) {
            try ResultFile(parsing: Array((names + "\nM=x").utf8))
        }
        let large = Array("A=".utf8) + [UInt8](repeating: 0x78, count: (1 << 20) - 2)
        #expect(try ResultFile(parsing: large).values["A"]?.utf8.count == large.count - 2)
        #expect(throws: ResultFileError.tooLarge) { try ResultFile(parsing: large + [0x78]) }
    }

    @Test("a problem of the file is the job's problem")
    func problem() {
        let outcome = ComponentOutcome.merge(
            declared: ["A"], parser: ResultParser(mask: { $0 }), file: Array("A".utf8),
            isStrict: false)
        #expect(outcome.problem == "result file: line 1: neither 'NAME=value' nor 'NAME<<WORD'")
    }

    @Test("damaged files are read or refused, never worse", arguments: 0..<50)
    func fuzz(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let text = Array("A=1\nB<<EOF\none\ntwo\nEOF\r\nT_RESULT=false\n\nC = é😀\n".utf8)
        for _ in 0..<100 {
            do {
                let file = try ResultFile(parsing: random.mutated(text))
                #expect(file.values.keys.allSatisfy { ResultLimits.name($0.utf8) == $0 })
            } catch {
                #expect(!"\(error)".isEmpty)
            }
        }
    }
}

extension ResultFile {
    /// For a run without secrets.
    init(parsing bytes: [UInt8]) throws(ResultFileError) {
        try self.init(parsing: bytes, mask: { $0 })
    }
}
