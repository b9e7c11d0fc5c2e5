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
            The new run works on the recorded file, source and image digests; it is linked to the
            old one. With --current it takes the file and the images as they are now.
            """)

    @Argument(help: "The run: its number, its id, or 'last'.")
    var run = "last"

    @Flag(help: "Only what did not succeed; the rest keeps its outputs and artifacts.")
    var failed = false

    @Option(help: "From this stage on; earlier stages keep their outputs and artifacts.")
    var from: String?

    @Flag(help: "With the workflow file and the images as they are now.")
    var current = false

    @Option(name: [.customShort("i"), .customLong("input")], help: "An input: NAME=VALUE.")
    var inputs: [String] = []

    @OptionGroup var session: SessionOptions

    func validate() throws {
        if failed, from != nil {
            throw ValidationError("--failed and --from exclude each other")
        }
    }

    func run() async throws {
        let inputs = try RunArguments.inputs(inputs, file: nil)
        let secrets = try session.secretValues()
        let services = try await HomeServices.open()
        let listed = try await services.runs.store.find(run)
        let old = try await services.runs.load(listed.id).state
        guard old.phase.isFinal else {
            throw CommandFailure(
                message: "run \(listed.number) has not ended; 'slipway resume' goes on with it",
                status: ExitStatus.failed)
        }
        let (bytes, definition) = try await text(of: old, services)
        let jobs = failed || from != nil ? old.reusableJobs(beforeStage: try stage(old)) : []
        let rerun = Rerun(
            state: old, reused: Dictionary(jobs.map { ($0.key, $0.job) }) { $1 },
            keepsImages: !current)
        let owned = try await services.runs.create(
            RunRequest(
                text: bytes, definition: definition, file: listed.file, inputs: inputs,
                secrets: secrets, actor: LocalActor.name(), slots: try session.slots.count(),
                rerun: rerun))
        try await session.carry(owned, services)
    }

    private func text(
        of old: RunState, _ services: HomeServices
    ) async throws -> ([UInt8], WorkflowDefinition) {
        guard current, let file = old.creation?.file else {
            let bytes = try services.runs.definitionText(of: old)
            return (bytes, old.plan.definition)
        }
        let text = try await WorkflowText.read(file, images: nil)
        return (text.bytes, try text.valid(orElse: "nothing was run"))
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
