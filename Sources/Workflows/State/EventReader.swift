package import Domain
import OCI

/// Reads the members of one stored event, and says which is missing.
struct EventReader {
    let json: JSONValue
    let name: String

    init(json: JSONValue, name: String? = nil) {
        self.json = json
        self.name = name ?? json["type"]?.stringValue ?? ""
    }

    func integer(_ key: String) throws(EventError) -> Int64 {
        guard let value = json[key]?.integerValue else { throw .missing(key, event: name) }
        return value
    }

    /// Nil where it is left out.
    func timestamp(_ key: String) throws(EventError) -> Timestamp? {
        json[key] == nil ? nil : Timestamp(microseconds: try integer(key))
    }

    func index(_ key: String) throws(EventError) -> Int {
        guard let value = Int(exactly: try integer(key)), value >= 0, value <= 1 << 32 else {
            throw .missing(key, event: name)
        }
        return value
    }

    func text(_ key: String) throws(EventError) -> String {
        guard let value = json[key]?.stringValue else { throw .missing(key, event: name) }
        return value
    }

    var reason: String? { json["reason"]?.stringValue }

    func object(_ key: String) throws(EventError) -> EventReader {
        guard let value = json[key], value.objectValue != nil else {
            throw .missing(key, event: name)
        }
        return EventReader(json: value, name: name)
    }

    func texts(_ key: String) throws(EventError) -> [String] {
        (json[key]?.arrayValue ?? []).compactMap(\.stringValue)
    }

    func state<State>(_ make: (String) -> State?) throws(EventError) -> State {
        guard let state = make(try text("state")) else { throw .missing("state", event: name) }
        return state
    }

    func jobState() throws(EventError) -> JobState {
        try state(JobState.init(rawValue:))
    }

    func outcome() throws(EventError) -> HookOutcome {
        let reader = try object("outcome")
        let log = try reader.texts("log")
        switch try reader.text("kind") {
        case "passed": return .passed(reader.json["value"] ?? .null, log: log)
        case "failed": return .failed(try reader.text("message"), log: log)
        case "errored": return .errored(try reader.text("message"), log: log)
        case "skipped": return .skipped(try reader.text("message"), log: log)
        default: throw .missing("kind", event: name)
        }
    }

    func path(_ text: String) throws(EventError) -> ProjectPath {
        do {
            return try ProjectPath(parsing: text)
        } catch {
            throw .missing("path", event: name)
        }
    }

    func digest(_ key: String) throws(EventError) -> Digest {
        do {
            return try Digest(parsing: try text(key))
        } catch is DigestError {
            throw .missing(key, event: name)
        } catch let error as EventError {
            throw error
        } catch {
            throw .missing(key, event: name)
        }
    }

    func artifacts(_ key: String) throws(EventError) -> [String: ArtifactRecord] {
        var artifacts: [String: ArtifactRecord] = [:]
        for (name, value) in json[key]?.objectValue ?? [:] {
            artifacts[name] = try ArtifactRecord(EventReader(json: value, name: self.name))
        }
        return artifacts
    }
}

extension HookOutcome {
    var json: JSONValue {
        var members: [String: JSONValue] = [:]
        switch self {
        case .passed(let value, _):
            members = ["kind": "passed", "value": value]
        case .failed(let message, _):
            members = ["kind": "failed", "message": .string(message)]
        case .errored(let message, _):
            members = ["kind": "errored", "message": .string(message)]
        case .skipped(let message, _):
            members = ["kind": "skipped", "message": .string(message)]
        }
        if !log.isEmpty { members["log"] = .array(log.map(JSONValue.string)) }
        return .object(members)
    }
}

extension ArtifactRecord {
    package var json: JSONValue {
        .object([
            "kind": .string(kind.rawValue), "digest": .string(digest.description),
            "size": .integer(size), "executable": .boolean(isExecutable),
        ])
    }

    init(_ reader: EventReader) throws(EventError) {
        guard let kind = Kind(rawValue: try reader.text("kind")) else {
            throw .missing("kind", event: reader.name)
        }
        self.init(
            kind: kind, digest: try reader.digest("digest"), size: try reader.integer("size"),
            isExecutable: reader.json["executable"]?.booleanValue ?? false)
    }
}

extension Memo {
    fileprivate var json: JSONValue {
        var members: [String: JSONValue] = ["key": .string(key.description)]
        members["from"] = from.map { .string($0.description) }
        members["run"] = run.map(JSONValue.integer)
        return .object(members)
    }

