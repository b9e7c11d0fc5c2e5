import ArgumentParser
import Domain
import Storage
import Workflows

/// `slipway lint FILE…`: everything that is wrong with workflow files, in one pass.
struct LintCommand: ParsableCommand {
    enum Output: String, ExpressibleByArgument, CaseIterable {
        case table, json
    }

    static let configuration = CommandConfiguration(
        commandName: "lint", abstract: "Check workflow files and say where they are wrong.",
        discussion: "Ends with 0 when no file has an error, 1 when one has, 3 when one is missing.")

    @Argument(help: "The workflow files.", completion: .file(extensions: ["yaml", "yml"]))
    var files: [String]

    @Option(name: .shortAndLong, help: "table or json.")
    var output = Output.table

    func run() throws {
        var findings: [(file: String, diagnostic: Diagnostic)] = []
        for file in files {
            let outcome = WorkflowFile.parse(try Self.read(file))
            findings += outcome.diagnostics.map { (file, $0) }
        }
        switch output {
        case .table: findings.forEach { print($0.diagnostic.rendered(file: $0.file)) }
        case .json: print(JSONValue.array(findings.map(Self.json)).canonicalText)
        }
        let errors = findings.filter { $0.diagnostic.severity == .error }.count
        if output == .table {
            let summary =
                errors == 0
                ? "\(files.count) file(s), no errors" : "\(files.count) file(s), \(errors) error(s)"
            Console.error(summary + "")
        }
        if errors > 0 { throw ExitStatus.failed }
    }

    /// A workflow file has at most 1 MiB; one byte more lets the linter say so.
    private static func read(_ path: String) throws -> [UInt8] {
        do {
            guard let status = try Files.status(path) else {
                Console.error("slipway: there is no file '\(path)'")
                throw ExitStatus.notFound
            }
            _ = status
            return try Files.readFile(path, limit: 16 << 20)
        } catch let error as StorageError {
            Console.error("slipway: \(error.description)")
            throw ExitStatus.errored
        }
    }

    private static func json(_ finding: (file: String, diagnostic: Diagnostic)) -> JSONValue {
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
}
