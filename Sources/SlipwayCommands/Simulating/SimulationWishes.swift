import Domain
import Runs
import Workflows

/// What `slipway simulate` is told about a world that does not exist: which jobs fail, what some
/// of them give, which pauses are rejected.
struct SimulationWishes: Sendable {
    /// Keys of jobs, or names of legs.
    private let failing: Set<String>
    /// Job or leg → its outputs.
    private let outputs: [String: [String: String]]
    private let rejected: Set<String>

    /// `outputs` are `STAGE.JOB.NAME=VALUE`, also with a leg, as `test.unit[2].COUNT=3`.
    init(failing: [String], outputs: [String], rejected: [String], plan: RunPlan) throws {
        for name in failing { _ = try Self.job(name, in: plan, option: "--fail") }
        var given: [String: [String: String]] = [:]
        for word in outputs {
            let (place, name, value) = try Self.split(word)
            let job = try Self.job(place, in: plan, option: "--output")
            let declared = plan.jobs[job].definition.outputs
            guard declared.contains(name) else {
                let hint =
                    Suggestion.hint(for: name, among: declared)
                    ?? (declared.isEmpty
                        ? "it declares none" : "it declares \(declared.joined(separator: ", "))")
                throw Self.wrong(
                    "--output: \(plan.jobs[job].key) declares no output '\(name)'; \(hint)")
            }
            given[place, default: [:]][name] = value
        }
        let pauses = plan.stages.map(\.definition).filter { $0.kind == .pause }.map(\.name)
        for name in rejected where !pauses.contains(name) {
            let hint =
                Suggestion.hint(for: name, among: pauses)
                ?? (pauses.isEmpty
                    ? "there is none" : "there are \(pauses.joined(separator: ", "))")
            throw Self.wrong("--reject: there is no pause '\(name)'; \(hint)")
        }
        self.failing = Set(failing)
        self.outputs = given
        self.rejected = Set(rejected)
    }

    var world: SimulationWorld {
        let wishes = self
        return SimulationWorld(
            attempt: { wishes.attempt($0) },
            decision: { wishes.rejected.contains($0) ? .reject : .approve })
    }

    private func attempt(_ call: SimulatedCall) -> SimulatedAttempt {
        let names = [call.job, "\(call.job)[\(call.ordinal)]", call.label]
        var attempt = SimulatedAttempt()
        if names.contains(where: failing.contains) { attempt.ending = .exited(1) }
        for name in names { attempt.outputs.merge(outputs[name] ?? [:]) { $1 } }
        return attempt
    }

    private static func wrong(_ message: String) -> CommandFailure {
        CommandFailure(message: message, status: ExitStatus.usage)
    }

    private static func job(_ place: String, in plan: RunPlan, option: String) throws -> Int {
        let key = String(place.prefix { $0 != "[" })
        if let job = plan.jobIndex(key: key) { return job }
        let keys = plan.jobs.map(\.key)
        let hint =
            Suggestion.hint(for: key, among: keys)
            ?? "there are \(keys.prefix(10).joined(separator: ", "))"
        throw wrong("\(option): there is no job '\(key)'; \(hint)")
    }

    private static func split(
        _ word: String
    ) throws -> (place: String, name: String, value: String) {
        let expected = wrong(
            "--output: '\(word.prefix(60))' is no output; expected STAGE.JOB.NAME=VALUE")
        // The name of a leg may hold an equals sign: `lint[T_MODE=debug]`.
        let rest: Substring
        let place: String
        if let range = word.firstRange(of: "].") {
            place = String(word[..<range.lowerBound]) + "]"
            rest = word[range.upperBound...]
        } else {
            let parts = word.split(separator: ".", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3 else { throw expected }
            place = "\(parts[0]).\(parts[1])"
            rest = parts[2]
        }
        guard let equals = rest.firstIndex(of: "="), equals > rest.startIndex else {
            throw expected
        }
        return (place, String(rest[..<equals]), String(rest[rest.index(after: equals)...]))
    }
}
