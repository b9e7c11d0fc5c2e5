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
            Files of templates and test files are checked, too.
            Each finding: FILE:LINE:COLUMN: SEVERITY[RULE]: what is wrong; what to do.
            Ends with 0 when no file has an error, 1 when one has, 3 when one is missing;
            all findings of the others are printed before.
            """)

    @Argument(help: "The workflow files.", completion: .file(extensions: ["yaml", "yml"]))
    var files: [String]

    @Flag(name: .long, help: "Also check components against the images of this home.")
    var images = false

    @Option(
        name: .shortAndLong, help: "How findings are printed: table, json, sarif or github.")
    var output = LintFormat.table

    func run() async throws {
        // Opened only when asked: a file can be checked where no home is.
        let store = images ? try await HomeServices.open().images : nil
        let settings = try HomeConfiguration.readIfThere(HomeServices.homePath)
            .map { ConfigurationCheck($0, severity: .warning) }
        var report = LintReport()
        var problems: [ExitCode] = []
        for file in files {
            do {
                let text = try await WorkflowText.read(
                    file, images: store, settings: settings)
                if text.outcome.isTestFile {
                    // What is wrong with its workflow may have been found before.
                    let known = report.findings
                    report.findings += try await Self.findings(inTestFile: file).filter {
                        $0.file == file || !known.contains($0)
                    }
                    continue
                }
                report.findings += try (text.outcome.diagnostics + text.lockFindings()).map {
                    LintReport.Finding(file: $0.file ?? file, diagnostic: $0)
                }
            } catch {
                let (why, status) = Self.describe(error)
                report.unreadable.append(LintReport.Unreadable(file: file, why: why))
                problems.append(status)
            }
        }
        if let text = report.text(output) { Console.print(text) }
        for problem in report.unreadable {
            Console.error(TerminalText.line("slipway: \(problem.why)"))
        }
        if output == .table { Console.error(summary(report)) }
        if let status = Self.status(problems, hasErrors: report.errors > 0) { throw status }
    }

    private static func findings(inTestFile file: String) async throws -> [LintReport.Finding] {
        var findings: [LintReport.Finding] = []
        _ = try await TestSuite.read(file, filter: nil) { place, diagnostic in
            findings.append(
                LintReport.Finding(file: diagnostic.file ?? place, diagnostic: diagnostic))
        }
        return findings
    }

    private static func describe(_ error: any Error) -> (why: String, status: ExitCode) {
        switch error {
        case let failure as CommandFailure: (failure.message, failure.status)
        case let error as StorageError: (error.description, ExitStatus.errored)
        default: ("\(error)", ExitStatus.errored)
        }
    }

    /// A file that is missing comes first, then one that cannot be read, then what is wrong.
    static func status(_ problems: [ExitCode], hasErrors: Bool) -> ExitCode? {
        if problems.contains(ExitStatus.notFound) { return ExitStatus.notFound }
        return problems.first ?? (hasErrors ? ExitStatus.failed : nil)
    }

    private func summary(_ report: LintReport) -> String {
        func count(_ number: Int, _ noun: String) -> String {
            "\(number) \(noun)\(number == 1 ? "" : "s")"
        }
        let errors = report.errors
        return count(files.count, "file") + ": " + count(errors, "error") + ", "
            + count(report.findings.count - errors, "warning")
            + (report.unreadable.isEmpty ? "" : ", \(report.unreadable.count) not read")
    }
}
