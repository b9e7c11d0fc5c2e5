import ArgumentParser
import Domain

/// How an answer is printed.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
    case table, json
}

struct OutputOptions: ParsableArguments {
    @Option(name: .shortAndLong, help: "How the answer is printed: table or json.")
    var output = OutputFormat.table

    func print(table: () -> String, json: () -> JSONValue) {
        switch output {
        case .table: Console.print(table())
        case .json: Console.print(json().canonicalText)
        }
    }
}

/// What the codes of a process mean (DESIGN §12).
enum ExitStatus {
    static let succeeded = ExitCode(0)
    static let failed = ExitCode(1)
    static let errored = ExitCode(2)
    static let notFound = ExitCode(3)
    static let notAllowed = ExitCode(4)
    static let unreachable = ExitCode(6)
    static let cancelled = ExitCode(7)
    static let stillRunning = ExitCode(8)
    static let usage = ExitCode(64)
}

/// An end of the command with a message of our own.
struct CommandFailure: Error {
    let message: String
    let status: ExitCode
}
