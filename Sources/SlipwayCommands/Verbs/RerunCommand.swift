import ArgumentParser
import Domain
import OCI
import Runs
import Storage
import Workflows

/// `slipway rerun RUN`: repeats a run, whole or from where it failed.
struct RerunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rerun", abstract: "Repeat a run: whole, its failed jobs, or from a stage.",
        discussion: """
            The new run works on the recorded file, source and image digests; it is linked
            to the old one. With --current it takes the file and the images as they are
            now.
            """)

    @Argument(help: "The run: its number, its id, or 'last'.", completion: Completions.run)
    var run = "last"

    @Flag(help: "Only what did not succeed; the rest keeps its outputs and artifacts.")
    var failed = false

    @Option(
        help: "From this stage on; earlier stages keep their outputs and artifacts.",
        completion: Completions.stages(ofRun: .positional(0)))
    var from: String?

    @Flag(help: "With the workflow file and the images as they are now.")
    var current = false

    @Option(
        name: [.customShort("i"), .customLong("input")], help: "An input: NAME=VALUE.",
        completion: Completions.inputs(ofRun: .positional(0)))
    var inputs: [String] = []

    @OptionGroup var pull: PullOptions

    @OptionGroup var session: SessionOptions

    func validate() throws {
        if failed, from != nil {
            throw ValidationError("--failed and --from exclude each other")
        }
    }

    func run() async throws {
        let inputs = try RunArguments.inputs(inputs, file: nil)
        let given = try session.secretValues()
        let services = try await HomeServices.open()
        let listed = try await services.runs.store.find(run)
        let old = try await services.runs.load(listed.id).state
        guard old.phase.isFinal else {
            throw CommandFailure(
                message: "run \(listed.number) has not ended; 'slipway resume' goes on with it",
                status: ExitStatus.failed)
        }
        let settings = try services.settings()
        let project = try await project(of: old, settings, services)
        let secrets = try settings.secrets(
            given, for: project.definition, actor: LocalActor.name())
        if current {
            try await Components(
                services: services, options: pull, progress: session.progress
            ).bring(project.definition, of: listed.file)
        }
        let jobs = failed || from != nil ? old.reusableJobs(beforeStage: try stage(old)) : []
        let rerun = Rerun(
            state: old, reused: Dictionary(jobs.map { ($0.key, $0.job) }) { $1 },
            keepsImages: !current)
        let owned = try await services.runs.create(
            RunRequest(
                text: project.text, definition: project.definition, file: listed.file,
                inputs: inputs, secrets: secrets, actor: LocalActor.name(),
                slots: try session.slots.count(), rerun: rerun, path: project.path,
                files: project.files))
        try await session.carry(owned, services)
    }

    /// What is run: the workflow, and the files that it leads to.
    private struct Project {
        let text: [UInt8]
        let definition: WorkflowDefinition
        let path: ProjectPath
        let files: [ProjectPath: [UInt8]]
    }

    private func project(
        of old: RunState, _ settings: HomeSettings, _ services: HomeServices
    ) async throws -> Project {
        guard current, let creation = old.creation else {
            let (text, files) = try services.runs.definitionText(of: old)
            return Project(
                text: text, definition: old.plan.definition, path: old.creation?.path ?? .main,
                files: files)
        }
        guard creation.calledBy == nil else {
            throw CommandFailure(
                message: "run \(creation.number) was called by another run; "
                    + "rerun that one with --current", status: ExitStatus.usage)
        }
        let text = try await WorkflowText.read(
            creation.file, images: nil,
            settings: ConfigurationCheck(settings, severity: .error))
        return Project(
            text: text.bytes, definition: try text.valid(orElse: "nothing was run"),
            path: text.path, files: text.outcome.files)
    }

    private func stage(_ old: RunState) throws -> Int? {
        guard let from else { return nil }
        let names = old.plan.stages.map(\.definition.name)
        guard let index = names.firstIndex(of: from) else {
            let hint = Suggestion.hint(for: from, among: names)
            throw CommandFailure(
                message: "the run has no stage '\(from)'; "
                    + (hint ?? "it has \(names.joined(separator: ", "))"),
                status: ExitStatus.notFound)
        }
        return index
    }
}
