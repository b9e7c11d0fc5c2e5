import ArgumentParser
import Domain
import Workflows

/// How findings are printed: for people, for programs, for tools that collect findings (SARIF),
/// and as annotations of a GitHub workflow.
enum LintFormat: String, ExpressibleByArgument, CaseIterable {
    case table, json, sarif, github
}

/// The findings of some files, and the files that could not be read.
struct LintReport {
    struct Finding: Hashable {
        let file: String
        let diagnostic: Diagnostic
    }

    struct Unreadable {
        let file: String
        let why: String
    }

    var findings: [Finding] = []
    var unreadable: [Unreadable] = []

    var errors: Int { findings.count { $0.diagnostic.severity == .error } }

    /// Nil when there is nothing to print.
    func text(_ format: LintFormat) -> String? {
        switch format {
        case .table: lines { $0.diagnostic.rendered(file: $0.file) }
        case .github: lines(Self.annotation)
        case .json: JSONValue.array(findings.map(Self.json)).canonicalText
        case .sarif: sarif.canonicalText
        }
    }

    private func lines(_ line: (Finding) -> String) -> String? {
        guard !findings.isEmpty else { return nil }
        return findings.map { TerminalText.line(line($0)) }.joined(separator: "\n")
    }

    private static func json(_ finding: Finding) -> JSONValue {
        let diagnostic = finding.diagnostic
        var members: [String: JSONValue] = [
            "file": .string(finding.file), "line": .integer(Int64(diagnostic.position.line)),
            "column": .integer(Int64(diagnostic.position.column)),
            "severity": .string(diagnostic.severity.rawValue), "rule": .string(diagnostic.rule),
            "message": .string(diagnostic.message),
        ]
        members["hint"] = diagnostic.hint.map(JSONValue.string)
        return .object(members)
    }

    private static func message(_ diagnostic: Diagnostic) -> String {
        diagnostic.message + (diagnostic.hint.map { "; \($0)" } ?? "")
    }
}

// MARK: GitHub's workflow commands

extension LintReport {
    /// `::error file=F,line=L,col=C::message [rule]`.
    private static func annotation(_ finding: Finding) -> String {
        let diagnostic = finding.diagnostic
        let position = diagnostic.position
        return "::\(diagnostic.severity.rawValue) file=\(escaped(finding.file, isProperty: true)),"
            + "line=\(position.line),col=\(position.column)::"
            + escaped("\(message(diagnostic)) [\(diagnostic.rule)]", isProperty: false)
    }

    /// Line ends end a command, `%` begins an escape; `:` and `,` part its properties.
    static func escaped(_ text: String, isProperty: Bool) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "%": result += "%25"
            case "\r": result += "%0D"
            case "\n": result += "%0A"
            case ":" where isProperty: result += "%3A"
            case "," where isProperty: result += "%2C"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}

// MARK: SARIF 2.1.0

extension LintReport {
    /// One run with the rules that were broken (OASIS SARIF 2.1.0, §3.14).
    private var sarif: JSONValue {
        let broken = Set(findings.map(\.diagnostic.rule))
        let rules = LintRule.allCases.filter { broken.contains($0.rawValue) }
        let indexes = Dictionary(
            rules.enumerated().map { ($1.rawValue, $0) }, uniquingKeysWith: { first, _ in first })
        let driver: JSONValue = [
            "name": "slipway", "version": .string(SlipwayVersion.text),
            "rules": .array(
                rules.map {
                    [
                        "id": .string($0.rawValue),
                        "shortDescription": ["text": .string($0.explanation)],
                    ]
                }),
        ]
        return [
            "$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0",
            "runs": [
                [
                    "tool": ["driver": driver], "columnKind": "unicodeCodePoints",
                    "invocations": [invocation],
                    "results": .array(findings.map { Self.result($0, indexes) }),
                ]
            ],
        ]
    }

    private var invocation: JSONValue {
        [
            "executionSuccessful": .boolean(unreadable.isEmpty),
            "toolExecutionNotifications": .array(
                unreadable.map {
                    [
                        "level": "error", "message": ["text": .string($0.why)],
                        "locations": [["physicalLocation": Self.artifact($0.file)]],
                    ]
                }),
        ]
    }

    private static func result(_ finding: Finding, _ indexes: [String: Int]) -> JSONValue {
        let diagnostic = finding.diagnostic
        var region: [String: JSONValue] = [
            "startLine": .integer(Int64(diagnostic.position.line)),
            "startColumn": .integer(Int64(diagnostic.position.column)),
        ]
        if let end = diagnostic.end, end > diagnostic.position {
            region["endLine"] = .integer(Int64(end.line))
            region["endColumn"] = .integer(Int64(end.column))
        }
        var place = artifact(finding.file).objectValue ?? [:]
        place["region"] = .object(region)
        var members: [String: JSONValue] = [
            "ruleId": .string(diagnostic.rule), "level": .string(diagnostic.severity.rawValue),
            "message": ["text": .string(message(diagnostic))],
            "locations": [["physicalLocation": .object(place)]],
        ]
        members["ruleIndex"] = indexes[diagnostic.rule].map { .integer(Int64($0)) }
        return .object(members)
    }

    private static func artifact(_ file: String) -> JSONValue {
        ["artifactLocation": ["uri": .string(uri(file))]]
    }

    /// A path as a reference (RFC 3986): relative as it was given, or `file://`.
    static func uri(_ path: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in path.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x2d, 0x2e, 0x2f, 0x5f, 0x7e:
                bytes.append(byte)
            default:
                bytes += [0x25, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return (path.hasPrefix("/") ? "file://" : "") + String(decoding: bytes, as: UTF8.self)
    }
}
