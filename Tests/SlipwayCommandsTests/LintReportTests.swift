import ArgumentParser
import Domain
import Testing

@testable import SlipwayCommands

/// The forms in which findings are printed.
struct LintReportTests {
    private static func report(file: String = "a b/f.yaml") -> LintReport {
        var report = LintReport()
        report.findings = [
            LintReport.Finding(
                file: file,
                diagnostic: Diagnostic(
                    .error, rule: "unknown-key", at: TextPosition(line: 3, column: 7),
                    end: TextPosition(line: 3, column: 10), "'x:y,z' is 100%\nwrong",
                    hint: "mend it")),
            LintReport.Finding(
                file: file,
                diagnostic: Diagnostic(
                    .warning, rule: "literal-reference", at: TextPosition(line: 4, column: 1),
                    "odd")),
        ]
        return report
    }

    @Test("for people: a line each")
    func table() {
        #expect(
            Self.report().text(.table)
                == "a b/f.yaml:3:7: error[unknown-key]: 'x:y,z' is 100% wrong; mend it\n"
                + "a b/f.yaml:4:1: warning[literal-reference]: odd")
        #expect(LintReport().text(.table) == nil)
    }

    @Test("GitHub's annotations are escaped")
    func github() {
        #expect(
            Self.report(file: "a:b,c%.yaml").text(.github)
                == "::error file=a%3Ab%2Cc%25.yaml,line=3,col=7::"
                + "'x:y,z' is 100%25%0Awrong; mend it [unknown-key]\n"
                + "::warning file=a%3Ab%2Cc%25.yaml,line=4,col=1::odd [literal-reference]")
        #expect(LintReport.escaped("a\r\nb", isProperty: true) == "a%0D%0Ab")
    }

    @Test("SARIF 2.1.0: rules, results with their places, files that were not read")
    func sarif() throws {
        var report = Self.report()
        report.unreadable = [LintReport.Unreadable(file: "/no/ä", why: "there is no file")]
        let document = try JSONParser.parse(try #require(report.text(.sarif)).utf8)
        #expect(document["version"] == "2.1.0")
        let run = try #require(document["runs"]?.arrayValue?.first)
        let driver = run["tool"]?["driver"]
        let rules = driver?["rules"]?.arrayValue?.compactMap { $0["id"]?.stringValue } ?? []
        #expect(rules == ["unknown-key", "literal-reference"])
        let results = run["results"]?.arrayValue ?? []
        #expect(results.map { $0["level"] } == ["error", "warning"])
        for result in results {
            let index = try #require(result["ruleIndex"]?.integerValue)
            #expect(result["ruleId"]?.stringValue == rules[Int(index)])
        }
        let place = results.first?["locations"]?.arrayValue?.first?["physicalLocation"]
        #expect(place?["artifactLocation"]?["uri"] == "a%20b/f.yaml")
        #expect(
            place?["region"]
                == ["startLine": 3, "startColumn": 7, "endLine": 3, "endColumn": 10])
        #expect(run["columnKind"] == "unicodeCodePoints")
        let invocation = run["invocations"]?.arrayValue?.first
        #expect(invocation?["executionSuccessful"] == false)
        let notes = invocation?["toolExecutionNotifications"]?.arrayValue
        let missing = notes?.first?["locations"]?.arrayValue?.first?["physicalLocation"]
        #expect(missing?["artifactLocation"]?["uri"] == "file:///no/%C3%A4")
        #expect(LintReport().text(.sarif)?.contains("\"results\":[]") == true)
    }

    @Test(
        "a missing file decides, then one that cannot be read, then what is wrong",
        arguments: [
            ([], false, nil), ([], true, ExitStatus.failed),
            ([ExitStatus.usage], true, ExitStatus.usage),
            ([ExitStatus.usage, ExitStatus.notFound], true, ExitStatus.notFound),
            ([ExitStatus.notFound], false, ExitStatus.notFound),
        ] as [([ExitCode], Bool, ExitCode?)])
    func status(problems: [ExitCode], hasErrors: Bool, expected: ExitCode?) {
        #expect(LintCommand.status(problems, hasErrors: hasErrors) == expected)
    }

    @Test("the formats are known", arguments: ["table", "json", "sarif", "github"])
    func formats(name: String) async throws {
        _ = try await SlipwayCommand.asyncParseAsRoot(["lint", "-o", name, "f.yaml"])
        await #expect(throws: (any Error).self) {
            _ = try await SlipwayCommand.asyncParseAsRoot(["show", "-o", "sarif"])
        }
    }
}
