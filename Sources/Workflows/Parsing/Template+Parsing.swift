/// What is wrong with a `${…}`.
package enum TemplateError: Error, Hashable, Sendable, CustomStringConvertible {
    case unclosed
    case malformed(String)
    case notSupported(String)

    package var description: String {
        switch self {
        case .unclosed: "a '${' is never closed; write '$${' for a literal one"
        case .malformed(let text):
            "'${\(text.prefix(80))}' is not a reference; expected inputs.NAME, env.NAME, "
                + "run.FIELD, secrets.NAME or STAGE.JOB.OUTPUT"
        case .notSupported(let text): "`\(text)` is not supported yet"
        }
    }
}

extension Template {
    /// Splits a text at its references; `$${` is a literal `${`.
    package init(parsing text: String) throws(TemplateError) {
        guard text.utf8.contains(UInt8(ascii: "$")) else {
            self.init(literal: text)
            return
        }
        var segments: [Segment] = []
        var literal = ""
        var rest = text[...]
        while let dollar = rest.firstIndex(of: "$") {
            let tail = rest[dollar...]
            if tail.hasPrefix("$${") {
                literal += rest[..<dollar] + "${"
                rest = tail.dropFirst(3)
                continue
            }
            guard tail.hasPrefix("${") else {
                literal += rest[...dollar]
                rest = tail.dropFirst()
                continue
            }
            literal += rest[..<dollar]
            guard let close = tail.firstIndex(of: "}") else { throw .unclosed }
            let body = tail[tail.index(dollar, offsetBy: 2)..<close]
            if !literal.isEmpty { segments.append(.literal(literal)) }
            literal = ""
            segments.append(try Self.reference(body))
            rest = rest[rest.index(after: close)...]
        }
        literal += rest
        if !literal.isEmpty { segments.append(.literal(literal)) }
        self.init(segments: segments)
    }

    private static func reference(_ body: Substring) throws(TemplateError) -> Segment {
        var path = body
        var fallback: String?
        if let range = body.firstRange(of: ":-") {
            path = body[..<range.lowerBound]
            fallback = String(body[range.upperBound...])
        }
        return .reference(try Reference(parsing: path, whole: body), default: fallback)
    }
}

extension Reference {
    init(parsing path: Substring, whole: Substring) throws(TemplateError) {
        let malformed = TemplateError.malformed(String(whole))
        guard let dot = path.firstIndex(of: ".") else { throw malformed }
        let head = path[..<dot]
        let tail = String(path[path.index(after: dot)...])
        switch head {
        case "inputs" where Names.isValue(tail): self = .input(tail)
        case "env" where Names.isValue(tail): self = .environment(tail)
        case "secrets" where Names.isValue(tail): self = .secret(tail)
        case "run":
            guard let field = RunField(rawValue: tail) else { throw malformed }
            self = .run(field)
        case "matrix": throw .notSupported("matrix")
        case "inputs", "env", "secrets": throw malformed
        default:
            guard let second = tail.firstIndex(of: ".") else { throw malformed }
            var job = tail[..<second]
            var leg: Int?
            if job.hasSuffix("]"), let open = job.firstIndex(of: "[") {
                guard let index = Int(job[job.index(after: open)...].dropLast()), index >= 0 else {
                    throw malformed
                }
                leg = index
                job = job[..<open]
            }
            let name = String(tail[tail.index(after: second)...])
            guard Names.isPlace(head), Names.isPlace(job), Names.isValue(name) else {
                throw malformed
            }
            self = .upstream(stage: String(head), job: String(job), name: name, leg: leg)
        }
    }
}

/// The forms of names (DESIGN §1).
enum Names {
    static let reservedPlaces: Set<String> = ["inputs", "env", "run", "matrix", "secrets"]
    /// Variables that the component contract sets itself (DESIGN §3).
    static let reservedValues: Set<String> = [
        "T_DATA", "T_RUN_ID", "T_RUN_NUMBER", "T_STAGE", "T_JOB", "T_ATTEMPT", "T_SHARD_INDEX",
        "T_SHARD_COUNT", "T_WORKSPACE", "T_SOURCE_DIR", "T_ARTIFACTS", "T_REPORTS",
        "T_RESULT_FILE", "T_RESULT", "CI",
    ]

    /// Stages and jobs: lower-case letters, digits, `-`; 1 to 63.
    static func isPlace(_ text: some StringProtocol) -> Bool {
        (1...63).contains(text.utf8.count)
            && text.utf8.allSatisfy {
                ($0 >= UInt8(ascii: "a") && $0 <= UInt8(ascii: "z"))
                    || ($0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9"))
                    || $0 == UInt8(ascii: "-")
            }
    }

    /// Inputs and outputs: `[A-Za-z_][A-Za-z0-9_.-]*`, at most 128.
    static func isValue(_ text: some StringProtocol) -> Bool {
        guard let first = text.utf8.first, text.utf8.count <= 128 else { return false }
        func isLetter(_ byte: UInt8) -> Bool {
            (byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "z"))
                || byte == UInt8(ascii: "_")
        }
        return isLetter(first)
            && text.utf8.allSatisfy {
                isLetter($0) || ($0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9"))
                    || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-")
            }
    }
}
