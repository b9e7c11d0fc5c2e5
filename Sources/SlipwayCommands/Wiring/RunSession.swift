import ArgumentParser
import Domain
import Executors
import Glibc
import Runs
import Workflows

struct SlotOptions: ParsableArguments {
    @Option(help: "Attempts at once (default: four for each processor, at least 8).")
    var parallel: Int?

    func validate() throws {
        if let parallel, !(1...1000).contains(parallel) {
            throw ValidationError("--parallel is \(parallel); expected 1 to 1,000")
        }
    }

    func count() throws -> Int {
        parallel ?? max(8, 4 * sysconf(Int32(_SC_NPROCESSORS_ONLN)))
    }
}

/// What every verb that carries a run takes.
struct SessionOptions: ParsableArguments {
    @Option(
        name: .customLong("secret"),
        help: "A secret: NAME=env:VARIABLE or NAME=file:PATH. Never the value itself.",
        completion: Completions.secretsOfFile)
    var secrets: [String] = []

    @OptionGroup var slots: SlotOptions

    @Flag(help: "Run jobs with 'cache' even where their result is known.")
    var noCache = false

    @Flag(help: "Keep what failed jobs leave, so that 'slipway debug' can look into it.")
    var keepFailed = false

    @Option(help: "How progress is shown on standard error: auto, tty, plain, json or quiet.")
    var progress = ProgressKind.auto

    @OptionGroup var output: OutputOptions

    func secretValues() throws -> [String: Secret] { try RunArguments.secrets(secrets) }

    func carry(_ run: OwnedRun, _ services: HomeServices) async throws {
        try await RunSession(
            services: services, progress: progress, options: output, looksUpMemos: !noCache,
            keepsFailed: keepFailed
        ).carry(run)
    }
}

/// Carries one run to its end, or to a pause, in this process, and tells about it.
struct RunSession {
    let services: HomeServices
    let progress: ProgressKind
    let options: OutputOptions
    let looksUpMemos: Bool
    let keepsFailed: Bool

    func carry(_ run: OwnedRun) async throws {
        Self.raiseFileLimit()
        let reporter = progress.reporter()
        let (executor, number) = (services.executor, run.number)
        reporter.begin(run.id, logs: services.runs.logs)
        try StopSignals.listen {
            run.cancel(actor: LocalActor.name(), reason: $0)
        } force: {
            reporter.stop()
            executor.endByForce()
            Console.error(
                "slipway: run \(number) was left at once, and its containers were killed; "
                    + "'slipway cancel \(number)' closes it")
        }
        // With a person in front of it the run stays; elsewhere nobody would ever come.
        let waits = Console.isTerminal(0) && Console.isTerminal(2)
        let state: RunState
        let runs = services.runs
        do {
            let (looksUp, keeps) = (looksUpMemos, keepsFailed)
            state = try await LiveRequests(
                services: services, run: run, reporter: reporter, looksUpMemos: looksUp,
                keepsFailed: keeps
            )
            .serve(whileAdvancing: { departure in
                try await runs.advance(
                    run, observer: reporter, stopsAtPause: !waits, looksUpMemos: looksUp,
                    keepsFailed: keeps, departure: departure)
            })
        } catch {
            reporter.stop()
            await services.close()
            throw CommandFailure(
                message: "run \(run.number) stopped: \(error)\n"
                    + "nothing of it is lost, and its containers go on: "
                    + "'slipway resume \(run.number)' goes on with it, "
                    + "'slipway cancel \(run.number)' ends it",
                status: ExitStatus.errored)
        }
        reporter.stop()
        // Programs read events and the document; the summary is for people.
        if progress != .quiet, progress != .json {
            // What is kept is moved behind the run.
            if keepsFailed { await services.executor.settle() }
            await FailureSummary(state: state, services: services).print()
        }
        if options.output == .json { Console.print(RunDocument(state).json.canonicalText) }
        if state.phase == .running, progress != .json { try await tellWhatIsAwaited(run) }
        await services.close()
        if let status = Self.status(of: state.phase) { throw status }
    }

    /// An attempt that runs needs three descriptors; the usual limit is 1,024.
    private static func raiseFileLimit() {
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        var limit = rlimit()
        guard unsafe getrlimit(resource, &limit) == 0 else { return }
        limit.rlim_cur = max(limit.rlim_cur, min(limit.rlim_max, 1 << 16))
        unsafe setrlimit(resource, &limit)
    }

    /// Runs that it called wait in a pause, and nothing else of it goes on.
    private func tellWhatIsAwaited(_ run: OwnedRun) async throws {
        for called in try await services.runs.store.called(by: run.id)
        where !called.run.phase.isFinal {
            let number = called.run.number
            Console.error(
                "run \(run.number) waits for run \(number), which is \(called.run.phase.rawValue): "
                    + "'slipway approve \(number)', then 'slipway resume \(run.number)'")
        }
    }

    static func status(of phase: RunPhase) -> ExitCode? {
        switch phase {
        case .succeeded: nil
        case .failed: ExitStatus.failed
        case .errored: ExitStatus.errored
        case .cancelled: ExitStatus.cancelled
        case .queued, .running, .paused: ExitStatus.stillRunning
        }
    }
}
