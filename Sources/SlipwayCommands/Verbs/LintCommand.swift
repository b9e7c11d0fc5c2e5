import ArgumentParser
import Domain
import Registry
import Storage
import Workflows

/// `slipway lint FILE…`: everything that is wrong with workflow files, in one pass.
struct LintCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lint", abstract: "Check workflow files and say where they are wrong.",
        discussion: """
            Each finding: FILE:LINE:COLUMN: SEVERITY[RULE]: what is wrong; what to do.
            Ends with 0 when no file has an error, 1 when one has, 3 when one is missing.
            """)

    @Argument(help: "The workflow files.", completion: .file(extensions: ["yaml", "yml"]))
    var files: [String]

    @Flag(name: .long, help: "Also check components against the images of this home.")
    var images = false

    @OptionGroup var options: OutputOptions

    func run() async throws {
        // Opened only when asked: a file can be checked where no home is.
        let store = images ? try await HomeServices.open().images : nil
        var findings: [(file: String, diagnostic: Diagnostic)] = []
        for file in files {
            let text = try await WorkflowText.read(file, images: store)
            findings += text.outcome.diagnostics.map { (file, $0) }
        }
        let errors = findings.count { $0.diagnostic.severity == .error }
        switch options.output {
        case .table:
            for finding in findings {
                Console.print(finding.diagnostic.rendered(file: finding.file))
            }
            Console.error(Self.summary(files: files.count, errors: errors, of: findings.count))
        case .json:
            Console.print(JSONValue.array(findings.map(Self.json)).canonicalText)
        }
        if errors > 0 { throw ExitStatus.failed }
    }

    private static func summary(files: Int, errors: Int, of findings: Int) -> String {
        func count(_ number: Int, _ noun: String) -> String {
            "\(number) \(noun)\(number == 1 ? "" : "s")"
        }
        return count(files, "file") + ": " + count(errors, "error") + ", "
            + count(findings - errors, "warning")
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
