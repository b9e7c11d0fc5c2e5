import Domain

/// Which input a variable of a job's containers comes from.
struct VariableNames {
    private var ofAll: [String: String] = [:]
    private var ofJob: [String: String] = [:]

    /// Values of `env` are inputs of every job; the rest is of one.
    mutating func beginJob() { ofJob = [:] }

    /// The other input that takes the same variable.
    mutating func claim(_ name: String, isForAll: Bool) -> String? {
        let variable = Names.variable(name)
        if let other = ofJob[variable] ?? ofAll[variable], other != name { return other }
        if isForAll { ofAll[variable] = name } else { ofJob[variable] = name }
        return nil
    }
}

extension WorkflowDecoder {
    /// Notes that an input becomes a variable: `A.B` is `A_B` to a shell, which must be free.
    mutating func claim(_ name: String, at node: YAMLNode, isForAll: Bool) {
        let variable = Names.variable(name)
        if variable != name, Names.reservedValues.contains(variable) {
            report(
                .reservedName, node,
                "'\(name)' is the variable \(variable), which belongs to the component contract")
        } else if let other = variables.claim(name, isForAll: isForAll) {
            report(
                .duplicateName, node, "'\(name)' and '\(other)' are both the variable \(variable)",
                hint: "a shell's variable holds no '.' and no '-'; rename one")
        }
    }

    /// Notes the references of a value, to be checked when all names are known.
    mutating func note(
        _ template: Template, of name: String, at node: YAMLNode, site: ReferenceUse.Site?,
        needs: ReferenceUse.Need = .anyValue
    ) {
        for case .reference(let reference, let fallback) in template.segments {
            if case .secret(let secret) = reference {
                if template.segments.count > 1 {
                    report(
                        .secretNotWhole, node,
                        "the secret \(secret) is a part of a text; expected it as the whole value")
                } else if fallback != nil {
                    report(
                        .secretNotWhole, node, "the secret \(secret) has a default",
                        hint: "a run without a secret does not start; leave ':-' out")
                }
            }
            if let fallback, fallback.contains("${") {
                report(
                    .literalReference, node, "'\(fallback.prefix(60))' is not expanded here",
                    hint: "a default is a plain text", severity: .warning)
            }
            uses.append(
                ReferenceUse(
                    reference: reference, owner: name, node: node, site: site, needs: needs,
                    isWhole: template.segments.count == 1))
        }
    }

    /// `${inputs.X}` in a script reaches the shell as it stands, which is seldom meant. Of a list
    /// each item is looked at.
    mutating func warnOfReferences(_ node: YAMLNode?, _ place: String) {
        guard let node else { return }
        if case .sequence(let items) = node.content {
            for item in items { warnOfReferences(item, place) }
        }
        guard let text = node.scalar, let found = Template.reference(in: text) else { return }
        report(
            .literalReference, node, "'\(found.prefix(80))' is not expanded in \(place)",
            hint: place == "a script" || place == "a command"
                ? "give the job an input and use its variable" : "write the text out",
            severity: .warning)
    }
}

extension Template {
    /// The first `${…}` of a text that reads like a reference: with a head that is known, or with
    /// a stage and a job. What a shell means by `${X}` or `${X:-text}` does not.
    static func reference(in text: String) -> Substring? {
        var rest = text.utf8[...]
        while let dollar = rest.firstIndex(of: UInt8(ascii: "$")) {
            rest = rest[dollar...].dropFirst()
            guard rest.first == UInt8(ascii: "{"),
                let close = rest.prefix(512).firstIndex(of: UInt8(ascii: "}"))
            else { continue }
            if isReference(Substring(rest[..<close].dropFirst())) {
                return text[dollar...close]
            }
        }
        return nil
    }

    private static func isReference(_ body: Substring) -> Bool {
        let path = body.firstRange(of: ":-").map { body[..<$0.lowerBound] } ?? body
        let heads = ["inputs", "env", "secrets", "run", "matrix", "parameters"]
        guard let dot = path.firstIndex(of: ".") else { return false }
        if heads.contains(String(path[..<dot])) { return true }
        do { return try Reference(parsing: path, whole: body).isUpstream } catch { return false }
    }
}

extension Reference {
    fileprivate var isUpstream: Bool {
        if case .upstream = self { true } else { false }
    }
}
