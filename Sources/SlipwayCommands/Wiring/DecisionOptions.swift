import ArgumentParser
import Domain
import Runs
import Storage
import Workflows

/// What `approve` and `reject` share.
struct DecisionOptions: ParsableArguments {
    @Argument(help: "The run: its number, its id, or 'last'.", completion: Completions.pausedRun)
    var run: String

    @Option(name: .shortAndLong, help: "Why; it is recorded.")
    var comment = ""

    @OptionGroup var options: OutputOptions

    func decide(isApproval: Bool) async throws {
        let services = try await HomeServices.open()
        let configuration = try HomeConfiguration.read(services.home.path)
        let listed = try await services.runs.store.find(run)
        let state = try await services.runs.decide(
            listed.id, actor: LocalActor.name(), isApproval: isApproval, comment: comment,
            groups: configuration.approvers)
        let owned = try services.runs.isOwned(listed.id)
        let word = isApproval ? "approved" : "rejected"
        options.print(
            table: {
                let next =
                    owned
                    ? "the process that carries it goes on"
                    : state.phase == .paused
                        ? "it still waits for others"
                        : "go on with: slipway resume \(listed.number)"
                return "run \(listed.number): \(word) by \(LocalActor.name()); \(next)"
            },
            json: {
                [
                    "number": .integer(listed.number), "decision": .string(word),
                    "state": .string(state.phase.rawValue),
                ]
            })
        await services.close()
    }
}
