import Domain
import Synchronization
import TestSupport
import Testing
import Workflows

@testable import Runs

struct ResultParserTests {
    private static let now = Timestamp(microseconds: 0)

    private static func chunk(
        _ text: some Collection<UInt8>, _ stream: LogChunk.Stream = .output, endsLine: Bool = true
    ) -> LogChunk {
        LogChunk(stream: stream, time: now, bytes: Array(text), endsLine: endsLine)
    }

    private static func parser(
        output: [String] = [], error: [String] = []
    ) -> ResultParser {
        var parser = ResultParser(mask: { $0 })
        for line in output { parser.feed(chunk(line.utf8)) }
        for line in error { parser.feed(chunk(line.utf8, .error)) }
        return parser
    }

    private static func outcome(
        _ declared: [String], output: [String] = [], error: [String] = [], file: String = "",
        isStrict: Bool = false
    ) -> ComponentOutcome {
        ComponentOutcome.merge(
            declared: declared, parser: parser(output: output, error: error),
            file: Array(file.utf8), isStrict: isStrict)
    }

    @Test(
        "a line is a result when it begins with the marker, a blank, a name and =",
        arguments: [
            ("as designed", "[T_RESULT] A = one", "one"),
            ("no blanks around =", "[T_RESULT] A=one", "one"),
            ("many blanks", "[T_RESULT] \t A \t=\t one  ", "one"),
            ("the first = splits", "[T_RESULT] A = b = c", "b = c"),
            ("an empty value", "[T_RESULT] A =", ""),
            ("CRLF", "[T_RESULT] A = one\r", "one"),
            ("CR before the marker", "\r[T_RESULT] A = one", "one"),
            ("colour before the marker", "\u{1b}[1;32m[T_RESULT] A = one", "one"),
            (
                "colour all over",
                "\u{1b}[0;1m[T_\u{1b}[KRESULT]\u{1b}[m A = o\u{1b}[3mne\u{1b}[0m", "one"
            ),
            ("a title before the marker", "\u{1b}]0;title\u{7}[T_RESULT] A = one", "one"),
            (
                "a link around the value",
                "[T_RESULT] A = \u{1b}]8;;u\u{1b}\\one\u{1b}]8;;\u{1b}\\", "one"
            ),
            ("a charset before the marker", "\u{1b}(B[T_RESULT] A = one", "one"),
            ("not ASCII", "[T_RESULT] A = é😀", "é😀"),
        ])
    func results(fact: String, line: String, expected: String) {
        let outcome = Self.outcome(["A"], output: [line])
        #expect(outcome.outputs == ["A": expected], "\(fact)")
        #expect(outcome.warnings == [] && outcome.problem == nil)
    }

