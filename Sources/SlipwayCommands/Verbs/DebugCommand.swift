import ArgumentParser
import Domain
import Executors
import OCI
import Runs
import Storage
import Workflows

/// `slipway debug RUN JOB`: a shell where a job stood.
struct DebugCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "debug", abstract: "Open a shell where a job of a run stood.",
        discussion: """
            The same image by digest, inputs, artifacts, user, variables, network and
            services as the job's last attempt. With 'run --keep-failed' the folders are
            as a failed attempt left them, otherwise as it began; the first line says
            which. Nothing is written to the run, and nothing of the shell stays.
              slipway debug last test.unit
              slipway debug 12 'test.unit[2]' -- /slipway/command
              slipway debug 12 test.unit --remove
            /slipway/command is the job's own program. Secrets are never stored, so give
            those that the job uses again. Ends with the command's own code.
            """)

    @OptionGroup var place: BesideOptions

    @OptionGroup var terminal: TerminalOptions

    @Flag(help: "As the attempt began, also where what it left is kept.")
    var fresh = false

    @Flag(help: "Remove what is kept of the job, and start nothing.")
    var remove = false

    func validate() throws {
        if remove, fresh || !terminal.command.isEmpty {
            throw ValidationError(
                "--remove starts nothing, so it goes with no command and no --fresh")
        }
    }

    func run() async throws {
        let services = try await HomeServices.open()
        let recorded = try await RecordedLeg(place, services)
        guard !remove else { return try drop(recorded, services) }
        try await services.sweep()
        try recorded.checkHasEnded()
        let command = try terminal.session()
        let side = try recorded.beside(
            attempt: recorded.progress.attempt, place.secrets, services)
        defer { side.release() }
        let kept = fresh ? nil : try services.executor.kept(side.original)
        let process = ForegroundProcess()
        try StopSignals.forward { process.signal($0) }
        let lines = Self.lines(recorded, side, kept, isFresh: fresh)
        do {
            try await terminal.end(recorded.label) {
                do {
                    return try await services.executor.open(
                        side.request, over: kept, command, process
                    ) {
                        for line in lines { Console.error(TerminalText.line(line)) }
                    }
                } catch let error as ExecutorError {
                    throw error.masked(side.masker.mask)
                }
            }
        } catch {
            await close(side, services)
            if kept != nil, case ExecutorError.storage(let why) = error {
                throw CommandFailure(
                    message: "\(why); as the attempt began: "
                        + "slipway debug \(recorded.command) --fresh", status: ExitStatus.errored)
            }
            throw recorded.explain(error)
        }
        await close(side, services)
    }

    private func close(_ side: SideAttempt, _ services: HomeServices) async {
        services.executor.release(side.request.id.run)
        await services.close()
    }

    /// What somebody should know before the prompt.
    private static func lines(
        _ recorded: RecordedLeg, _ side: SideAttempt, _ kept: KeptState?, isFresh: Bool
    ) -> [String] {
        let number = side.original.number
        var title = "\(recorded.label) of run \(recorded.number), attempt \(number), "
        if let attempt = kept?.attempt {
            title +=
                "as it left it (\(attempt.state.rawValue)"
                + (attempt.reason.map { ": \($0)" } ?? "") + ")"
        } else {
            title += "as it began"
            if !isFresh { title += "; 'run --keep-failed' keeps what failed jobs leave" }
        }
        var lines = [title]
        if side.request.workspace != .own {
            lines.append(
                "its working folder was shared by the run's jobs, and went with the run: "
                    + "here is the source alone")
        }
        if kept == nil {
            lines += (side.recorded?.caches ?? []).filter { $0.restored != nil }.map {
                "it began with the cache \($0.key), which is here unless it was removed since"
            }
        }
        let image = recorded.job.definition.component?.value.description ?? ""
        return lines + [
            "image \(image) = \(side.request.image); you are in \(ContainerPaths.work)",
            "its program: \(ContainerPaths.command); leave with 'exit'; nothing here is recorded",
        ]
    }

    private func drop(_ recorded: RecordedLeg, _ services: HomeServices) throws {
        let id = recorded.state.creation?.id
        let states = try services.executor.kept().filter {
            $0.attempt.id.run == id && $0.attempt.id.leg == recorded.leg
        }
        guard !states.isEmpty else {
            throw CommandFailure(
                message: "nothing is kept of \(recorded.label) of run \(recorded.number)",
                status: ExitStatus.notFound)
        }
        for state in states {
            let size = try services.executor.size(of: state)
            guard try services.executor.removeKept(state.attempt.id) else {
                throw CommandFailure(
                    message: "somebody looks into what \(recorded.label) left just now; it stays",
                    status: ExitStatus.failed)
            }
            Console.print(
                "removed what \(TerminalText.line(recorded.label)) of run \(recorded.number) "
                    + "left, \(Shown.size(size))")
        }
    }
}
