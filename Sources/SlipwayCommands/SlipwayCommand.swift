package import ArgumentParser

/// The command line: one file a verb.
package struct SlipwayCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "slipway",
        abstract: "A delivery hub that one company can run itself.",
        version: SlipwayVersion.text,
        subcommands: [LintCommand.self, VersionCommand.self])

    package init() {}

    /// Reads the process' arguments, runs the verb, and ends the process with its exit code.
    package static func run() async {
        await main()
    }
}

enum SlipwayVersion {
    static let text = "0.1.0-dev"
}

struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "version", abstract: "Print the version.")

    func run() {
        print("slipway \(SlipwayVersion.text)")
    }
}

/// What the codes of a process mean (DESIGN §12).
package enum ExitStatus {
    package static let failed = ExitCode(1)
    package static let errored = ExitCode(2)
    package static let notFound = ExitCode(3)
    package static let usage = ExitCode(64)
}
