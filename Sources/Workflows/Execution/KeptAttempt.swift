package import Domain

/// An attempt whose files are kept when it is over, and how it ended (docs/decisions/0021).
package struct KeptAttempt: Hashable, Sendable {
    package let id: AttemptID
    /// Number of its run.
    package let run: Int64
    package let workflow: String
    /// Such as `test.unit[2]`.
    package let label: String
    /// `failed`, `errored` or `timed-out`.
    package let state: JobState
    package let reason: String?
    package let keptAt: Timestamp
    /// Its working folder is its run's, and goes with that.
    package let sharesWork: Bool

    package init(
        id: AttemptID, run: Int64, workflow: String, label: String, state: JobState,
        reason: String?, keptAt: Timestamp, sharesWork: Bool
    ) {
        self.id = id
        self.run = run
        self.workflow = workflow
        self.label = label
        self.state = state
        self.reason = reason
        self.keptAt = keptAt
        self.sharesWork = sharesWork
    }
}

extension KeptAttempt {
    package var json: JSONValue {
        var members: [String: JSONValue] = [
            "v": 1, "attempt": .string(id.description), "run": .integer(run),
            "workflow": .string(workflow), "label": .string(label),
            "state": .string(state.rawValue), "keptAt": .integer(keptAt.microseconds),
            "sharesWork": .boolean(sharesWork),
        ]
        members["reason"] = reason.map(JSONValue.string)
        return .object(members)
    }

    /// Nil for what is no such record.
    package init?(json: JSONValue) {
        guard json["v"]?.integerValue == 1,
            let id = json["attempt"]?.stringValue.flatMap({ AttemptID(parsing: $0) }),
            let run = json["run"]?.integerValue, let workflow = json["workflow"]?.stringValue,
            let label = json["label"]?.stringValue,
            let state = json["state"]?.stringValue.flatMap(JobState.init(rawValue:)),
            let keptAt = json["keptAt"]?.integerValue
        else { return nil }
        self.init(
            id: id, run: run, workflow: workflow, label: label, state: state,
            reason: json["reason"]?.stringValue, keptAt: Timestamp(microseconds: keptAt),
            sharesWork: json["sharesWork"]?.booleanValue ?? false)
    }
}
