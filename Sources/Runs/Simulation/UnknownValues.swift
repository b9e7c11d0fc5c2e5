import Domain
import Workflows

/// Values that a simulation does not know: outputs that nobody gave, digests of artifacts, and
/// what only a real run has. Each stands in the run's state as a mark of its own, so that all that
/// depends on it can be told.
struct UnknownValues {
    /// The text that stands in its place → its name, such as `build.compile.VERSION`.
    private var marks: [String: String] = [:]

    /// Fields of `run` that every real run has and no simulation knows.
    static let runFields: Set<String> = ["id", "number", "commit"]
    /// The tables of a hook.
    static let roots: Set<String> = [
        "inputs", "input", "output", "env", "run", "jobs", "matrix",
    ]
    private static let namesShown = 10

    /// An output's mark is its own reference.
    static func mark(_ name: String) -> String { "${\(name)}" }

    mutating func add(_ name: String, as mark: String) { marks[mark] = name }

    // MARK: What depends on them

    /// The names of what is not known in a text, in order.
    func names(in text: String) -> [String] {
        guard !marks.isEmpty else { return [] }
        if let name = marks[text] { return [name] }
        var found: [String] = []
        var rest = text.utf8[...]
        while let start = rest.firstIndex(where: { $0 == UInt8(ascii: "$") || $0 == 0x73 }) {
            rest = rest[start...]
            let end: String.Index?
            if rest.starts(with: "${".utf8) {
                end = rest.firstIndex(of: UInt8(ascii: "}")).map { text.utf8.index(after: $0) }
            } else if rest.starts(with: "sha256:".utf8) {
                end = text.utf8.index(start, offsetBy: 71, limitedBy: text.utf8.endIndex)
            } else {
                end = nil
            }
            if let end, let name = marks[String(decoding: text.utf8[start..<end], as: UTF8.self)] {
                found.append(name)
                rest = rest[end...]
            } else {
                rest = rest.dropFirst()
            }
        }
        return found
    }

    func names(in value: JSONValue?) -> [String] {
        switch value {
        case .string(let text)?: names(in: text)
        case .array(let elements)?: elements.flatMap { names(in: $0) }
        case .object(let members)?:
            members.sorted { $0.key < $1.key }.flatMap { names(in: $0.value) }
        default: []
        }
    }

    // MARK: Hooks

    /// The start of what a changed hook says when it comes to something that is not known.
    private static let prefix = "slipway-unknown: "

    /// A hook in which every place that reads something unknown ends it with `skip`, which nothing
    /// in Lua can catch. So it gives an answer only where the answer does not depend on that: in
    /// `a and b` Lua does not look at `b` when `a` is false.
    func guarded(_ request: HookRequest) -> HookRequest {
        var data = request.readOnly
        if let writable = request.writable { data[writable.name] = .object(writable.value) }
        let bytes = Array(request.source.utf8)
        var source: [UInt8] = []
        var copied = 0
        for access in LuaAccess.all(in: bytes, roots: Self.roots) {
            let names = names(of: access, in: data)
            guard !names.isEmpty, access.range.lowerBound >= copied else { continue }
            source += bytes[copied..<access.range.lowerBound]
            source += Array("skip(\"\(Self.prefix)\(Self.list(names))\")".utf8)
            // Lines keep their numbers.
            source += bytes[access.range].filter { $0 == 0x0a }
            copied = access.range.upperBound
        }
        source += bytes[copied...]
        return HookRequest(
            name: request.name, kind: request.kind,
            source: String(decoding: source, as: UTF8.self), readOnly: request.readOnly,
            writable: request.writable, seed: request.seed, declared: request.declared)
    }

    private func names(of access: LuaAccess, in data: [String: JSONValue]) -> [String] {
        if access.root == "run" {
            guard let field = access.keys.first else {
                return Self.runFields.sorted().map { "run.\($0)" }
            }
            return Self.runFields.contains(field) ? ["run.\(field)"] : []
        }
        return names(in: access.value(in: data))
    }

    /// Each once; a message has an end.
    private static func list(_ names: [String]) -> String {
        var unique: [String] = []
        for name in names where !unique.contains(name) {
            guard unique.count < namesShown else { return unique.joined(separator: ", ") + ", …" }
            unique.append(name)
        }
        return unique.joined(separator: ", ")
    }

    /// What the answer of a guarded hook depends on; empty when it is an answer.
    static func unknown(_ outcome: HookOutcome) -> [String] {
        guard case .skipped(let why, _) = outcome, why.hasPrefix(prefix) else { return [] }
        return why.dropFirst(prefix.utf8.count).split(separator: ", ").map(String.init)
    }
}
