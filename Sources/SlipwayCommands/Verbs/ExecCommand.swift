import ArgumentParser
import Domain
import Executors
import Runs
import Storage
import Workflows

/// `slipway exec RUN JOB -- COMMAND`: a command in the container of a running job.
struct ExecCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "exec", abstract: "Run a command, or a shell, in a running job.",
        discussion: """
            The command runs as the job does: its user, variables, folders, network and
            limits, and never with more rights. It is recorded first, with its arguments:
            'show' and 'explain' tell of it, and what the job gives is not kept for other
            runs (no caches, no result of a job with 'cache').
              slipway exec last build.compile
              slipway exec 12 'test.unit[2]' -- cat /proc/1/status
              slipway exec last test.unit --service db -- psql -U postgres
            Ends with the command's own code; 127 where there is no such program. For a
            job that has ended: slipway debug.
            """)

    @Argument(help: "The run: its number, its id, or 'last'.", completion: Completions.run)
    var run: String

    @Argument(
        help: "The job, such as test.unit, or one leg of it: test.unit[2].",
        completion: Completions.runningJobs(ofRun: .positional(0)))
    var job: String

    @Option(
        help: "In the container of this service of the job.",
        completion: Completions.services(ofRun: .positional(0), job: 1))
    var service: String?

    @Option(help: "As this user: a name or number, with a group behind ':' (default: the job's).")
    var user: String?

    @OptionGroup var terminal: TerminalOptions

    func run() async throws {
        let services = try await HomeServices.open()
        let listed = try await services.runs.store.find(run)
        let state = try await services.runs.load(listed.id).state
        let leg = try LegName.find(job, in: state.plan, run: listed.number)
        let planned = state.plan.jobs[state.plan.legs[leg].job]
        let index = try service.map { try Self.index(of: $0, in: planned) }
        let command = try terminal.session(user: user)
        let actor = LocalActor.name()
        try services.settings().allow(
            actor, planned, in: state.plan.definition)
        let attempt = try await services.runs.runningAttempt(of: state, leg: leg)
        let process = ForegroundProcess()
        try StopSignals.forward { process.signal($0) }
        try await terminal.end(state.plan.label(leg: leg)) {
            let entrance = try await prepare(attempt, index, command, services)
            try await services.runs.enter(
                attempt, of: state,
                Entrance(
                    actor: actor, command: command.arguments, user: user, service: service))
            return try await services.executor.enter(entrance, process)
        }
    }

    /// Of an image that runs already, only the user that was asked for can be wrong.
    private func prepare(
        _ attempt: AttemptID, _ service: Int?, _ command: SessionCommand, _ services: HomeServices
    ) async throws -> PreparedEntrance {
        do {
            return try await services.executor.prepareEntrance(
                attempt, service: service, command)
        } catch {
            guard user != nil, case .image(let why) = error else { throw error }
            throw CommandFailure(
                message: "--user does not fit the image: \(why)", status: ExitStatus.usage)
        }
    }

    private static func index(of name: String, in job: RunPlan.Job) throws -> Int {
        let names = job.definition.services.map(\.name)
        if let index = names.firstIndex(of: name) { return index }
        let hint =
            Suggestion.hint(for: name, among: names)
            ?? (names.isEmpty ? "it has none" : "it has \(names.joined(separator: ", "))")
        throw CommandFailure(
            message: "\(job.key) has no service '\(name)'; \(hint)", status: ExitStatus.notFound)
    }
}
