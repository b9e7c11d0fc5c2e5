/// What is wrong with a `${…}`.
package enum TemplateError: Error, Hashable, Sendable, CustomStringConvertible {
    case unclosed
    case malformed(String)

    package var description: String {
        switch self {
        case .unclosed: "a '${' is never closed; write '$${' for a literal one"
        case .malformed(let text):
            "'${\(text.prefix(80))}' is not a reference; expected inputs.NAME, env.NAME, "
                + "run.FIELD, matrix.NAME, secrets.NAME or STAGE.JOB.OUTPUT"
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
        case "matrix" where Names.isValue(tail): self = .matrix(tail)
        case "inputs", "env", "secrets", "matrix": throw malformed
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
