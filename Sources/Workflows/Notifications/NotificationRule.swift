/// Whom a command of the home's configuration tells, and of what (docs/decisions/0015).
package struct NotificationRule: Sendable {
    package enum Occasion: String, Hashable, Sendable, CaseIterable {
        case succeeded, failed, errored, cancelled, paused

        /// Nil while a run goes on.
        package init?(_ phase: RunPhase) {
            self.init(rawValue: phase.rawValue)
        }

        /// How a run can end.
        static let ends: Set<Occasion> = [.succeeded, .failed, .errored, .cancelled]
    }

    /// A name of `notify` in `config.yaml`.
    package let to: Located<String>
    package let occasions: Set<Occasion>
    /// Nil for a sentence that says how the run stands.
    package let message: Template?

    /// Of one list.
    static let limit = 20
}

extension WorkflowDefinition {
    /// Whether anybody is told of anything.
    package var hasNotifications: Bool {
        !notifications.isEmpty || stages.contains { !$0.notifications.isEmpty }
    }
}
