import TestSupport
import Testing
import Workflows

@testable import Runs

struct ReportParserTests {
    private static func read(_ text: String) -> (content: ReportContent, problem: String?) {
        ReportParser.read(Array(text.utf8)) { $0.replacing("hunter2", with: "***") }
    }

    private static func counts(
        _ passed: Int = 0, _ failed: Int = 0, _ errors: Int = 0, _ skipped: Int = 0,
        milliseconds: Int64 = 0, _ failures: [(String, String)] = []
    ) -> ReportContent {
        var counts = TestCounts()
        (counts.passed, counts.failed) = (passed, failed)
        (counts.errors, counts.skipped) = (errors, skipped)
        counts.milliseconds = milliseconds
        counts.failures = failures.map { FailedTest(name: $0.0, message: $0.1) }
        return .junit(counts)
    }

    @Test(
        "what JUnit files say",
        arguments: [
            ("no tests", "<testsuites/>", counts()),
            (
                "passed and timed",
                #"<testsuite><testcase time="0.25"/><testcase time="1,000.5"/></testsuite>"#,
                counts(2, milliseconds: 1_000_750)
            ),
            (
                "counts in attributes are not believed",
                #"<testsuite tests="9" failures="9"><testcase name="a"/></testsuite>"#, counts(1)
            ),
            (
                "each ending, in nested suites",
                """
                <?xml version="1.0" encoding="UTF-8"?>
                <testsuites><testsuite><testsuite>
                <testcase name="a"/><testcase name="b"><skipped/></testcase>
                <testcase name="c" classname="k"><failure message="no&#10;more"/></testcase>
                <testcase name="d"><error>
                  first line
                second</error></testcase>
                </testsuite></testsuite></testsuites>
                """, counts(1, 1, 1, 1, [("k.c", "no"), ("d", "first line")])
            ),
            (
                "two failures of one test",
                #"<testsuite><testcase name="a"><failure message="1"/><failure message="2"/>"#
                    + "</testcase></testsuite>", counts(0, 1, 0, 0, [("a", "1")])
            ),
            (
                "a secret, escaped and cut",
                #"<testsuite><testcase name="hunter2"><failure message="is hunter&#50;"/>"#
                    + "</testcase></testsuite>", counts(0, 1, 0, 0, [("***", "is ***")])
            ),
            (
                "a flaky test that passed in the end",
                "<testsuite><testcase><flakyFailure message=\"x\"/></testcase></testsuite>",
                counts(1)
            ),
            (
                "a failure outside a test",
                #"<testsuite><failure message="x"/><testcase name="a"/></testsuite>"#, counts(1)
            ),
            (
                "times that are none",
                #"<testsuite><testcase time="-1"/><testcase time="nan"/><testcase time="1e300"/>"#
                    + "</testsuite>", counts(3)
            ),
        ] as [(String, String, ReportContent)])
    func junit(fact: String, text: String, expected: ReportContent) {
        let (content, problem) = Self.read(text)
        #expect(content == expected, "\(fact)")
        #expect(problem == nil, "\(fact)")
    }

