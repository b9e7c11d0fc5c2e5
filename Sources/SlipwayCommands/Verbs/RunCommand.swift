import ArgumentParser
import Domain
import Executors
import Glibc
import Runs
import Storage
import Workflows

/// `slipway run FILE`: runs a workflow to its end in this process.
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Run a workflow on this machine.",
        discussion: """
            Ctrl-C cancels the run: jobs get SIGTERM and, 10 seconds later, SIGKILL; end stages
            still run. A second Ctrl-C ends those too.
            Ends with 0 when the run succeeded, 1 failed, 2 errored, 7 cancelled, 64 when the file
            or an input is not valid.
            """)

    @Argument(help: "The workflow file.", completion: .file(extensions: ["yaml", "yml"]))
    var file: String

    @Option(name: [.customShort("i"), .customLong("input")], help: "An input: NAME=VALUE.")
    var inputs: [String] = []

    @Option(
        help: "A JSON file with inputs, {\"NAME\": value}; -i wins.",
        completion: .file(extensions: ["json"]))
    var inputsFile: String?

    @Option(
        name: .customLong("secret"),
        help: "A secret: NAME=env:VARIABLE or NAME=file:PATH. Never the value itself.")
    var secrets: [String] = []

    @Option(help: "Attempts at once (default: four for each processor, at least 8).")
    var parallel: Int?

    @Option(help: "How progress is shown on standard error: auto, tty, plain, json or quiet.")
    var progress = ProgressKind.auto

    @OptionGroup var options: OutputOptions

    func validate() throws {
        if let parallel, !(1...1000).contains(parallel) {
            throw ValidationError("--parallel is \(parallel); expected 1 to 1,000")
        }
    }

    func run() async throws {
        let inputs = try RunArguments.inputs(inputs, file: inputsFile)
        let secrets = try RunArguments.secrets(secrets)
        let services = try await HomeServices.open()
        let text = try await WorkflowText.read(file, images: services.images)
        let definition = try checked(text)
        let run = try await services.runs.create(
            RunRequest(
                text: text.bytes, definition: definition, file: file, inputs: inputs,
                secrets: secrets, actor: LocalActor.name(),
                slots: parallel ?? max(8, 4 * sysconf(Int32(_SC_NPROCESSORS_ONLN)))))
        let reporter = progress.reporter()
        try StopSignals.listen { run.cancel(actor: LocalActor.name(), reason: $0) }
        let state: RunState
        do {
            state = try await services.runs.advance(run, observer: reporter)
        } catch {
            reporter.stop()
            await services.close()
            throw CommandFailure(
                message: "run \(run.number) stopped: \(error)\n"
                    + "what ran was ended; 'slipway cancel \(run.number)' closes the run",
                status: ExitStatus.errored)
        }
        reporter.stop()
        if progress != .quiet {
            await FailureSummary(state: state, services: services).print()
        }
        if options.output == .json { Console.print(RunDocument(state).json.canonicalText) }
        await services.close()
        if let status = Self.status(of: state.phase) { throw status }
    }

    /// Missing components are the machine's lack, not the file's fault, so they are left to
    /// `create`, which ends with another code.
    private func checked(_ text: WorkflowText) throws -> WorkflowDefinition {
        let findings = text.outcome.diagnostics
        let isAboutImages = { (finding: Diagnostic) in
            finding.rule == LintRule.missingComponent.rawValue
        }
        for finding in findings { Console.error(finding.rendered(file: file)) }
        if let definition = text.outcome.definition { return definition }
        let errors = findings.filter { $0.severity == .error }
        guard errors.allSatisfy(isAboutImages) else {
            throw CommandFailure(
                message: "'\(file)' is not valid; nothing was run", status: ExitStatus.usage)
        }
        throw CommandFailure(
            message: "components are missing; nothing was run", status: ExitStatus.errored)
    }

    static func status(of phase: RunPhase) -> ExitCode? {
        switch phase {
        case .succeeded: nil
        case .failed: ExitStatus.failed
        case .errored: ExitStatus.errored
        case .cancelled: ExitStatus.cancelled
        case .queued, .running, .paused: ExitStatus.stillRunning
        }
    }
}
