import Domain
import Runs
import Workflows

/// A job on the command line, where one leg of it is meant.
enum LegName {
    private static let shownLegs = 5

    /// The index of the leg: a job of one leg by its name, otherwise the leg by its label.
    static func find(_ name: String, in plan: RunPlan, run: Int64) throws -> Int {
        guard let (job, leg) = JobExplanation.find(name, in: plan) else {
            guard
                let hint = Suggestion.hint(
                    for: name, among: plan.jobs.prefix(2000).map(\.key))
            else { throw RunsError.noSuchJob(name, run: run) }
            throw CommandFailure(
                message: "run \(run) has no job '\(name)'; \(hint)", status: ExitStatus.notFound)
        }
        if let leg { return leg }
        let legs = plan.jobs[job].legs
        guard !legs.isEmpty else {
            throw CommandFailure(
                message: "\(name) has no legs yet: its matrix comes from another job",
                status: ExitStatus.failed)
        }
        if legs.count == 1 { return legs.lowerBound }
        let labels = legs.prefix(shownLegs).map { ShellWord.quoted(plan.label(leg: $0)) }
        let rest = legs.count > shownLegs ? ", …" : ""
        throw CommandFailure(
            message: "\(name) has \(legs.count) legs; expected one of them: "
                + labels.joined(separator: ", ") + rest, status: ExitStatus.usage)
    }
}
