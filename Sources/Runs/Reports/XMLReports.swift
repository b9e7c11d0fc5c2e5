import Domain
import Workflows

/// Finds by its root which report an XML document is, and reads it.
final class XMLReport: XMLSink {
    /// Of the formats that we read, the one whose root the document has.
    private(set) var format: String?
    private var junit: JUnitReport
    private var cobertura = CoberturaReport()

    init(mask: @escaping (String) -> String) {
        junit = JUnitReport(mask: mask)
    }

    var content: ReportContent {
        switch format {
        case "JUnit": .junit(junit.counts)
        case "Cobertura": .cobertura(cobertura.coverage)
        default: .other
        }
    }

    func start(
        _ name: String, _ attributes: [String: String], above: [String]
    ) throws(ReportProblem) {
        if above.isEmpty {
            switch name {
            case "testsuites", "testsuite": format = "JUnit"
            case "coverage" where attributes["line-rate"] != nil: format = "Cobertura"
            default:
                let root = Quotation(name, limit: 100, noun: "a name")
                throw ReportProblem(text: "the root \(root) is of no report")
            }
        }
        if format == "JUnit" {
            junit.start(name, attributes, above.last)
        } else {
            cobertura.start(name, attributes, above)
        }
    }

    func text(_ bytes: [UInt8]) {
        if format == "JUnit" { junit.text(bytes) }
    }

    func end(_ name: String, above: [String]) {
        if format == "JUnit" { junit.end(name, above.last) }
    }
}

/// JUnit's XML as its many writers agree on it: `testcase` with `failure`, `error` or `skipped`.
/// Test cases are counted, since the counts in attributes are left out or wrong in many files.
struct JUnitReport {
    static let failureLimit = 50

    private enum Ending {
        case passed, failed, errored, skipped
    }

    private let mask: (String) -> String
    private var name = ""
    private var ending = Ending.passed
    private var message: String?
    /// What stands in the element of a failure; nil outside one that is wanted.
    private var said: [UInt8]?
    private(set) var counts = TestCounts()

    init(mask: @escaping (String) -> String) {
        self.mask = mask
    }

    mutating func start(_ element: String, _ attributes: [String: String], _ parent: String?) {
        switch (element, parent) {
        case ("testcase", _):
            let own = attributes["name"] ?? ""
            let type = attributes["classname"] ?? ""
            name = type.isEmpty || own.hasPrefix(type) ? own : "\(type).\(own)"
            ending = .passed
            message = nil
            counts.milliseconds += Self.milliseconds(attributes["time"])
        case ("failure", "testcase"), ("error", "testcase"):
            let isFirst = ending != .failed && ending != .errored
            ending = element == "failure" && ending != .errored ? .failed : .errored
            guard isFirst, counts.failures.count < Self.failureLimit else { return }
            message = attributes["message"]
            if (message ?? "").isEmpty { said = [] }
        case ("skipped", "testcase"):
            if ending == .passed { ending = .skipped }
        default: break
        }
    }

    mutating func text(_ bytes: [UInt8]) { said? += bytes }

    mutating func end(_ element: String, _ parent: String?) {
        switch (element, parent) {
        case ("failure", "testcase"), ("error", "testcase"):
            if let said { message = String(decoding: said, as: UTF8.self) }
            said = nil
        case ("testcase", _): count()
        default: break
        }
    }

    private mutating func count() {
        switch ending {
        case .passed: counts.passed += 1
        case .skipped: counts.skipped += 1
        case .failed: counts.failed += 1
        case .errored: counts.errors += 1
        }
        guard ending == .failed || ending == .errored,
            counts.failures.count < Self.failureLimit
        else { return }
        counts.failures.append(
            FailedTest(
                name: Self.firstLine(mask(name), limit: 200),
                message: Self.firstLine(mask(message ?? ""), limit: 300)))
    }

    /// Of a text that is masked already: a cut could leave half a secret unknown.
    private static func firstLine(_ text: String, limit: Int) -> String {
        let lines = text.unicodeScalars.split { $0 == "\n" || $0 == "\r" }
        guard let line = lines.first(where: { $0.contains { !$0.properties.isWhitespace } })
        else { return "" }
        let words = line.drop { $0.properties.isWhitespace }
        let shown = String(String.UnicodeScalarView(words.prefix(limit)))
        return words.count > limit ? shown + "…" : shown
    }

    /// Seconds as JUnit writes them, such as `0.25` or `1,234.5`; 0 for what is no such number.
    private static func milliseconds(_ text: String?) -> Int64 {
        guard let text, text.utf8.count < 40,
            let seconds = Double(text.filter { $0 != "," }), seconds >= 0, seconds < 1e9
        else { return 0 }
        return Int64((seconds * 1000).rounded())
    }
}

/// Cobertura's XML: the totals of its root, or where it has none the lines of its classes.
struct CoberturaReport {
    private var counted = LineCoverage()
    private var total: LineCoverage?

    var coverage: LineCoverage { total ?? counted }

    mutating func start(_ name: String, _ attributes: [String: String], _ above: [String]) {
        if above.isEmpty, let lines = attributes["lines-valid"].flatMap({ Int64($0) }),
            let covered = attributes["lines-covered"].flatMap({ Int64($0) }),
            covered >= 0, covered <= lines
        {
            total = LineCoverage(covered: covered, lines: lines)
        }
        // The lines of methods stand among those of their class again.
        guard name == "line", above.suffix(2) == ["class", "lines"] else { return }
        counted.lines += 1
        if attributes["hits"].flatMap({ Int64($0) }) ?? 0 > 0 { counted.covered += 1 }
    }
}
