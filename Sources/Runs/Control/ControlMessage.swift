import Domain

/// What other commands ask of the process that advances a run: one JSON object in a line, and
/// one in answer.
enum ControlMessage: Equatable {
    case cancel(actor: String, reason: String)

    static let sizeLimit = 64 << 10

    var json: JSONValue {
        switch self {
        case .cancel(let actor, let reason):
            ["verb": "cancel", "actor": .string(actor), "reason": .string(reason)]
        }
    }

    /// Nil for anything that is not a message.
    init?(line: [UInt8]) {
        let json: JSONValue
        do { json = try JSONParser.parse(line) } catch { return nil }
        guard json["verb"]?.stringValue == "cancel", let actor = json["actor"]?.stringValue,
            let reason = json["reason"]?.stringValue
        else { return nil }
        self = .cancel(actor: actor, reason: reason)
    }

    init(cancelBy actor: String, reason: String) {
        self = .cancel(actor: actor, reason: reason)
    }
}
