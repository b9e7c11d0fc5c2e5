/// Whom a workflow tells.
extension FormatReference {
    private static let one: [FormatValue] = [.name(.place), .mapping("notification")]

    /// A name, a notification, or a list of them.
    static let notifications = FormatValue.either(
        one + [.list(.either(one), least: 1)])

    static let notification = FormatMapping(
        "notification", "a notification",
        "Something that a command of the home's configuration is told, once.",
        parsed: .notification,
        keys: [
            FormatKey(
                "to", .name(.place), "A name of `notify` in the home's `config.yaml`.",
                required: true, example: "to: team"),
            FormatKey(
                "on",
                .list(
                    .choice(NotificationRule.Occasion.allCases.map(\.rawValue)), least: 1),
                "Of what; an end stage is never `paused`.",
                default: "[succeeded, failed, errored, cancelled]",
                example: "on: [failed, errored, paused]"),
            FormatKey(
                "message", .text,
                "What is said. References expand in it; secrets are refused, and `${run.state}` is "
                    + "the occasion.",
                default: "a sentence that says how the run stands",
                example: "message: \"run ${run.number}: ${run.state}\""),
        ])
}
