import Domain

/// Faked components and expectations.
extension TestDecoder {
    mutating func components(_ node: YAMLNode?) -> [String: [FakedAttempt]] {
        guard let node, let entries = values.entries(of: node, "components") else { return [:] }
        var components: [String: [FakedAttempt]] = [:]
        for entry in entries {
            let place = entry.key.scalar ?? ""
            guard let job = job(entry.key, place),
                let fields = values.fields(of: entry.value, .fakedComponent)
            else { continue }
            components[place] = attempts(fields, job)
            guard let legs = fields.value("legs") else { continue }
            if plan?.jobs[job].isMultiple == false || place.contains("[") {
                values.report(
                    .conflictingKeys, fields.key("legs") ?? entry.key,
                    "\(place) is one leg; 'legs' has no meaning here")
                continue
            }
            for (index, leg) in (values.items(of: legs, "legs") ?? []).enumerated() {
                let name = "\(place)[\(index)]"
                guard self.job(leg, name) != nil,
                    let members = values.fields(of: leg, .fakedComponent)
                else { continue }
                components[name] = attempts(members, job)
            }
        }
        return components
    }

    /// `attempts`, or the one that the component itself describes.
    private mutating func attempts(_ fields: Fields, _ job: Int) -> [FakedAttempt] {
        guard let node = fields.value("attempts") else { return [attempt(fields, job)] }
        for key in ["state", "exit", "outputs", "artifacts", "takes"] {
            guard let place = fields.key(key) else { continue }
            values.report(
                .conflictingKeys, place, "'\(key)' stands beside 'attempts'",
                hint: "write it into each attempt")
        }
        let items = values.items(of: node, "attempts") ?? []
        if items.isEmpty || items.count > Self.attemptLimit {
            values.report(
                .invalidValue, node, "there are \(items.count) attempts; expected 1 to 100")
            return [FakedAttempt()]
        }
        return items.compactMap { item in
            values.fields(of: item, .fakedAttempt).map { attempt($0, job) }
        }
    }

    private mutating func attempt(_ fields: Fields, _ job: Int) -> FakedAttempt {
        var attempt = FakedAttempt()
        let exit = values.whole("exit", in: fields, 0...255)
        if let exit {
            attempt.exitCode = Int32(exit)
            attempt.state = exit == 0 ? .succeeded : .failed
        }
        if let node = fields.value("state") {
            let said: FakedAttempt.State? = choice(node, "the state")
            attempt.state = said ?? attempt.state
            if let exit, let said, said != (exit == 0 ? .succeeded : .failed) {
                values.report(
                    .conflictingKeys, node, "the state is \(said.rawValue) with exit code \(exit)")
            }
            if said == .failed, exit == nil { attempt.exitCode = 1 }
        }
        if let node = fields.value("takes"), let time = values.duration(node) {
            attempt.takes = time
        }
        guard let plan else { return attempt }
        if let node = fields.value("outputs"),
            let entries = values.entries(of: node, "outputs")
        {
            for entry in entries {
                let name = entry.key.scalar ?? ""
                guard isDeclared(entry.key, name, job, plan),
                    let text = text(entry.value, name)
                else { continue }
                attempt.outputs[name] = text
            }
        }
        if let node = fields.value("artifacts") {
            attempt.artifacts = artifacts(node, plan.jobs[job])
        }
        return attempt
    }

    private mutating func artifacts(_ node: YAMLNode, _ job: RunPlan.Job) -> [String] {
        let declared = job.definition.produces.map(\.name)
        var names: [String] = []
        for item in values.items(of: node, "artifacts") ?? [] {
            guard let name = values.text(item, "an artifact") else { continue }
            guard declared.contains(name) else {
                values.report(
                    .undeclaredOutput, item,
                    "\(job.key) produces no artifact '\(name.prefix(60))'",
                    hint: values.findings.hint(for: name, among: declared))
                continue
            }
            names.append(name)
        }
        return names
    }

    // MARK: What must hold

    mutating func expectation(_ test: Fields) -> TestExpectation {
        var expectation = TestExpectation()
        guard let node = test.value("expect") else {
            values.report(
                .missingKey, test.start, "'expect' is missing",
                hint: "such as 'expect: {state: succeeded}'")
            return expectation
        }
        guard let fields = values.fields(of: node, .expectation) else { return expectation }
        if let place = fields.value("state"), let word: RunPhase = choice(place, "the state") {
            expectation.state = Located(word, at: place.start)
        }
        if let place = fields.value("reason"), let text = values.text(place, "reason") {
            expectation.reason = Located(text, at: place.start)
        }
        for entry in members(fields, "jobs") {
            let name = entry.key.scalar ?? ""
            guard job(entry.key, name) != nil,
                let word: JobState = choice(entry.value, "the state")
            else { continue }
            expectation.jobs.append(Self.named(name, word, entry.value))
        }
        for entry in members(fields, "reasons") {
            let name = entry.key.scalar ?? ""
            guard job(entry.key, name) != nil, let text = values.text(entry.value, "a reason")
            else { continue }
            expectation.reasons.append(Self.named(name, text, entry.value))
        }
        for entry in members(fields, "outputs") {
            let name = entry.key.scalar ?? ""
            guard output(entry.key, name) != nil else { continue }
            let isAbsent = entry.value.schemaType == .null
            guard let text = isAbsent ? "" : text(entry.value, name) else { continue }
            expectation.outputs.append(
                Self.named(name, isAbsent ? nil : text, entry.value))
        }
        inputs(fields, into: &expectation)
        order(fields, into: &expectation)
        if expectation.isEmpty, !values.findings.hasErrors {
            values.report(.empty, node, "the case expects nothing")
        }
        return expectation
    }

    private mutating func inputs(_ fields: Fields, into expectation: inout TestExpectation) {
        for entry in members(fields, "inputs") {
            let name = entry.key.scalar ?? ""
            guard job(entry.key, name) != nil,
                let inputs = values.entries(of: entry.value, "the inputs of \(name)")
            else { continue }
            for input in inputs {
                let variable = input.key.scalar ?? ""
                guard let text = text(input.value, variable) else { continue }
                expectation.inputs.append(
                    (job: name, value: Self.named(variable, text, input.value)))
            }
        }
    }

    private mutating func order(_ fields: Fields, into expectation: inout TestExpectation) {
        guard let node = fields.value("order"), let items = values.items(of: node, "order")
        else { return }
        var names: [String] = []
        for item in items {
            guard let name = values.text(item, "a job"), job(item, name) != nil else { continue }
            names.append(name)
        }
        expectation.order = Located(names, at: node.start)
    }

    private mutating func members(_ fields: Fields, _ key: String) -> [YAMLNode.Entry] {
        guard let node = fields.value(key) else { return [] }
        return values.entries(of: node, key) ?? []
    }

    private static func named<Value: Sendable>(
        _ name: String, _ value: Value, _ node: YAMLNode
    ) -> TestExpectation.Named<Value> {
        TestExpectation.Named(name: name, value: Located(value, at: node.start))
    }
}
