import ArgumentParser

/// `slipway approve RUN`: agrees to what a run waits for.
struct ApproveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "approve", abstract: "Approve a run that waits in a pause.",
        discussion: "Records the approval with the digests of everything made so far.")

    @OptionGroup var decision: DecisionOptions

    func run() async throws { try await decision.decide(isApproval: true) }
}
