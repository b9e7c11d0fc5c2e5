import ArgumentParser
import Domain
import Runs
import Storage
import Workflows

/// What `approve` and `reject` share.
struct DecisionOptions: ParsableArguments {
    @Argument(help: "The run: its number, its id, or 'last'.", completion: Completions.run)
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

/// `slipway approve RUN`: agrees to what a run waits for.
struct ApproveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "approve", abstract: "Approve a run that waits in a pause.",
        discussion: "Records the approval with the digests of everything made so far.")

    @OptionGroup var decision: DecisionOptions

    func run() async throws { try await decision.decide(isApproval: true) }
}

/// `slipway reject RUN`: ends the wait of a run as failed.
struct RejectCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reject", abstract: "Reject a run that waits in a pause; it ends as failed.")

    @OptionGroup var decision: DecisionOptions

    func run() async throws { try await decision.decide(isApproval: false) }
}

/// `slipway resume RUN`: goes on with a run that no process carries.
struct ResumeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "Go on with a run after a pause, or after its process ended.",
        discussion: """
            Containers that still run are found again; what was completed is not done twice.
            Secrets are never stored, so give them again.
            """)

    @Argument(help: "The run: its number, its id, or 'last'.", completion: Completions.run)
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
        let listed = try await services.runs.store.find(run)
        let settings = try HomeConfiguration.read(services.home.path)
        let definition = try await services.runs.load(listed.id).state.plan.definition
        let secrets = try settings.secrets(given, for: definition, actor: LocalActor.name())
        let owned = try await services.runs.open(
            listed.id, secrets: secrets, slots: try session.slots.count())
        try await session.carry(owned, services)
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
