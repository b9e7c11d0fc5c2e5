import ArgumentParser
import Domain
import OCI
import Runs
import Storage
import Workflows

/// `slipway run FILE`: runs a workflow to its end in this process.
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Run a workflow on this machine.",
        discussion: """
            Ctrl-C cancels the run: jobs get SIGTERM and, 10 seconds later, SIGKILL; end
            stages still run. A second Ctrl-C ends those too; a third kills what runs and
            leaves at once ('slipway cancel' closes the run).
            On a terminal, 'q' leaves the live view and lets the run go on; '?' lists its
            keys.
            Ends with 0 when the run succeeded, 1 failed, 2 errored, 7 cancelled, 64 when
            the file or an input is not valid; 8 when it waits in a pause ('slipway
            approve', then 'slipway resume'). On a terminal it stays and waits.
            """)

    @OptionGroup var workflow: WorkflowOptions

    @Flag(help: "Run the digests of FILE.lock, and refuse anything else.")
    var locked = false

    @Option(
        help: "A folder outside of the workflow's project that its source may come from.",
        completion: .directory)
    var allowSource: [String] = []

    @OptionGroup var pull: PullOptions

    @OptionGroup var session: SessionOptions

    private var file: String { workflow.file }

    func run() async throws {
        let inputs = try workflow.inputValues()
        let allowed = try allowedSources()
        let given = try session.secretValues()
        let services = try await HomeServices.open()
        try await services.sweep()
        let settings = try services.settings()
        let components = Components(
            services: services, options: pull, progress: session.progress)
        let lock = locked ? try lockFile() : nil
        var images: [String: Digest] = [:]
        let text = try await WorkflowText.read(
            file, images: services.images,
            settings: ConfigurationCheck(settings, severity: .error)
        ) { definition in
            if let lock {
                images = try await components.locked(definition, by: lock, file: file)
            } else {
                try await components.bring(definition, of: file)
            }
            return images
        }
        let definition = try checked(text)
        let secrets = try settings.secrets(given, for: definition, actor: LocalActor.name())
        let run = try await services.runs.create(
            RunRequest(
                text: text.bytes, definition: definition, file: try Files.realPath(file),
                inputs: inputs, secrets: secrets, actor: LocalActor.name(),
                slots: try session.slots.count(), path: text.path, files: text.outcome.files,
                images: images, allowedSources: allowed))
        if !run.hasSource { tellOfNoSource(definition) }
        try await session.carry(run, services)
    }

    /// Jobs that would have seen it begin in an empty folder, which the file does not show.
    private func tellOfNoSource(_ definition: WorkflowDefinition) {
        let sees = { (job: JobDefinition) in job.component != nil && job.seesSource }
        guard session.progress != .quiet, session.progress != .json,
            definition.stages.contains(where: { $0.jobs.contains(where: sees) })
        else { return }
        let why =
            GitProgram.path == nil
            ? "git, which reads repositories, is not here (install it with: \(GitProgram.fix))"
            : "'\(file)' is in no Git repository"
        Console.error(
            TerminalText.line(
                "no source: \(why), so its jobs begin in empty folders; "
                    + "'source: {path: .}' in a start stage takes the file's folder"))
    }

    private func allowedSources() throws -> [String] {
        try allowSource.map { folder in
            guard Files.exists(folder),
                try Files.status(Files.realPath(folder))?.kind == .folder
            else {
                throw CommandFailure(
                    message: "--allow-source: there is no folder '\(folder)'",
                    status: ExitStatus.usage)
            }
            return folder
        }
    }

    private func lockFile() throws -> LockFile {
        let path = LockFile.path(of: file)
        guard try Files.status(path) != nil else {
            throw CommandFailure(
                message: "there is no '\(path)'; 'slipway lock \(file)' writes it",
                status: ExitStatus.usage)
        }
        let lock = LockFile(parsing: try Files.readFile(path, limit: 16 << 20))
        guard lock.diagnostics.isEmpty else {
            throw CommandFailure(
                message: lock.diagnostics.map { $0.rendered(file: path) }.joined(separator: "\n"),
                status: ExitStatus.usage)
        }
        return lock
    }

    /// Missing components are the machine's lack, not the file's fault, so they are left to
    /// `create`, which ends with another code.
    private func checked(_ text: WorkflowText) throws -> WorkflowDefinition {
        let findings = text.outcome.diagnostics
        let isAboutImages = { (finding: Diagnostic) in
            finding.rule == LintRule.missingComponent.rawValue
        }
        text.printFindings()
        if let definition = text.outcome.definition { return definition }
        let errors = findings.filter { $0.severity == .error }
        if errors.isEmpty { return try text.valid() }
        guard errors.allSatisfy(isAboutImages) else {
            throw CommandFailure(
                message: "'\(file)' is not valid; nothing was run", status: ExitStatus.usage)
        }
        throw CommandFailure(
            message: "components are missing; nothing was run", status: ExitStatus.errored)
    }
}
