import ArgumentParser

/// `slipway reject RUN`: ends the wait of a run as failed.
struct RejectCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reject", abstract: "Reject a run that waits in a pause; it ends as failed.")

    @OptionGroup var decision: DecisionOptions

    func run() async throws { try await decision.decide(isApproval: false) }
}
