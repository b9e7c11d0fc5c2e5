package import Domain
import OCI

extension MatrixOutcome {
    var json: JSONValue {
        switch self {
        case .values(let lists):
            ["values": .array(lists.map { .array($0.map(JSONValue.string)) })]
        case .failed(let why): ["failed": .string(why)]
        }
    }

    init(_ reader: EventReader) throws(EventError) {
        if let why = reader.json["failed"]?.stringValue {
            self = .failed(why)
        } else if let lists = reader.json["values"]?.arrayValue {
            self = .values(lists.map { ($0.arrayValue ?? []).compactMap(\.stringValue) })
        } else {
            throw .missing("values", event: reader.name)
        }
    }
}

extension Decision {
    var json: JSONValue {
        [
            "actor": .string(actor), "approved": .boolean(isApproval),
            "comment": .string(comment),
            "digests": .object(digests.mapValues { .string($0.description) }),
        ]
    }

    init(_ reader: EventReader) throws(EventError) {
        var digests: [String: Digest] = [:]
        let names = try reader.object("digests")
        for name in (names.json.objectValue ?? [:]).keys { digests[name] = try names.digest(name) }
        guard let isApproval = reader.json["approved"]?.booleanValue else {
            throw .missing("approved", event: reader.name)
        }
        self.init(
            actor: try reader.text("actor"), isApproval: isApproval,
            comment: try reader.text("comment"), digests: digests)
    }
}

extension Entrance {
    package var json: JSONValue {
        var members: [String: JSONValue] = [
            "actor": .string(actor), "command": .array(command.map(JSONValue.string)),
        ]
        members["user"] = user.map(JSONValue.string)
        members["service"] = service.map(JSONValue.string)
        return .object(members)
    }

    init(_ reader: EventReader) throws(EventError) {
        self.init(
            actor: try reader.text("actor"), command: try reader.texts("command"),
            user: reader.json["user"]?.stringValue, service: reader.json["service"]?.stringValue)
    }
}

extension ReusedJob {
    var json: JSONValue {
        var members: [String: JSONValue] = [
            "run": .string(run.text), "legs": .array(legs.map(\.json)),
        ]
        members["number"] = number.map(JSONValue.integer)
        members["matrix"] = matrix.map { MatrixOutcome.values($0).json }
        return .object(members)
    }

    init(_ reader: EventReader) throws(EventError) {
        guard let run = RunID(parsing: try reader.text("run")),
            let list = reader.json["legs"]?.arrayValue
        else { throw .missing("run", event: reader.name) }
        var legs: [AttemptReport] = []
        for item in list {
            legs.append(try AttemptReport(EventReader(json: item, name: reader.name)))
        }
        var matrix: [[String]]?
        if reader.json["matrix"] != nil,
            case .values(let lists) = try MatrixOutcome(reader.object("matrix"))
        {
            matrix = lists
        }
        let number = reader.json["number"]?.integerValue
        self.init(run: run, number: number, matrix: matrix, legs: legs)
    }
}
