import ArgumentParser
import Domain
import Runs
import Workflows

enum TestFormat: String, ExpressibleByArgument, CaseIterable {
    case table, json, junit
}

/// What the cases of some test files came to.
struct TestReport {
    let suites: [TestSuite]

    var cases: Int { suites.reduce(0) { $0 + $1.results.count } }
    var failures: Int { suites.reduce(0) { $0 + $1.failures } }
    /// Of all branches together, in whole percent.
    var percent: Int {
        let all = coverages.reduce(0) { $0 + $1.coverage.branches.count }
        let taken = coverages.reduce(0) { $0 + $1.coverage.taken }
        return all == 0 ? 100 : taken * 100 / all
    }

    func text(_ format: TestFormat, _ style: Style) -> String {
        switch format {
        case .table: table(style)
        case .json: json.canonicalText
        case .junit: junit
        }
    }

    /// Cases of several files may be of one workflow: a branch counts once.
    private var coverages: [(workflow: String, coverage: BranchCoverage)] {
        var order: [String] = []
        var merged: [String: BranchCoverage] = [:]
        for suite in suites {
            if merged[suite.workflow] == nil { order.append(suite.workflow) }
            merged[suite.workflow] =
                merged[suite.workflow].map { $0.merged(with: suite.coverage) } ?? suite.coverage
        }
        return order.compactMap { name in merged[name].map { (workflow: name, coverage: $0) } }
    }

    // MARK: For people

    private func table(_ style: Style) -> String {
        var lines: [String] = []
        for suite in suites {
            lines.append(style.bold(suite.file))
            for result in suite.results { lines += Self.lines(result, suite.file, style) }
        }
        for (workflow, coverage) in coverages {
            lines.append("")
            lines.append(
                TerminalText.line(
                    "\(workflow): \(coverage.taken) of \(coverage.branches.count) branches taken, "
                        + "\(coverage.percent) %"))
            for branch in coverage.branches where !branch.isTaken {
                // What a template of another file brings has its line there.
                let place =
                    branch.position.file == 0
                    ? " (line \(branch.position.line):\(branch.position.column))" : ""
                lines.append(TerminalText.line("  not taken: \(branch.what)\(place)"))
            }
        }
        lines.append("")
        let noun = cases == 1 ? "case" : "cases"
        lines.append(
            style.paint(
                "\(cases) \(noun): \(cases - failures) passed, \(failures) failed",
                failures == 0 ? .green : .red))
        return lines.joined(separator: "\n")
    }

    private static func lines(
        _ result: CaseResult, _ file: String, _ style: Style
    ) -> [String] {
        guard !result.isPassed else {
            return ["  " + style.paint("✔ \(result.name)", .green)]
        }
        var lines = ["  " + style.paint("✘ \(result.name)", .red)]
        for problem in (result.problem ?? "").split(separator: "\n") {
            lines.append(TerminalText.line("      \(place(result.position, file)): \(problem)"))
        }
        for difference in result.differences {
            lines.append(
                TerminalText.line(
                    "      \(place(difference.position, file)): \(difference.what)"))
            lines.append("        " + style.paint("- expected: \(difference.expected)", .green))
            lines.append("        " + style.paint("+ actual:   \(difference.actual)", .red))
        }
        return lines
    }

    private static func place(_ position: TextPosition, _ file: String) -> String {
        "\(file):\(position.line):\(position.column)"
    }

    // MARK: For programs

    private var json: JSONValue {
        [
            "passed": .integer(Int64(cases - failures)), "failed": .integer(Int64(failures)),
            "files": .array(
                suites.map { suite in
                    [
                        "file": .string(suite.file), "workflow": .string(suite.workflow),
                        "cases": .array(suite.results.map(Self.document)),
                    ]
                }),
            "coverage": .array(
                coverages.map { workflow, coverage in
                    [
                        "workflow": .string(workflow),
                        "percent": .integer(Int64(coverage.percent)),
                        "taken": .integer(Int64(coverage.taken)),
                        "branches": .array(coverage.branches.map(Self.document)),
                    ]
                }),
        ]
    }

    private static func document(_ branch: BranchCoverage.Branch) -> JSONValue {
        [
            "what": .string(branch.what), "line": .integer(Int64(branch.position.line)),
            "taken": .boolean(branch.isTaken),
        ]
    }

    private static func document(_ result: CaseResult) -> JSONValue {
        [
            "name": .string(result.name), "line": .integer(Int64(result.position.line)),
            "passed": .boolean(result.isPassed),
            "problem": result.problem.map(JSONValue.string) ?? .null,
            "differences": .array(
                result.differences.map { difference in
                    [
                        "what": .string(difference.what),
                        "expected": .string(difference.expected),
                        "actual": .string(difference.actual),
                        "line": .integer(Int64(difference.position.line)),
                        "column": .integer(Int64(difference.position.column)),
                    ]
                }),
        ]
    }

    /// The dialect that most readers take: suites, cases, and a text for each failure.
    private var junit: String {
        var lines = ["<?xml version=\"1.0\" encoding=\"UTF-8\"?>"]
        lines.append("<testsuites tests=\"\(cases)\" failures=\"\(failures)\">")
        for suite in suites {
            let name = Self.escaped(suite.file)
            lines.append(
                "  <testsuite name=\"\(name)\" tests=\"\(suite.results.count)\" "
                    + "failures=\"\(suite.failures)\">")
            for result in suite.results {
                let head =
                    "    <testcase classname=\"\(name)\" name=\"\(Self.escaped(result.name))\""
                guard !result.isPassed else {
                    lines.append(head + "/>")
                    continue
                }
                let texts =
                    [result.problem].compactMap { $0 }
                    + result.differences.map {
                        "\(Self.place($0.position, suite.file)): \($0.what): expected "
                            + "\($0.expected), actual \($0.actual)"
                    }
                let message = Self.escaped(texts.first ?? "")
                lines.append(head + ">")
                lines.append(
                    "      <failure message=\"\(message)\">"
                        + Self.escaped(texts.joined(separator: "\n")) + "</failure>")
                lines.append("    </testcase>")
            }
            lines.append("  </testsuite>")
        }
        return (lines + ["</testsuites>"]).joined(separator: "\n")
    }

    /// A text within an element or an attribute (XML 1.0, §2.2 and §2.4).
    static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "\n": result += "&#10;"
            case "\t": result += "&#9;"
            default:
                switch scalar.value {
                case 0..<0x20, 0x7f..<0xa0, 0xfffe, 0xffff: result += "?"
                default: result.unicodeScalars.append(scalar)
                }
            }
        }
        return result
    }
}
