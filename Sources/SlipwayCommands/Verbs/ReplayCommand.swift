import ArgumentParser
import Domain
import Executors
import OCI
import Runs
import Workflows

/// `slipway replay RUN JOB`: one job exactly as it ran, and what came out differently.
struct ReplayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay", abstract: "Run one job of a run again as it ran, and compare.",
        discussion: """
            Image, inputs, artifacts, source and variables are those that are recorded,
            T_RUN_ID and its like included; what it prints goes to standard error. State,
            exit code, outputs and artifact digests are compared; nothing is written to
            the run. Hooks are not run again: what 'before' made of the inputs is
            recorded. Secrets are never stored, so give those that the job uses again.
            Ends with 0 where all is the same, 1 where something differs, 2 where it could
            not be run.
            """)

    @OptionGroup var place: BesideOptions

    @Option(help: "Which attempt (default: the newest).")
    var attempt: Int?

    @OptionGroup var options: OutputOptions

    func run() async throws {
        let services = try await HomeServices.open()
        try await services.sweep()
        let recorded = try await RecordedLeg(place, services)
        let number = attempt ?? recorded.progress.attempt
        if number >= recorded.progress.attempt { try recorded.checkHasEnded() }
        let side = try recorded.beside(attempt: number, place.secrets, services)
        defer { side.release() }
        guard let report = side.recorded else {
            throw CommandFailure(
                message: "attempt \(number) of \(recorded.label) has not ended, so there is "
                    + "nothing to compare with", status: ExitStatus.failed)
        }
        Self.warn(side)
        let replayed: AttemptReport?
        do {
            replayed = try await Self.replay(side, services)
        } catch {
            await Self.leave(side, services)
            throw recorded.explain(error)
        }
        await Self.leave(side, services)
        guard let replayed else {
            throw CommandFailure(
                message: "stopped; nothing was compared", status: ExitStatus.cancelled)
        }
        if replayed.state == .errored {
            throw CommandFailure(
                message: "\(recorded.label) could not be run: \(replayed.reason ?? "no reason")",
                status: ExitStatus.errored)
        }
        let replay = Replay(recorded: report, replayed: replayed)
        options.print(
            table: { Self.text(replay, recorded, number) },
            json: { Self.json(replay, recorded, number) })
        if !replay.differences.isEmpty { throw ExitStatus.failed }
    }

    /// Nothing of the attempt stays, however it ended.
    private static func leave(_ side: SideAttempt, _ services: HomeServices) async {
        await services.executor.discard(side.request.id)
        services.executor.release(side.request.id.run)
        await services.close()
    }

    private static func replay(
        _ side: SideAttempt, _ services: HomeServices
    ) async throws -> AttemptReport? {
        let (stops, stop) = AsyncStream<Void>.makeStream()
        try StopSignals.listen {
            Console.error("slipway: \($0): waiting for the job to stop")
            stop.yield()
        } force: {
            services.executor.endByForce()
        }
        let printer = ReplayPrinter()
        defer { printer.finish() }
        return try await services.runs.replay(side, stops: stops, show: printer.take)
    }

    private static func warn(_ side: SideAttempt) {
        if side.request.workspace != .own {
            Console.error(
                "slipway: warning: the job shared its working folder with others of its run; "
                    + "what those left there is not here")
        }
    }

    private static func text(_ replay: Replay, _ recorded: RecordedLeg, _ number: Int) -> String {
        let differences = replay.differences
        let title = TerminalText.line(
            "\(recorded.label) of run \(recorded.number), attempt \(number): ")
        guard !differences.isEmpty else {
            let report = replay.replayed
            return title + "the same: \(report.state.rawValue), "
                + "\(count(report.outputs.count, "output")), "
                + count(report.artifacts.count, "artifact")
        }
        var table = Table("DIFFERS", "RECORDED", "REPLAYED")
        for difference in differences {
            table.add(
                Shown.line(difference.what, width: 60), cell(difference.recorded),
                cell(difference.replayed))
        }
        let reason = replay.replayed.reason.map { " (\(Shown.line($0, width: 200)))" } ?? ""
        return title + "\(differences.count) differ\(reason)\n" + table.text
    }

    private static func count(_ count: Int, _ what: String) -> String {
        "\(count) \(what)\(count == 1 ? "" : "s")"
    }

    private static func cell(_ text: String?) -> String {
        text.map { Shown.line($0, width: 90) } ?? "-"
    }

    private static func json(
        _ replay: Replay, _ recorded: RecordedLeg, _ number: Int
    ) -> JSONValue {
        func text(_ text: String?) -> JSONValue { text.map(JSONValue.string) ?? .null }
        func report(_ report: AttemptReport) -> JSONValue {
            [
                "state": .string(report.state.rawValue), "reason": text(report.reason),
                "exitCode": report.exitCode.map { .integer(Int64($0)) } ?? .null,
                "outputs": .object(report.outputs.mapValues(JSONValue.string)),
                "artifacts": .object(report.artifacts.mapValues(\.json)),
            ]
        }
        return [
            "run": .integer(recorded.number), "job": .string(recorded.label),
            "attempt": .integer(Int64(number)), "same": .boolean(replay.differences.isEmpty),
            "recorded": report(replay.recorded), "replayed": report(replay.replayed),
            "differences": .array(
                replay.differences.map {
                    [
                        "what": .string($0.what), "recorded": text($0.recorded),
                        "replayed": text($0.replayed),
                    ]
                }),
        ]
    }
}
