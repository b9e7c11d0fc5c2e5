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
        let configuration = try services.settings()
        let listed = try await services.runs.store.find(run)
        let root = try await services.runs.root(of: listed)
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
                    : Self.next(state.phase, listed, root: root)
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

    private static func next(_ phase: RunPhase, _ run: ListedRun, root: ListedRun) -> String {
        if phase == .paused { return "it still waits for others" }
        if phase.isFinal, run.id == root.id {
            return "it has \(phase.rawValue): slipway show \(run.number)"
        }
        return "go on with: slipway resume \(root.number)"
    }
}
