package import Domain
import OCI

/// A stored event that this version cannot read.
package enum EventError: Error, Hashable, Sendable, CustomStringConvertible {
    case newerVersion(Int64)
    /// No lift leads from it to this version.
    case unknownVersion(Int64)
    case unknownEvent(String)
    case missing(String, event: String)

    package var description: String {
        switch self {
        case .newerVersion(let version):
            "an event of version \(version), from a newer slipway; this one reads up to "
                + "\(RunEvent.version)"
        case .unknownVersion(let version):
            "an event of version \(version), which there never was; this one reads 1 to "
                + "\(RunEvent.version)"
        case .unknownEvent(let name): "an event named '\(name.prefix(60))', which is not known"
        case .missing(let key, let event):
            "the event '\(event)' has no valid '\(key)'"
        }
    }
}

extension RunEvent {
    /// The version of the encoding below; older ones are lifted before they are decoded.
    package static let version: Int64 = 1

    /// The canonical form: an object with `v`, `type` and the event's own members.
    package var json: JSONValue {
        var members: [String: JSONValue] = ["v": .integer(Self.version), "type": .string(name)]
        if let stage { members["stage"] = .integer(Int64(stage)) }
        if let job { members["job"] = .integer(Int64(job)) }
        if let attempt {
            members["leg"] = .integer(Int64(attempt.leg))
            if attempt.number > 0 { members["attempt"] = .integer(Int64(attempt.number)) }
        }
        switch self {
        case .created(let creation): members["run"] = creation.json
        case .conditionEvaluated(_, let outcome), .beforeEvaluated(_, _, let outcome),
            .afterEvaluated(_, _, let outcome), .stageHookEvaluated(_, let outcome),
            .stageConditionEvaluated(_, let outcome):
            members["outcome"] = outcome.json
        case .attemptEntered(_, _, let entrance): members["entrance"] = entrance.json
        case .attemptEnded(_, _, let report): members["report"] = report.json
        case .jobReused(_, let reused): members["reused"] = reused.json
        case .jobExpanded(_, let outcome): members["matrix"] = outcome.json
        case .attemptRetried(_, _, let due, let reason):
            members["due"] = .integer(due.microseconds)
            members["reason"] = .string(reason)
        case .decided(_, let decision): members["decision"] = decision.json
        case .attemptStarted(_, _, let since):
            members["since"] = since.map { .integer($0.microseconds) }
        case .runTimedOut(let deadline):
            members["deadline"] = .integer(deadline.microseconds)
        case .jobSkipped(_, let reason): members["reason"] = .string(reason)
        case .legEnded(_, let state, let reason), .jobEnded(_, let state, let reason):
            members["state"] = .string(state.rawValue)
            members["reason"] = reason.map(JSONValue.string)
        case .stageEnded(_, let state, let reason):
            members["state"] = .string(state.rawValue)
            members["reason"] = reason.map(JSONValue.string)
        case .cancelRequested(let actor, let reason):
            members["actor"] = .string(actor)
            members["reason"] = .string(reason)
        case .runEnded(let phase, let reason):
            members["state"] = .string(phase.rawValue)
            members["reason"] = reason.map(JSONValue.string)
        case .started, .stageStarted, .jobReady, .attemptStarting, .attemptTimedOut,
            .endStagesTimedOut, .retryDue, .stageTimedOut:
            break
        }
        return .object(members)
    }

    package init(json: JSONValue) throws(EventError) {
        let reader = EventReader(json: try EventLifts.all.lift(json))
        switch reader.name {
        case "created": self = .created(try RunCreation(reader.object("run")))
        case "job-reused":
            self = .jobReused(
                job: try reader.index("job"), try ReusedJob(reader.object("reused")))
        case "started": self = .started
        case "stage-started": self = .stageStarted(stage: try reader.index("stage"))
        case "job-ready": self = .jobReady(job: try reader.index("job"))
        case "condition-evaluated":
            self = .conditionEvaluated(job: try reader.index("job"), try reader.outcome())
        case "job-skipped":
            self = .jobSkipped(job: try reader.index("job"), reason: try reader.text("reason"))
        case "job-expanded":
            self = .jobExpanded(
                job: try reader.index("job"), try MatrixOutcome(reader.object("matrix")))
        case "stage-condition-evaluated":
            self = .stageConditionEvaluated(
                stage: try reader.index("stage"), try reader.outcome())
        case "stage-timed-out": self = .stageTimedOut(stage: try reader.index("stage"))
        case "decided":
            self = .decided(
                stage: try reader.index("stage"), try Decision(reader.object("decision")))
        case "run-timed-out":
            self = .runTimedOut(
                deadline: Timestamp(microseconds: try reader.integer("deadline")))
        case "leg-ended":
            self = .legEnded(
                leg: try reader.index("leg"), try reader.jobState(), reason: reader.reason)
        case "job-ended":
            self = .jobEnded(
                job: try reader.index("job"), try reader.jobState(), reason: reader.reason)
        case "stage-hook-evaluated":
            self = .stageHookEvaluated(stage: try reader.index("stage"), try reader.outcome())
        case "stage-ended":
            self = .stageEnded(
                stage: try reader.index("stage"),
                try reader.state(StageState.init(rawValue:)), reason: reader.reason)
        case "cancel-requested":
            self = .cancelRequested(
                actor: try reader.text("actor"), reason: try reader.text("reason"))
        case "end-stages-timed-out": self = .endStagesTimedOut
        case "run-ended":
            self = .runEnded(
                try reader.state(RunPhase.init(rawValue:)), reason: reader.reason)
        default: self = try Self.attemptEvent(reader)
        }
    }

    private static func attemptEvent(_ reader: EventReader) throws(EventError) -> RunEvent {
        let make: (Int, Int) throws(EventError) -> RunEvent
        switch reader.name {
        case "attempt-starting": make = { .attemptStarting(leg: $0, attempt: $1) }
        case "attempt-started":
            let since = try reader.timestamp("since")
            make = { .attemptStarted(leg: $0, attempt: $1, since: since) }
        case "attempt-entered":
            let entrance = try Entrance(reader.object("entrance"))
            make = { .attemptEntered(leg: $0, attempt: $1, entrance) }
        case "attempt-timed-out": make = { .attemptTimedOut(leg: $0, attempt: $1) }
        case "before-evaluated":
            let outcome = try reader.outcome()
            make = { .beforeEvaluated(leg: $0, attempt: $1, outcome) }
        case "after-evaluated":
            let outcome = try reader.outcome()
            make = { .afterEvaluated(leg: $0, attempt: $1, outcome) }
        case "retry-due": make = { .retryDue(leg: $0, attempt: $1) }
        case "attempt-retried":
            let due = Timestamp(microseconds: try reader.integer("due"))
            let reason = try reader.text("reason")
            make = { .attemptRetried(leg: $0, attempt: $1, due: due, reason: reason) }
        case "attempt-ended":
            let report = try AttemptReport(reader.object("report"))
            make = { .attemptEnded(leg: $0, attempt: $1, report) }
        default: throw .unknownEvent(reader.name)
        }
        return try make(try reader.index("leg"), try reader.index("attempt"))
    }
}
