package import ArgumentParser
import Domain
import Executors
import Glibc
import OCI
import Registry
import Runs
import Scripting
import Storage
import Workflows

/// The command line: one file a verb.
package struct SlipwayCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "slipway",
        abstract: "A delivery hub that one company can run itself.",
        discussion: """
            Start with:
              slipway doctor                      what this machine has and lacks
              slipway image pull docker.io/library/busybox
              slipway image import busybox.tar    bring a component's image in
              slipway init                        write a workflow for this project
              slipway run workflow.yaml           run a workflow
            State is kept in $SLIPWAY_HOME (default: ~/.local/share/slipway).
            """,
        version: "slipway \(SlipwayVersion.text)",
        subcommands: [
            RunCommand.self, LintCommand.self, ShowCommand.self, RunsCommand.self,
            LogsCommand.self, ExecCommand.self, DebugCommand.self, ReplayCommand.self,
            CancelCommand.self, ApproveCommand.self, RejectCommand.self,
            ResumeCommand.self, RerunCommand.self, ImageCommand.self, LockCommand.self,
            ArtifactCommand.self,
            ReportCommand.self,
            ExplainCommand.self,
            GraphCommand.self,
            DiffCommand.self,
            SchemaCommand.self,
            TopCommand.self,
            StatsCommand.self,
            FmtCommand.self,
            InitCommand.self,
            SimulateCommand.self,
            ExpandCommand.self,
            TestCommand.self,
            CacheCommand.self,
            GCCommand.self,
            DoctorCommand.self,
            CompletionCommand.self,
            VersionCommand.self,
            ManualCommand.self, HookWorkerCommand.self,
        ])

    package init() {}

    /// What this program does for another process of it, before any thread is started: a worker
    /// for hooks gives up the rights of its one thread. Nil for what a person asks.
    package static func helperCode(_ arguments: [String]) -> Int32? {
        // A reader that goes away is seen as an error of `write`, not as the end of a run.
        signal(SIGPIPE, SIG_IGN)
        if arguments.dropFirst().elementsEqual([HookWorkerCommand.verb]) { return LuaWorker.run() }
        return GitHelperProgram.run(arguments) ?? Rootless.run(arguments)
    }

    /// Reads the process' arguments, runs the verb, and ends the process with its exit code.
    package static func run() async {
        do {
            try CommandWord.check(CommandLine.arguments.dropFirst())
            try Rootless.check()
            // Completions look into the home, so they take time of their own.
            var command = try await asyncParseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch {
            guard let (message, status) = describe(error) else { exit(withError: error) }
            if !message.isEmpty { Console.error("slipway: \(message)") }
            Glibc.exit(status.rawValue)
        }
    }

    /// Nil for what the argument parser says better itself.
    private static func describe(_ error: any Error) -> (String, ExitCode)? {
        switch error {
        case let failure as CommandFailure: (failure.message, failure.status)
        case let error as RunsError:
            switch error {
            case .noSuchRun, .noSuchJob: (error.description, ExitStatus.notFound)
            case .alreadyEnded, .notPaused, .refused: (error.description, ExitStatus.failed)
            case .notAllowed: (error.description, ExitStatus.notAllowed)
            case .unreachable: (error.description, ExitStatus.unreachable)
            default: (error.description, ExitStatus.errored)
            }
        case let error as RunRefusal:
            switch error {
            case .invalid: (error.description, ExitStatus.usage)
            case .conflict: (error.description, ExitStatus.failed)
            case .missingImages: (error.description, ExitStatus.errored)
            }
        case let error as RegistryError: (error.description, status(of: error))
        case let error as ImageError: (error.description, ExitStatus.errored)
        case StorageError.home(let why): (why, ExitStatus.usage)
        case let error as StorageError: (error.description, ExitStatus.errored)
        case let error as ExecutorError: (error.description, ExitStatus.errored)
        case let error as RootlessRefusal: (error.description, ExitStatus.errored)
        case let code as ExitCode: ("", code)
        case is CleanExit, is ValidationError: nil
        case let error where isOfArgumentParser(error): nil
        default: ("\(error)", ExitStatus.errored)
        }
    }

    static func status(of error: RegistryError) -> ExitCode {
        switch error {
        case .noSuchImage, .notFound, .otherPlatform: ExitStatus.notFound
        case .unauthorized, .denied: ExitStatus.notAllowed
        case .unreachable, .tooManyRequests: ExitStatus.unreachable
        case .noHost: ExitStatus.usage
        default: ExitStatus.errored
        }
    }

    private static func isOfArgumentParser(_ error: any Error) -> Bool {
        exitCode(for: error) != ExitCode.failure
    }
}

enum SlipwayVersion {
    static let text = "0.1.0-dev"
}

struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "version", abstract: "Print the version.")

    @OptionGroup var options: OutputOptions

    func run() {
        options.print(
            table: { "slipway \(SlipwayVersion.text)" },
            json: { ["version": .string(SlipwayVersion.text)] })
    }
}
