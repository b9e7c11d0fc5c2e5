import ArgumentParser
import Domain
import Runs
import Storage
import Workflows

/// `slipway resume RUN`: goes on with a run that no process carries.
struct ResumeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "Go on with a run after a pause, or after its process ended.",
        discussion: """
            Containers that still run are found again; what was completed is not done
            twice.
            Secrets are never stored, so give them again.
            """)

    @Argument(
        help: "The run: its number, its id, or 'last'.", completion: Completions.unfinishedRun)
    var run: String

    @OptionGroup var session: SessionOptions

    /// Set by the process that carried the run until now (docs/decisions/0017).
    @Flag(help: .hidden)
    var handedOver = false

    func run() async throws {
        guard !handedOver else { return try await takeOver() }
        let given = try session.secretValues()
        let services = try await HomeServices.open()
        try await services.sweep()
        let owned: OwnedRun
        do { owned = try await open(given, services) } catch {
            // What killed processes left goes also where there is nothing to go on with.
            await services.close()
            throw error
        }
        try await session.carry(owned, services)
    }

    private func open(
        _ given: [String: Secret], _ services: HomeServices
    ) async throws -> OwnedRun {
        let listed = try await services.runs.store.find(run)
        let settings = try services.settings()
        let definition = try await services.runs.load(listed.id).state.plan.definition
        let secrets = try settings.secrets(given, for: definition, actor: LocalActor.name())
        return try await services.runs.open(
            listed.id, secrets: secrets, slots: try session.slots.count())
    }

    private func takeOver() async throws {
        let given = try GivenRun.receive()
        let services = try await HomeServices.open()
        try await services.sweep()
        let listed = try await services.runs.store.find(run)
        try GivenRun.confirm()
        let owned = try await given.open(listed.id, services)
        try await session.carry(owned, services)
    }
}
