import Domain
import OCI
import Testing
import Workflows

@testable import Runs

struct ReportRecordTests {
    private static func record(_ content: ReportContent) -> ReportRecord {
        ReportRecord(path: "a/b", digest: Digest(of: [1]), size: 1, content: content)
    }

    private static var junit: ReportContent {
        var counts = TestCounts()
        (counts.passed, counts.failed, counts.errors, counts.skipped) = (1, 2, 3, 4)
        counts.milliseconds = 5
        counts.failures = [FailedTest(name: "n", message: "m")]
        return .junit(counts)
    }

    @Test(
        "an event gives each kind of report back",
        arguments: [
            junit, .sarif(["error": 2]), .sarif([:]), .lcov(LineCoverage(covered: 1, lines: 2)),
            .cobertura(LineCoverage(covered: 3, lines: 4)), .other,
        ])
    func roundTrip(content: ReportContent) throws {
        let report = AttemptReport(state: .failed, reports: [Self.record(content)])
        let bytes = report.json.canonicalBytes
        #expect(try AttemptReport(json: try JSONParser.parse(bytes)) == report)
    }

    @Test("an event of before has no reports, and one of later may have kinds that are unknown")
    func otherVersions() throws {
        let old = try AttemptReport(json: ["state": "succeeded"])
        #expect(old.reports.isEmpty)
        var members = try #require(Self.record(.other).json.objectValue)
        members["kind"] = "later"
        let new = try AttemptReport(
            json: ["state": "succeeded", "reports": .array([.object(members)])])
        #expect(new.reports == [Self.record(.other)])
    }
}
