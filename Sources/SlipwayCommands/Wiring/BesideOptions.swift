import ArgumentParser
import Domain
import Executors
import OCI
import Runs
import Storage
import Workflows

/// What `debug` and `replay` share: an attempt that is made anew beside its run.
struct BesideOptions: ParsableArguments {
    @Argument(help: "The run: its number, its id, or 'last'.", completion: Completions.run)
    var run: String

    @Argument(
        help: "The job, such as test.unit, or one leg of it: test.unit[2].",
        completion: Completions.endedJobs(ofRun: .positional(0)))
    var job: String

    @Option(
        name: .customLong("secret"),
        help: "A secret: NAME=env:VARIABLE or NAME=file:PATH. Never the value itself.",
        completion: Completions.secrets(ofRun: .positional(0)))
    var secrets: [String] = []
}

/// One leg of a recorded run, for verbs that look back at it.
struct RecordedLeg {
    let history: RunHistory
    let leg: Int
    let number: Int64

    var state: RunState { history.state }
    var label: String { state.plan.label(leg: leg) }
    var job: RunPlan.Job { state.plan.jobs[state.plan.legs[leg].job] }
    var progress: LegProgress { state.legs[leg] }
    var command: String { "\(number) \(ShellWord.quoted(label))" }

    init(_ options: BesideOptions, _ services: HomeServices) async throws {
        let listed = try await services.runs.store.find(options.run)
        number = listed.number
        history = try await services.runs.history(of: listed.id)
        leg = try LegName.find(options.job, in: history.state.plan, run: listed.number)
    }

    /// Refuses one that has not run, or runs yet.
    func checkHasEnded() throws {
        let isWaiting = progress.retryDue != nil
        if progress.state == .running || progress.state == .starting {
            throw CommandFailure(
                message: "\(label) has not ended: it is \(progress.state.rawValue); "
                    + "enter it with: slipway exec \(command)", status: ExitStatus.failed)
        }
        guard progress.attempt > 0, progress.state.isFinal || isWaiting else {
            throw CommandFailure(
                message: "\(label) has not run: it is \(progress.state.rawValue); see why: "
                    + "slipway explain \(ShellWord.quoted(label)) --run \(number)",
                status: ExitStatus.failed)
        }
    }

    /// What to do where the image of the run was removed since; any other error as it is.
    func explain(_ error: any Error) -> any Error {
        guard case ExecutorError.image(let why) = error,
            let image = job.definition.component?.value
        else { return error }
        let reference = image.reference
        let way = reference.host == nil ? "import FILE" : "pull"
        return CommandFailure(
            message: "\(label): image: \(why); where it was removed, bring it in again: "
                + "slipway image \(way) \(reference)", status: ExitStatus.errored)
    }

    /// The attempt made anew, with the secrets that its job uses.
    func beside(
        attempt: Int, _ secrets: [String], _ services: HomeServices
    ) throws -> SideAttempt {
        let given = try RunArguments.secrets(secrets)
        let settings = try services.settings()
        let use = state.plan.definition.environmentUse(of: job.definition, key: job.key)
        return try services.runs.beside(
            history, leg: leg, attempt: attempt,
            secrets: try settings.secrets(
                given, for: [use].compactMap(\.self), actor: LocalActor.name()))
    }
}
