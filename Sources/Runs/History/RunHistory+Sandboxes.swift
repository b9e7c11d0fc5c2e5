import Workflows

extension RunHistory {
    /// Leg → that the newest attempt that ended ran in a stronger sandbox than its job asks for, as
    /// was noted of it.
    package var raisedSandboxes: [Int: String] {
        var found: [Int: String] = [:]
        for recorded in events {
            guard case .attemptEnded(let leg, _, let report) = recorded.event else { continue }
            found[leg] = report.warnings.first { $0.hasPrefix(AttemptRequests.raisedSandbox) }
        }
        return found
    }
}
