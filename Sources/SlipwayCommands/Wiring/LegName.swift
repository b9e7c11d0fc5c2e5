import Domain
import Runs
import Workflows

/// A job on the command line, where one leg of it is meant.
enum LegName {
    private static let shownLegs = 5

    /// The index of the leg: a job of one leg by its name, otherwise the leg by its label.
    static func find(_ name: String, in plan: RunPlan, run: Int64) throws -> Int {
        guard let (job, leg) = JobExplanation.find(name, in: plan) else {
            throw unknown(name, in: plan, run: run)
        }
        if let leg { return leg }
        let legs = plan.jobs[job].legs
        guard !legs.isEmpty else {
            throw CommandFailure(
                message: "\(name) has no legs yet: its matrix comes from another job",
                status: ExitStatus.failed)
        }
        if legs.count == 1 { return legs.lowerBound }
        throw CommandFailure(
            message: "\(name) has \(legs.count) legs; expected one of them: "
                + labels(legs, plan), status: ExitStatus.usage)
    }

    /// What to say of a name that neither a job nor a leg has: which there are.
    static func unknown(_ name: String, in plan: RunPlan, run: Int64) -> any Error {
        if let bracket = name.firstIndex(of: "["),
            let job = plan.jobIndex(key: String(name[..<bracket]))
        {
            let legs = plan.jobs[job].legs
            let key = plan.jobs[job].key
            let hint =
                switch legs.count {
                case 0: "\(key) has no legs yet"
                case 1: "\(key) has one leg: \(labels(legs, plan))"
                default: "\(key) has \(legs.count) legs: \(labels(legs, plan))"
                }
            return CommandFailure(
                message: "run \(run) has no '\(name)'; \(hint)", status: ExitStatus.notFound)
        }
        guard let hint = Suggestion.hint(for: name, among: plan.jobs.prefix(2000).map(\.key))
        else { return RunsError.noSuchJob(name, run: run) }
        return CommandFailure(
            message: "run \(run) has no job '\(name)'; \(hint)", status: ExitStatus.notFound)
    }

    private static func labels(_ legs: Range<Int>, _ plan: RunPlan) -> String {
        legs.prefix(shownLegs).map { ShellWord.quoted(plan.label(leg: $0)) }
            .joined(separator: ", ") + (legs.count > shownLegs ? ", …" : "")
    }
}
