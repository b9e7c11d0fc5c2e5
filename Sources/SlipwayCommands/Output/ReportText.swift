import Workflows

/// Reports in one line, for people.
enum ReportText {
    /// Of several together, such as `tests 120 passed, 2 failed; coverage 81.3 %`; nil where
    /// they say nothing.
    static func line(_ reports: [ReportRecord]) -> String? {
        var tests: TestCounts?
        var findings: [String: Int]?
        var coverage: LineCoverage?
        for report in reports {
            switch report.content {
            case .junit(let counts):
                var sum = tests ?? TestCounts()
                sum.passed += counts.passed
                sum.failed += counts.failed
                sum.errors += counts.errors
                sum.skipped += counts.skipped
                tests = sum
            case .sarif(let levels):
                findings = (findings ?? [:]).merging(levels, uniquingKeysWith: +)
            case .lcov(let part), .cobertura(let part):
                let sum = coverage ?? LineCoverage()
                coverage = LineCoverage(
                    covered: adding(sum.covered, part.covered),
                    lines: adding(sum.lines, part.lines))
            case .other: break
            }
        }
        let parts = [tests.map(text), findings.map(text), coverage.map(text)].compactMap(\.self)
        return parts.isEmpty ? nil : parts.joined(separator: "; ")
    }

    private static func text(_ counts: TestCounts) -> String {
        var parts = ["\(counts.passed) passed"]
        if counts.failed > 0 { parts.append("\(counts.failed) failed") }
        if counts.errors > 0 { parts.append("\(counts.errors) errors") }
        if counts.skipped > 0 { parts.append("\(counts.skipped) skipped") }
        return "tests " + parts.joined(separator: ", ")
    }

    private static func text(_ findings: [String: Int]) -> String {
        let parts = ["error", "warning", "note", "none"].compactMap { level in
            findings[level].map { "\($0) \(level)" }
        }
        return "findings " + (parts.isEmpty ? "none" : parts.joined(separator: ", "))
    }

    /// Rounded down, so that only what is whole says 100 %.
    private static func text(_ coverage: LineCoverage) -> String {
        guard coverage.lines > 0 else { return "coverage of no lines" }
        let share = Double(coverage.covered) / Double(coverage.lines)
        let tenths = coverage.covered >= coverage.lines ? 1000 : min(999, Int(share * 1000))
        return "coverage \(tenths / 10).\(tenths % 10) %"
    }

    /// A file of a job says how many lines it likes.
    private static func adding(_ left: Int64, _ right: Int64) -> Int64 {
        let (sum, isTooLarge) = left.addingReportingOverflow(right)
        return isTooLarge ? .max : sum
    }
}
