package import Domain
import OCI
import Workflows

/// Everything that decides what a memoised job gives; its canonical bytes are a blob whose digest
/// is the key (docs/decisions/0013).
struct MemoKey {
    /// Changes when the component contract does.
    private static let contract: Int64 = 1

    let document: JSONValue

    /// `files`: digests of the files that stand for the source; nil for all of it.
    init(
        _ request: AttemptRequest, _ job: JobDefinition, files: [String: Digest]?,
        scope: String = "local"
    ) {
        var members: [String: JSONValue] = [
            "contract": .integer(Self.contract),
            "platform": .string(Platform.current.description),
            "component": .string(request.image.description),
            "program": Self.program(request.program),
            "isolation": [
                "user": request.isolation.user.map(JSONValue.string) ?? .null,
                "readOnly": .boolean(request.isolation.hasReadOnlyRoot),
                "hardened": .boolean(request.isolation.isHardened),
                "sandbox": .string(request.isolation.sandbox.rawValue), "network": "none",
            ],
            "variables": .object(
                Dictionary(
                    request.environment.filter { $0.name != "T_DATA" }
                        .map { ($0.name, .string($0.value.reveal())) },
                    uniquingKeysWith: { $1 })),
            "consumes": .object(request.artifacts.mapValues(Self.content)),
            "outputs": .array(job.outputs.map(JSONValue.string)),
            "produces": .object(
                Dictionary(
                    request.produces.map { ($0.name, .string($0.path)) },
                    uniquingKeysWith: { $1 })),
            "strictResults": .boolean(job.hasStrictResults), "scope": .string(scope),
        ]
        if let files {
            members["files"] = .object(files.mapValues { .string($0.description) })
        } else {
            members["source"] = request.source.map { .string($0.digest.description) } ?? .null
        }
        members["before"] = job.before.map { .string($0.value) }
        members["after"] = job.after.map { .string($0.value) }
        document = .object(members)
    }

    private static func program(_ program: Program) -> JSONValue {
        switch program {
        case .image: ["image": true]
        case .command(let words): ["command": .array(words.map(JSONValue.string))]
        case .script(let text, let shell):
            ["script": .string(text), "shell": .array(shell.map(JSONValue.string))]
        }
    }

    private static func content(_ content: ConsumedContent) -> JSONValue {
        func one(_ record: ArtifactRecord) -> JSONValue {
            [
                "digest": .string(record.digest.description), "kind": .string(record.kind.rawValue),
                "executable": .boolean(record.isExecutable),
            ]
        }
        switch content {
        case .single(let record): return one(record)
        case .legs(let records): return .array(records.map { $0.map(one) ?? .null })
        }
    }
}

/// Where two keys differ, member by member.
package struct MemoDifference: Hashable, Sendable {
    /// Such as `variables.T_BRANCH`.
    package let what: String
    package let left: String?
    package let right: String?

    /// Sorted by name.
    package static func between(_ left: JSONValue, _ right: JSONValue) -> [MemoDifference] {
        let (a, b) = (facts(left), facts(right))
        return Set(a.keys).union(b.keys).sorted().compactMap { name in
            a[name] == b[name] ? nil : MemoDifference(what: name, left: a[name], right: b[name])
        }
    }

    /// Every value of a document by its path.
    package static func facts(_ value: JSONValue) -> [String: String] {
        var facts: [String: String] = [:]
        func walk(_ value: JSONValue, _ path: String) {
            if let members = value.objectValue, !members.isEmpty {
                for (name, member) in members {
                    walk(member, path.isEmpty ? name : "\(path).\(name)")
                }
            } else {
                facts[path] = value.inputText ?? value.canonicalText
            }
        }
        walk(value, "")
        return facts
    }
}
