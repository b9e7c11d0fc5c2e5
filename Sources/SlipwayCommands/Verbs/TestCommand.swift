import ArgumentParser
import Domain
import Glibc
import Runs
import Storage
import Workflows

/// `slipway test`: cases for workflows, on the engine's own rules, without containers.
struct TestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Run the cases beside workflows, with faked components and no containers.",
        discussion: """
            Cases stand in NAME.test.yaml: inputs, what components give, and what must
            come of it. Folders are searched for such files. The answer says which
            branches no case took.
            Ends with 0 when all cases pass, 1 when one fails or too little is covered, 64
            when a file is not valid.
            """)

    @Argument(
        help: "Test files, or folders with them (default: this folder).",
        completion: .file(extensions: ["yaml", "yml"]))
    var paths: [String] = []

    @Option(help: "Only cases whose name contains this text.")
    var filter: String?

    @Option(help: "Fail when fewer of all branches are taken, in percent.")
    var minimumCoverage: Int?

    @Option(name: .shortAndLong, help: "How the answer is printed: table, json or junit.")
    var output = TestFormat.table

    func validate() throws {
        if let minimumCoverage, !(0...100).contains(minimumCoverage) {
            throw ValidationError(
                "--minimum-coverage is \(minimumCoverage); expected 0 to 100")
        }
    }

    func run() async throws {
        let files = try TestFiles.find(paths.isEmpty ? ["."] : paths)
        guard !files.isEmpty else {
            throw CommandFailure(
                message: "there are no test files; they are named NAME.test.yaml",
                status: ExitStatus.notFound)
        }
        var suites: [TestSuite] = []
        var invalid = 0
        for file in files {
            let suite = try await TestSuite.read(file, filter: filter) { place, finding in
                Console.error(TerminalText.line(finding.rendered(file: place)))
            }
            if let suite { suites.append(suite) } else { invalid += 1 }
        }
        let read = suites
        let played = try await LuaHooks.local { hooks in
            var played: [TestSuite] = []
            for var suite in read {
                await suite.run(hooks)
                played.append(suite)
            }
            return played
        }
        let report = TestReport(suites: played)
        Console.print(report.text(output, Style.of(STDOUT_FILENO)))
        if invalid > 0 {
            let noun = invalid == 1 ? "test file was" : "test files were"
            throw CommandFailure(
                message: "\(invalid) \(noun) not valid, so nothing of it was run",
                status: ExitStatus.usage)
        }
        if report.failures > 0 { throw ExitStatus.failed }
        if let filter, report.cases == 0 {
            throw CommandFailure(
                message: "no case has '\(filter)' in its name", status: ExitStatus.notFound)
        }
        if let minimumCoverage, report.percent < minimumCoverage {
            throw CommandFailure(
                message: "\(report.percent) % of the branches were taken; expected at least "
                    + "\(minimumCoverage) %", status: ExitStatus.failed)
        }
    }
}
