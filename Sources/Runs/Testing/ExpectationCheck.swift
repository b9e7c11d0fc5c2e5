import Domain
import Workflows

/// Holds what a played run came to against what a case expects of it.
struct ExpectationCheck {
    private let result: SimulationResult
    private var state: RunState { result.state }
    private var plan: RunPlan { result.state.plan }

    init(_ result: SimulationResult) {
        self.result = result
    }

    func differences(from expected: TestExpectation) -> [CaseResult.Difference] {
        var found: [CaseResult.Difference] = []
        func compare(_ what: String, _ wanted: String, _ actual: String, _ place: TextPosition) {
            guard wanted != actual else { return }
            found.append(
                CaseResult.Difference(
                    what: what, expected: wanted, actual: actual, position: place))
        }
        if let wanted = expected.state {
            let reason = wanted.value == state.phase ? nil : state.reason
            compare(
                "state of the run", wanted.value.rawValue,
                state.phase.rawValue + Self.suffix(reason), wanted.position)
        }
        for job in expected.jobs {
            let (actual, reason) = stateAndReason(job.name)
            guard actual != job.value.value else { continue }
            compare(
                "job \(job.name)", job.value.value.rawValue,
                (actual?.rawValue ?? "there is no such leg") + Self.suffix(reason),
                job.value.position)
        }
        if let wanted = expected.reason, !(state.reason ?? "").contains(wanted.value) {
            compare(
                "reason of the run", "… \(wanted.value) …", state.reason ?? "none",
                wanted.position)
        }
        for job in expected.reasons {
            let reason = stateAndReason(job.name).reason
            guard !(reason ?? "").contains(job.value.value) else { continue }
            compare(
                "reason of \(job.name)", "… \(job.value.value) …", reason ?? "none",
                job.value.position)
        }
        for output in expected.outputs {
            compare(
                "output \(output.name)", output.value.value ?? "absent",
                value(ofOutput: output.name) ?? "absent", output.value.position)
        }
        for input in expected.inputs {
            compare(
                "input \(input.value.name) of \(input.job)", input.value.value.value,
                self.input(input.value.name, of: input.job), input.value.value.position)
        }
        if let wanted = expected.order, let actual = order(unlike: wanted.value) {
            compare(
                "order", wanted.value.joined(separator: ", "), actual, wanted.position)
        }
        return found
    }

    private static func suffix(_ reason: String?) -> String { reason.map { " (\($0))" } ?? "" }

    // MARK: Names

    /// The job of a name, and its leg where the name means one of several.
    private func place(_ name: String) -> (job: Int, leg: Int?)? {
        let key = String(name.prefix { $0 != "[" })
        guard let job = plan.jobIndex(key: key) else { return nil }
        let suffix = String(name.dropFirst(key.count))
        guard !suffix.isEmpty else { return (job, nil) }
        let legs = plan.jobs[job].legs
        if let ordinal = Int(suffix.dropFirst().dropLast()), legs.count > ordinal, ordinal >= 0 {
            return (job, legs.lowerBound + ordinal)
        }
        guard let leg = legs.first(where: { plan.suffix(leg: $0) == suffix }) else { return nil }
        return (job, leg)
    }

    private func stateAndReason(_ name: String) -> (state: JobState?, reason: String?) {
        guard let place = place(name) else { return (nil, nil) }
        if let leg = place.leg { return (state.legs[leg].state, state.legs[leg].reason) }
        return (state.jobs[place.job].state, state.jobs[place.job].reason)
    }

    /// As a reference to it would see it: of several legs, a JSON list.
    private func value(ofOutput path: String) -> String? {
        let place: String
        let name: String
        if let range = path.firstRange(of: "].") {
            place = String(path[..<range.lowerBound]) + "]"
            name = String(path[range.upperBound...])
        } else {
            let parts = path.split(
                separator: ".", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3 else { return nil }
            place = "\(parts[0]).\(parts[1])"
            name = String(parts[2])
        }
        guard let found = self.place(place) else { return nil }
        let ordinal = found.leg.map { $0 - plan.jobs[found.job].legs.lowerBound }
        guard !plan.jobs[found.job].legs.isEmpty else { return nil }
        return state.output(job: found.job, name: name, leg: ordinal)?.inputText
    }

    private func input(_ name: String, of job: String) -> String {
        guard let place = place(job) else { return "there is no such leg" }
        let legs = place.leg.map { $0..<$0 + 1 } ?? plan.jobs[place.job].legs
        let values = Set(legs.map { result.inputs[$0]?[name] })
        guard legs.contains(where: { result.inputs[$0] != nil }) else {
            return "the job was given nothing: it is \(state.jobs[place.job].state.rawValue)"
        }
        guard values.count == 1 else {
            return values.map { $0 ?? "absent" }.sorted().joined(separator: " | ")
        }
        return (values.first ?? nil) ?? "absent"
    }

    // MARK: Order

    /// What began, in order, of the jobs that are named; nil when it is as it should be. Jobs that
    /// begin at the same time are in order either way.
    private func order(unlike wanted: [String]) -> String? {
        var begins: [Int: Timestamp] = [:]
        for recorded in result.events {
            guard case .attemptStarting(let leg, 1) = recorded.event else { continue }
            let job = plan.legs[leg].job
            if begins[job] == nil { begins[job] = recorded.time }
        }
        var missing: [String] = []
        var times: [(name: String, time: Timestamp)] = []
        for name in wanted {
            if let job = place(name)?.job, let time = begins[job] {
                times.append((name, time))
            } else {
                missing.append(name)
            }
        }
        let isSorted = zip(times, times.dropFirst()).allSatisfy { $0.time <= $1.time }
        if isSorted, missing.isEmpty { return nil }
        let actual = times.enumerated()
            .sorted { ($0.element.time, $0.offset) < ($1.element.time, $1.offset) }
            .map { $0.element.name }
        let suffix =
            missing.isEmpty ? "" : " (never began: \(missing.joined(separator: ", ")))"
        return actual.joined(separator: ", ") + suffix
    }
}
