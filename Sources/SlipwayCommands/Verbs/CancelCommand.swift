import ArgumentParser
import Domain
import Runs
import Workflows

/// `slipway cancel RUN`: ends a run, whichever process advances it, or none.
struct CancelCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel", abstract: "Cancel a run; a second time ends its end stages too.",
        discussion: "A run whose process is gone is closed, and what is left of it removed.")

    @Argument(
        help: "The run: its number, its id, or 'last'.", completion: Completions.unfinishedRun)
    var run: String

    @Option(help: "Why; it is recorded.")
    var reason = ""

    @OptionGroup var options: OutputOptions

    func run() async throws {
        let services = try await HomeServices.open()
        try await services.sweep()
        let listed = try await services.runs.store.find(run)
        guard !listed.phase.isFinal else {
            throw RunsError.alreadyEnded(
                RunName(listed.id, number: listed.number), listed.phase)
        }
        let outcome = try await services.runs.cancel(
            listed.id, actor: LocalActor.name(), reason: reason)
        let text: String
        switch outcome {
        case .requested: text = "requested"
        case .finished(let phase): text = phase.rawValue
        }
        options.print(
            table: {
                if case .requested = outcome {
                    "run \(listed.number): told its process to stop; "
                        + "watch it with: slipway show \(listed.number)"
                } else {
                    "run \(listed.number): \(text); its process was gone, nothing of it is left"
                }
            },
            json: { ["number": .integer(listed.number), "outcome": .string(text)] })
        await services.close()
    }
}
