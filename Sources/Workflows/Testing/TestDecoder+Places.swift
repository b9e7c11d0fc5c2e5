import Domain

/// Names of jobs, legs and outputs in a test file, held against the workflow.
extension TestDecoder {
    /// The job that `stage.job`, `stage.job[2]` or the name of a leg means.
    mutating func job(_ node: YAMLNode, _ text: String) -> Int? {
        guard let plan else { return nil }
        let key = String(text.prefix { $0 != "[" })
        guard let job = plan.jobIndex(key: key) else {
            values.report(
                .unknownReference, node, "there is no job '\(key.prefix(80))'",
                hint: values.findings.hint(for: key, among: plan.jobs.lazy.map(\.key))
                    ?? "expected STAGE.JOB")
            return nil
        }
        let suffix = text.dropFirst(key.count)
        let planned = plan.jobs[job]
        // Legs that are known late cannot be checked here.
        guard !suffix.isEmpty, !planned.definition.hasDynamicMatrix else { return job }
        let isOrdinal = Int(suffix.dropFirst().dropLast()).map {
            planned.legs.count > $0 && $0 >= 0
        }
        let isLeg =
            planned.isMultiple
            && (isOrdinal ?? false || planned.legs.contains { plan.suffix(leg: $0) == suffix })
        guard isLeg else {
            values.report(
                .unknownReference, node, "\(key) has no leg '\(suffix.prefix(80))'",
                hint: planned.isMultiple
                    ? "its first is '\(plan.suffix(leg: planned.legs.lowerBound))'"
                    : "it has neither shards nor a matrix")
            return nil
        }
        return job
    }

    /// `stage.job.NAME`, also of one leg: the place and the name.
    mutating func output(
        _ node: YAMLNode, _ text: String
    ) -> (place: String, name: String)? {
        var place: String?
        var name = ""
        if let range = text.firstRange(of: "].") {
            place = String(text[..<range.lowerBound]) + "]"
            name = String(text[range.upperBound...])
        } else {
            let parts = text.split(
                separator: ".", maxSplits: 2, omittingEmptySubsequences: false)
            if parts.count == 3 {
                place = "\(parts[0]).\(parts[1])"
                name = String(parts[2])
            }
        }
        guard let place, !name.isEmpty else {
            values.report(
                .badReference, node, "'\(text.prefix(80))' names no output",
                hint: "expected STAGE.JOB.NAME")
            return nil
        }
        guard let job = job(node, place), let plan, isDeclared(node, name, job, plan)
        else { return nil }
        return (place, name)
    }

    mutating func isDeclared(
        _ node: YAMLNode, _ name: String, _ job: Int, _ plan: RunPlan
    ) -> Bool {
        let definition = plan.jobs[job].definition
        if definition.outputs.contains(name) { return true }
        values.report(
            .undeclaredOutput, node,
            "\(plan.jobs[job].key) declares no output '\(name.prefix(60))'",
            hint: values.findings.hint(for: name, among: definition.outputs)
                ?? (definition.outputs.isEmpty
                    ? "it declares none"
                    : "it declares \(definition.outputs.prefix(10).joined(separator: ", "))"))
        return false
    }
}
