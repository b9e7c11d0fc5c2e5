import Domain
import Workflows

/// What the process that advances a run answers.
enum ControlAnswer: Equatable {
    /// It is stored.
    case taken
    /// The run is being given to another process, or ends: it was not looked at.
    case departing
    /// The run has moved on, so there is no place for it any more; why.
    case refused(String)
    /// Somebody else may ask for it.
    case notAllowed(String)
    /// It cannot be stored; why. The process leaves the run.
    case unstored(String)
    /// Nothing came of it in time: it may be taken yet.
    case busy

    var json: JSONValue {
        switch self {
        case .taken: ["ok": true]
        case .departing: ["ok": false, "departing": true]
        case .refused(let why): ["ok": false, "refused": .string(why)]
        case .notAllowed(let why): ["ok": false, "not-allowed": .string(why)]
        case .unstored(let why): ["ok": false, "unstored": .string(why)]
        case .busy: ["ok": false, "busy": true]
        }
    }
}

/// What other commands ask of the process that advances a run: one JSON object in a line, and
/// one in answer.
enum ControlMessage: Equatable {
    case cancel(actor: String, reason: String)
    case decide(stage: Int, Decision)
    case enter(leg: Int, attempt: Int, Entrance)

    static let sizeLimit = 1 << 20

    var json: JSONValue {
        switch self {
        case .cancel(let actor, let reason):
            ["verb": "cancel", "actor": .string(actor), "reason": .string(reason)]
        case .decide(let stage, let decision):
            // As it will be stored.
            ["verb": "decide", "event": RunEvent.decided(stage: stage, decision).json]
        case .enter(let leg, let attempt, let entrance):
            [
                "verb": "enter",
                "event": RunEvent.attemptEntered(leg: leg, attempt: attempt, entrance).json,
            ]
        }
    }

    /// Nil for anything that is not a message.
    init?(line: [UInt8]) {
        do {
            let json = try JSONParser.parse(line)
            switch json["verb"]?.stringValue {
            case "cancel":
                guard let actor = json["actor"]?.stringValue,
                    let reason = json["reason"]?.stringValue
                else { return nil }
                self = .cancel(actor: actor, reason: reason)
            case "decide":
                guard let event = json["event"],
                    case .decided(let stage, let decision) = try RunEvent(json: event)
                else { return nil }
                self = .decide(stage: stage, decision)
            case "enter":
                guard let event = json["event"],
                    case .attemptEntered(let leg, let attempt, let entrance) =
                        try RunEvent(json: event)
                else { return nil }
                self = .enter(leg: leg, attempt: attempt, entrance)
            default: return nil
            }
        } catch {
            return nil
        }
    }
}
