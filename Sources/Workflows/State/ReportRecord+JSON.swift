package import Domain
import OCI

extension ReportRecord {
    /// As events and documents have it: `path`, `digest`, `size`, `kind`, and what that kind says.
    package var json: JSONValue {
        var members: [String: JSONValue] = [
            "path": .string(path), "digest": .string(digest.description), "size": .integer(size),
            "kind": .string(content.kind),
        ]
        switch content {
        case .junit(let counts): members["tests"] = counts.json
        case .sarif(let levels):
            members["findings"] = .object(levels.mapValues { .integer(Int64($0)) })
        case .lcov(let coverage), .cobertura(let coverage):
            members["coverage"] = [
                "covered": .integer(coverage.covered), "lines": .integer(coverage.lines),
            ]
        case .other: break
        }
        return .object(members)
    }

    init(_ reader: EventReader) throws(EventError) {
        let content: ReportContent
        switch try reader.text("kind") {
        case "junit": content = .junit(try TestCounts(try reader.object("tests")))
        case "sarif":
            let levels = try reader.object("findings").json.objectValue ?? [:]
            content = .sarif(levels.compactMapValues { $0.integerValue.map { Int($0) } })
        case "lcov": content = .lcov(try LineCoverage(try reader.object("coverage")))
        case "cobertura": content = .cobertura(try LineCoverage(try reader.object("coverage")))
        // Also what a later version may know.
        default: content = .other
        }
        self.init(
            path: try reader.text("path"), digest: try reader.digest("digest"),
            size: try reader.integer("size"), content: content)
    }
}

extension LineCoverage {
    fileprivate init(_ reader: EventReader) throws(EventError) {
        self.init(covered: try reader.integer("covered"), lines: try reader.integer("lines"))
    }
}

extension TestCounts {
    fileprivate var json: JSONValue {
        [
            "passed": .integer(Int64(passed)), "failed": .integer(Int64(failed)),
            "errors": .integer(Int64(errors)), "skipped": .integer(Int64(skipped)),
            "milliseconds": .integer(milliseconds),
            "failures": .array(
                failures.map { ["name": .string($0.name), "message": .string($0.message)] }),
        ]
    }

    fileprivate init(_ reader: EventReader) throws(EventError) {
        self.init()
        passed = try reader.index("passed")
        failed = try reader.index("failed")
        errors = try reader.index("errors")
        skipped = try reader.index("skipped")
        milliseconds = try reader.integer("milliseconds")
        for item in reader.json["failures"]?.arrayValue ?? [] {
            let test = EventReader(json: item, name: reader.name)
            failures.append(
                FailedTest(name: try test.text("name"), message: try test.text("message")))
        }
    }
}