    @Test(
        "coverage and findings",
        arguments: [
            (
                "LCOV, two records",
                "TN:\nSF:a\nDA:1,4\nDA:2,0\nLF:9\nLH:9\nend_of_record\n"
                    + "SF:b\r\nDA:1,1,hash\r\nend_of_record\r\n",
                .lcov(LineCoverage(covered: 2, lines: 3))
            ),
            (
                "LCOV without lines", "SF:a\nLF:10\nLH:7\nend_of_record\n",
                .lcov(LineCoverage(covered: 7, lines: 10))
            ),
            (
                "LCOV with odd counters", "SF:a\nDA:1,-5\nDA:2,99999999999999999999\nend_of_record",
                .lcov(LineCoverage(covered: 1, lines: 2))
            ),
            (
                "Cobertura with totals",
                #"<!DOCTYPE coverage SYSTEM "http://nowhere.invalid/x.dtd">"#
                    + #"<coverage line-rate="0.5" lines-valid="8" lines-covered="4"/>"#,
                .cobertura(LineCoverage(covered: 4, lines: 8))
            ),
            (
                "Cobertura without totals",
                #"<coverage line-rate="0.5"><packages><package><classes><class>"#
                    + #"<methods><method><lines><line number="1" hits="1"/></lines></method>"#
                    + #"</methods><lines><line number="1" hits="1"/><line number="2" hits="0"/>"#
                    + "</lines></class></classes></package></packages></coverage>",
                .cobertura(LineCoverage(covered: 1, lines: 2))
            ),
            (
                "SARIF",
                """
                {"version": "2.1.0", "runs": [{"tool": {"driver": {"rules": [
                  {"id": "r", "defaultConfiguration": {"level": "note"}}]}},
                  "results": [{"level": "error"}, {"ruleId": "r"}, {"ruleIndex": 0}, {},
                  {"ruleIndex": 7}, {"ruleIndex": -1}, {"kind": "pass"}]}, {"results": null}]}
                """, .sarif(["error": 1, "note": 2, "warning": 3, "none": 1])
            ),
            (
                "SARIF after a byte order mark", "\u{FEFF}{\"version\":\"2.1.0\",\"runs\":[]}",
                .sarif([:])
            ),
            ("SARIF of another version", #"{"version": "2.0.0", "runs": []}"#, .other),
            ("other JSON", #"{"runs": [], "v": "2.1.0"}"#, .other),
            ("other XML", "<html/>", .other), ("text", "all is well", .other),
            ("nothing", "", .other), ("blanks", " \n", .other),
            ("Clover's coverage", "<coverage generated=\"1\"/>", .other),
        ] as [(String, String, ReportContent)])
    func others(fact: String, text: String, expected: ReportContent) {
        let (content, problem) = Self.read(text)
        #expect(content == expected, "\(fact)")
        #expect(problem == nil, "\(fact)")
    }

    @Test(
        "what seems to be a report and is none is kept as it is, with the reason",
        arguments: [
            ("cut off", "<testsuite><testcase name=\"a\">", "JUnit: line 1: "),
            (
                "entities that grow",
                "<!DOCTYPE testsuite [<!ENTITY a \"b\"><!ENTITY c \"&a;&a;\">]>"
                    + "<testsuite><testcase name=\"&c;\"/></testsuite>", "declares an entity"
            ),
            (
                "an external entity",
                "<!DOCTYPE x [<!ENTITY a SYSTEM \"file:///etc/passwd\">]>"
                    + "<testsuite>&a;</testsuite>", "declares an entity"
            ),
            (
                "a parameter entity",
                "<!DOCTYPE x [<!ENTITY % a SYSTEM \"file:///x\"> %a;]>"
                    + "<testsuite/>", "declares an entity"
            ),
            (
                "a default for an attribute",
                "<!DOCTYPE x [<!ATTLIST testcase name CDATA \"long\">]><testsuite/>",
                "a default for an attribute"
            ),
            (
                "too deep", String(repeating: "<testsuite>", count: 200), "deeper than 100"
            ),
            (
                "too many elements",
                "<testsuite>" + String(repeating: "<a/>", count: 1_000_001) + "</testsuite>",
                "more than 1000000 elements"
            ),
            ("LCOV that was cut off", "SF:a\nDA:1,1\n", "no end_of_record"),
            ("LCOV with a bad line", "SF:a\nDA:x,1\nend_of_record\n", "line 2: a number"),
            ("LCOV without a count", "SF:a\nDA:1\nend_of_record\n", "line 2: DA:LINE,HITS"),
            ("SARIF cut off", "{\"version\": \"2.1.0\", \"runs\": [", "SARIF: "),
            (
                "SARIF with a level of its own",
                #"{"version":"2.1.0","runs":[{"results":[{"level":"bad"}]}]}"#, "level 'bad'"
            ),
            (
                "SARIF that is too deep",
                "{\"version\": \"2.1.0\", \"runs\": "
                    + String(repeating: "[", count: 10_000), "nested deeper"
            ),
        ])
    func refused(fact: String, text: String, expected: String) throws {
        let (content, problem) = Self.read(text)
        #expect(content == .other, "\(fact)")
        #expect(try #require(problem, "\(fact)").contains(expected))
    }

    @Test("no more than 50 failed tests are named, and each in few words")
    func bounded() throws {
        let long = String(repeating: "x", count: 5000)
        let test = "<testcase name=\"\(long)\"><failure message=\"\(long)\"/></testcase>"
        let text = "<testsuite>" + String(repeating: test, count: 70) + "</testsuite>"
        guard case .junit(let counts) = Self.read(text).content else {
            Issue.record("no JUnit")
            return
        }
        #expect(counts.failed == 70)
        #expect(counts.failures.count == 50)
        #expect(counts.failures.allSatisfy { $0.name.count == 201 && $0.message.count == 301 })
    }

    @Test("damaged reports end in a value or a reason", arguments: 0..<8 as Range<UInt64>)
    func fuzz(seed: UInt64) {
        let samples = [
            #"<?xml version="1.0"?><testsuites><testsuite><testcase name="a" time="1">"#
                + "<failure message=\"m\">text</failure></testcase></testsuite></testsuites>",
            #"<coverage line-rate="1" lines-valid="2"><class><lines><line hits="1"/></lines>"#
                + "</class></coverage>",
            "TN:x\nSF:a\nDA:1,2\nLF:1\nLH:1\nend_of_record\n",
            #"{"version":"2.1.0","runs":[{"results":[{"level":"note","ruleIndex":0}]}]}"#,
        ].map { Array($0.utf8) }
        var random = SeededGenerator(seed: seed)
        for _ in 0..<2000 {
            var bytes = samples[Int.random(in: 0..<4, using: &random)]
            for _ in 0..<Int.random(in: 1...6, using: &random) where !bytes.isEmpty {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.removeSubrange(place...)
                case 2: bytes.insert(contentsOf: bytes[place...].prefix(20), at: place)
                default: bytes.remove(at: place)
                }
            }
            let (content, problem) = ReportParser.read(bytes) { $0 }
            if problem != nil { #expect(content == .other) }
            if case .lcov(let coverage) = content { #expect(coverage.covered <= coverage.lines) }
        }
    }
}