    @Test(
        "a line that only holds the marker is text",
        arguments: [
            "x [T_RESULT] A = one", " [T_RESULT] A = one", "\t[T_RESULT] A = one",
            "10%\r[T_RESULT] A = one", "[T_RESULT", "[t_result] A = one", "echo '[T_RESULT] A = 1'",
            "[JOB_OUT] A = one", "", "\u{1b}", "\u{1b}[", "\u{1b}]0;[T_RESULT] A = one",
        ])
    func text(line: String) {
        let outcome = Self.outcome(["A"], output: [line])
        #expect(
            outcome == ComponentOutcome(outputs: [:], verdict: true, warnings: [], problem: nil))
    }

    @Test(
        "a line that has the marker but is no result gives a warning",
        arguments: [
            ("[T_RESULT]A = one", "no blank follows"),
            ("[T_RESULT]", "nothing follows"),
            ("[T_RESULT] A", "no '='"),
            ("[T_RESULT] = one", "'' is no name"),
            ("[T_RESULT] 1A = one", "'1A' is no name"),
            ("[T_RESULT] A B = one", "'A B' is no name"),
            ("[T_RESULT] Ä = one", "'Ä' is no name"),
            ("[T_RESULT] A\u{7} = one", "a name of 2 bytes with control characters is no name"),
            ("[T_RESULT] T_RESULT = maybe", "neither true nor false"),
        ])
    func warns(line: String, why: String) throws {
        let warnings = Self.outcome(["A"], error: [line]).warnings
        #expect(warnings.count == 1)
        #expect(try #require(warnings.first).contains(why))
        #expect(warnings.first?.contains("standard error") == true)
    }

    @Test(
        "who wins",
        arguments: [
            ("the last in a stream", ["[T_RESULT] A = 1", "[T_RESULT] A = 2"], [], "", "2"),
            ("output over error", ["[T_RESULT] A = 1"], ["[T_RESULT] A = 2"], "", "1"),
            ("error alone", [], ["[T_RESULT] A = 2"], "", "2"),
            ("the file over both", ["[T_RESULT] A = 1"], ["[T_RESULT] A = 2"], "A=3", "3"),
        ])
    func precedence(
        fact: String, output: [String], error: [String], file: String, expected: String
    ) {
        let outcome = Self.outcome(["A"], output: output, error: error, file: file)
        #expect(outcome.outputs == ["A": expected], "\(fact)")
    }

    private static let yes = "[T_RESULT] T_RESULT = true"
    private static let no = "[T_RESULT] T_RESULT = false"

    @Test(
        "the verdict",
        arguments: [
            ("good without a word", [], [], "", true),
            ("false in output", [no], [], "", false),
            ("false in error", [], [no], "", false),
            ("False counts", ["[T_RESULT] T_RESULT = False"], [], "", false),
            ("the last in a stream", [no, yes], [], "", true),
            ("a false wins across streams", [yes], [no], "", false),
            ("a false wins across streams, the other way", [no], [yes], "", false),
            ("nonsense changes nothing", [no, "[T_RESULT] T_RESULT = 1"], [], "", false),
            ("the file wins", [no], [no], "T_RESULT=true", true),
            ("the file wins with false", [yes], [yes], "T_RESULT=false", false),
        ])
    func verdicts(
        fact: String, output: [String], error: [String], file: String, expected: Bool
    ) {
        let outcome = Self.outcome(["A"], output: output, error: error, file: file)
        #expect(outcome.verdict == expected, "\(fact)")
        #expect(outcome.outputs.isEmpty)
    }

    @Test("only declared outputs travel on; the others are named in a bounded list")
    func declared() {
        let outcome = Self.outcome(
            ["A", "C"], output: (0..<30).map { "[T_RESULT] B\($0) = x" } + ["[T_RESULT] A = 1"])
        #expect(outcome.outputs == ["A": "1"])
        #expect(outcome.warnings.count == 21)
        #expect(outcome.warnings.first == "B0 is not declared as an output, so it is dropped")
        #expect(outcome.warnings.last == "and 10 more warnings about results")
        #expect(outcome.problem == nil)
    }

    @Test("strict results come from the file alone")
    func strict() {
        let outcome = Self.outcome(
            ["A", "B"], output: ["[T_RESULT] A = 1", Self.no], file: "B=2", isStrict: true)
        #expect(outcome.outputs == ["B": "2"])
        #expect(outcome.verdict)
        #expect(outcome.warnings.count == 1)
        let many = (0...256).map { "[T_RESULT] N\($0) = x" }
        #expect(Self.outcome([], output: many, isStrict: true).problem == nil)
    }

    @Test(
        "a value that is no text is a problem when it is declared",
        arguments: [[0x61, 0xff], [0x00], [0xed, 0xa0, 0x80]] as [[UInt8]])
    func binary(value: [UInt8]) {
        var parser = ResultParser(mask: { $0 })
        parser.feed(Self.chunk(Array("[T_RESULT] A = ".utf8) + value))
        let used = ComponentOutcome.merge(
            declared: ["A"], parser: parser, file: [], isStrict: false)
        #expect(used.problem == "output A is not UTF-8 text without zero bytes")
        #expect(used.outputs.isEmpty)
        let unused = ComponentOutcome.merge(
            declared: [], parser: parser, file: [], isStrict: false)
        #expect(unused.problem == nil)
        parser.feed(Self.chunk("[T_RESULT] A = mended".utf8))
        let mended = ComponentOutcome.merge(
            declared: ["A"], parser: parser, file: [], isStrict: false)
        #expect(mended.problem == nil && mended.outputs == ["A": "mended"])
    }

    @Test("256 names pass, of both streams together; one more is a problem")
    func names() {
        let output = (0..<200).map { "[T_RESULT] N\($0) = x" }
        let error = (100..<256).map { "[T_RESULT] N\($0) = y" }
        #expect(Self.parser(output: output, error: error).problem == nil)
        let more = Self.parser(output: output, error: error + ["[T_RESULT] N256 = y"])
        #expect(more.problem == "the log has more than 256 results")
        let shared = Self.outcome(
            [], output: output, file: (0..<57).map { "F\($0)=x" }.joined(separator: "\n"))
        #expect(shared.problem == "log and result file have more than 256 results")
    }

    @Test("1 MiB of results passes; more is a problem, and nothing more is kept")
    func size() {
        let value = String(repeating: "x", count: 60_000)
        var parser = ResultParser(mask: { $0 })
        for number in 0..<17 {
            // Writing one anew costs nothing.
            for _ in 0..<2 { parser.feed(Self.chunk("[T_RESULT] N\(number) = \(value)".utf8)) }
        }
        #expect(parser.problem == nil)
        parser.feed(Self.chunk("[T_RESULT] N17 = \(value)".utf8))
        #expect(parser.problem == "the log's results are larger than 1048576 bytes")
        #expect(parser.output.values.count == 17)
    }

    @Test("a line of 64 KiB counts; a longer one does not, and warns when it has the marker")
    func long() {
        let start = "[T_RESULT] A = "
        let fits = start + String(repeating: "x", count: 65_536 - start.utf8.count)
        #expect(Self.outcome(["A"], output: [fits]).outputs["A"]?.utf8.count == 65_521)
        let tooLong = Self.outcome(["A"], output: [fits + "x", "[T_RESULT] B = 1"])
        #expect(tooLong.outputs.isEmpty)
        #expect(tooLong.warnings.count == 2)
        let other = String(repeating: "[", count: 70_000)
        #expect(Self.outcome(["A"], output: [other]).warnings.isEmpty)
        // The end of a long line is not the beginning of another.
        var parser = ResultParser(mask: { $0 })
        for _ in 0..<20 {
            parser.feed(Self.chunk(repeatElement(0x78, count: 8192), endsLine: false))
        }
        parser.feed(Self.chunk("[T_RESULT] A = spoofed".utf8))
        #expect(parser.output.values.isEmpty)
        parser.feed(Self.chunk("[T_RESULT] A = real".utf8))
        #expect(parser.output.values == ["A": Array("real".utf8)])
    }

    @Test("a last line without an end counts")
    func unfinished() {
        var parser = ResultParser(mask: { $0 })
        parser.feed(Self.chunk("[T_RESULT] A = 1".utf8, endsLine: false))
        #expect(parser.output.values.isEmpty)
        let outcome = ComponentOutcome.merge(
            declared: ["A"], parser: parser, file: [], isStrict: false)
        #expect(outcome.outputs == ["A": "1"])
    }

    @Test("pieces give what whole lines give, however the streams are mixed", arguments: 0..<30)
    func pieces(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let samples = [
            "[T_RESULT] A = 1", "\u{1b}[32m[T_RESULT] B = two\u{1b}[0m\r", "text", "",
            "[T_RESULT]C=1", "x[T_RESULT] A = 9", Self.no, Self.yes, "[T_RESULT] é = 3",
            "[T_RESULT] D = " + String(repeating: "long ", count: 50),
        ]
        var whole = ResultParser(mask: { $0 })
        var cut = ResultParser(mask: { $0 })
        var streams: [[LogChunk]] = [[], []]
        for _ in 0..<40 {
            let index = Int.random(in: 0...1, using: &random)
            let stream: LogChunk.Stream = index == 0 ? .output : .error
            let sample = samples[Int.random(in: samples.indices, using: &random)]
            let line =
                Bool.random(using: &random)
                ? random.mutated(Array(sample.utf8)) : Array(sample.utf8)
            whole.feed(Self.chunk(line, stream))
            var rest = line[...]
            while rest.count > 1, Bool.random(using: &random) {
                let count = Int.random(in: 0...rest.count, using: &random)
                streams[index].append(Self.chunk(rest.prefix(count), stream, endsLine: false))
                rest = rest.dropFirst(count)
            }
            streams[index].append(Self.chunk(rest, stream))
        }
        while let index = [0, 1].filter({ !streams[$0].isEmpty }).randomElement(using: &random) {
            cut.feed(streams[index].removeFirst())
        }
        #expect(cut.output.values == whole.output.values)
        #expect(cut.error.values == whole.error.values)
        #expect(cut.output.verdict == whole.output.verdict)
        #expect(cut.error.verdict == whole.error.verdict)
        #expect(cut.warnings.sorted() == whole.warnings.sorted())
    }

    /// Knows one secret, as it is.
    static func mask(_ text: String) -> String {
        text.split(separator: secret, omittingEmptySubsequences: false).joined(separator: "***")
    }

    /// As base64 may be: letters, and `=`.
    private static let secret = "QWxhZGRpbjpvcGVuIHNlc2FtZQ==cm9zZWJ1ZA"

    @Test(
        "no message holds a part of a secret, wherever the line is split or cut",
        arguments: [
            "\(secret) = 1", "\(secret)", "X = 1 \(secret)", "  \(secret)", "-\(secret)-=1",
            String(repeating: "0", count: 48) + secret + " = 1",
            "\u{1b}[31m\(secret.prefix(9))\u{1b}[0m\(secret.dropFirst(9))",
        ])
    func halves(text: String) {
        var parser = ResultParser(mask: Self.mask)
        parser.feed(Self.chunk("[T_RESULT] \(text)".utf8))
        for file in [text, "\(text)<<E", "A<<\(text)\nx", "A<<\(text)=\nx"] {
            let outcome = ComponentOutcome.merge(
                declared: ["A"], parser: parser, file: Array(file.utf8), isStrict: false)
            let told = outcome.warnings + [outcome.problem ?? ""]
            #expect(told != [""], "\(file)")
            for part in ["QWxhZGRpbj", "cm9zZWJ1ZA"] {
                #expect(!told.contains { Self.mask($0).contains(part) }, "\(told)")
            }
        }
    }

    @Test("only what a message may be due for is masked: a job may print a million results")
    func masksSeldom() throws {
        let count = Mutex(0)
        var parser = ResultParser(
            mask: { text in
                count.withLock { $0 += 1 }
                return Self.mask(text)
            }, declared: ["A"])
        for number in 0..<100 { parser.feed(Self.chunk("[T_RESULT] A = \(number)".utf8)) }
        parser.feed(Self.chunk("[T_RESULT] T_RESULT = true".utf8))
        #expect(count.withLock { $0 } == 0)
        for _ in 0..<100 { parser.feed(Self.chunk("[T_RESULT] -\(Self.secret)".utf8)) }
        #expect(count.withLock { $0 } == 20)
        let file = (0..<100).map { "A=\($0)\n" }.joined()
        let outcome = ComponentOutcome.merge(
            declared: ["A"], parser: parser, file: Array(file.utf8), isStrict: false)
        #expect(count.withLock { $0 } == 20)
        #expect(outcome.outputs == ["A": "99"])
        #expect(outcome.warnings.last == "and 80 more warnings about results")
    }

    @Test("what is no secret is named beside one")
    func named() {
        var parser = ResultParser(mask: Self.mask)
        parser.feed(Self.chunk("[T_RESULT] COVERGE = \(Self.secret)".utf8))
        let outcome = ComponentOutcome.merge(
            declared: [], parser: parser, file: Array("LEVLE=\(Self.secret)".utf8),
            isStrict: false)
        #expect(
            outcome.warnings
                == ["COVERGE", "LEVLE"].map {
                    "\($0) is not declared as an output, so it is dropped"
                })
    }
}