    fileprivate init(_ reader: EventReader) throws(EventError) {
        self.init(
            key: try reader.digest("key"),
            from: reader.json["from"]?.stringValue.flatMap { AttemptID(parsing: $0) },
            run: reader.json["run"]?.integerValue)
    }
}

extension AttemptReport {
    package init(json: JSONValue) throws(EventError) {
        try self.init(EventReader(json: json, name: "report"))
    }

    package var json: JSONValue {
        var members: [String: JSONValue] = ["state": .string(state.rawValue)]
        members["reason"] = reason.map(JSONValue.string)
        members["exitCode"] = exitCode.map { .integer(Int64($0)) }
        members["endedAt"] = endedAt.map { .integer($0.microseconds) }
        if !outputs.isEmpty { members["outputs"] = .object(outputs.mapValues(JSONValue.string)) }
        if !artifacts.isEmpty { members["artifacts"] = .object(artifacts.mapValues(\.json)) }
        if !warnings.isEmpty { members["warnings"] = .array(warnings.map(JSONValue.string)) }
        if !caches.isEmpty { members["caches"] = .array(caches.map(\.json)) }
        if !reports.isEmpty { members["reports"] = .array(reports.map(\.json)) }
        members["memo"] = memo?.json
        return .object(members)
    }

    init(_ reader: EventReader) throws(EventError) {
        var caches: [CacheUse] = []
        for item in reader.json["caches"]?.arrayValue ?? [] {
            caches.append(try CacheUse(EventReader(json: item, name: reader.name)))
        }
        var reports: [ReportRecord] = []
        for item in reader.json["reports"]?.arrayValue ?? [] {
            reports.append(try ReportRecord(EventReader(json: item, name: reader.name)))
        }
        self.init(
            state: try reader.jobState(), reason: reader.reason,
            exitCode: reader.json["exitCode"]?.integerValue.map(Int32.init(truncatingIfNeeded:)),
            endedAt: reader.json["endedAt"]?.integerValue.map(Timestamp.init(microseconds:)),
            outputs: (reader.json["outputs"]?.objectValue ?? [:]).compactMapValues(\.stringValue),
            artifacts: try reader.artifacts("artifacts"), warnings: try reader.texts("warnings"),
            caches: caches, reports: reports,
            memo: reader.json["memo"] == nil ? nil : try Memo(try reader.object("memo")))
    }
}

extension RunCreation {
    var json: JSONValue {
        var members: [String: JSONValue] = [
            "id": .string(id.text), "number": .integer(number), "workflow": .string(workflow),
            "definition": .string(definition.description), "file": .string(file),
            "actor": .string(actor), "inputs": .object(inputs),
            "images": .object(images.mapValues { .string($0.description) }),
            "dirty": .boolean(isDirty),
        ]
        members["source"] = source?.json
        members["commit"] = commit.map(JSONValue.string)
        members["rerunOf"] = rerunOf.map { .string($0.text) }
        members["calledBy"] = calledBy.map { .string($0.description) }
        if path != .main { members["path"] = .string(path.description) }
        if !files.isEmpty {
            members["files"] = .object(
                Dictionary(
                    files.map { ($0.key.description, .string($0.value.description)) },
                    uniquingKeysWith: { $1 }))
        }
        return .object(members)
    }

    init(_ reader: EventReader) throws(EventError) {
        guard let id = RunID(parsing: try reader.text("id")) else {
            throw .missing("id", event: reader.name)
        }
        var images: [String: Digest] = [:]
        let names = try reader.object("images")
        for name in (names.json.objectValue ?? [:]).keys { images[name] = try names.digest(name) }
        var files: [ProjectPath: Digest] = [:]
        if reader.json["files"] != nil {
            let paths = try reader.object("files")
            for path in (paths.json.objectValue ?? [:]).keys {
                files[try reader.path(path)] = try paths.digest(path)
            }
        }
        self.init(
            id: id, number: try reader.integer("number"), workflow: try reader.text("workflow"),
            definition: try reader.digest("definition"), file: try reader.text("file"),
            actor: try reader.text("actor"), inputs: reader.json["inputs"]?.objectValue ?? [:],
            images: images,
            source: reader.json["source"] == nil
                ? nil : try ArtifactRecord(try reader.object("source")),
            commit: reader.json["commit"]?.stringValue,
            isDirty: reader.json["dirty"]?.booleanValue ?? false,
            rerunOf: reader.json["rerunOf"]?.stringValue.flatMap { RunID(parsing: $0) },
            calledBy: reader.json["calledBy"]?.stringValue.flatMap { AttemptID(parsing: $0) },
            path: try reader.json["path"]?.stringValue.map(reader.path) ?? .main, files: files)
    }
}
