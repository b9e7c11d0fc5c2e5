import ArgumentParser
import Domain
import Executors
import OCI
import Runs
import Storage
import Workflows

/// `slipway report …`: what jobs left below `$T_REPORTS`.
struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "List and fetch the reports of jobs: tests, findings, coverage.",
        subcommands: [ReportListCommand.self, ReportGetCommand.self])

    /// The reports of each leg's newest attempt, in the order of the legs.
    static func all(_ state: RunState) -> [(job: String, report: ReportRecord)] {
        state.legs.indices.flatMap { leg in
            state.legs[leg].reports.map { (state.plan.label(leg: leg), $0) }
        }
    }
}

struct ReportListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the reports of a run.")

    @Argument(help: "The run: its number, its id, or 'last'.", completion: Completions.run)
    var run = "last"

    @OptionGroup var options: OutputOptions

    func run() async throws {
        let services = try await HomeServices.open()
        let listed = try await services.runs.store.find(run)
        let state = try await services.runs.load(listed.id).state
        let reports = ReportCommand.all(state)
        options.print(
            table: {
                guard !reports.isEmpty else { return "run \(listed.number) has no reports" }
                var table = Table("JOB", "PATH", "KIND", "SIZE", "SAYS")
                for (job, report) in reports {
                    table.add(
                        TerminalText.line(job), TerminalText.line(report.path),
                        report.content.kind, Shown.size(report.size),
                        ReportText.line([report]) ?? "")
                }
                return table.text
            },
            json: {
                .array(
                    reports.map { job, report in
                        var members = report.json.objectValue ?? [:]
                        members["job"] = .string(job)
                        return .object(members)
                    })
            })
    }
}

struct ReportGetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "get", abstract: "Fetch a report of a run.",
        discussion: "Nothing that exists is replaced.")

    @Argument(help: "The run: its number, its id, or 'last'.", completion: Completions.run)
    var run: String

    @Argument(help: "The job that left it, such as build.compile or test.unit[2].")
    var job: String

    @Argument(help: "The file, as 'report list' shows it.")
    var file: String

    @Option(name: .customShort("o"), help: "Where it goes (default: its file name, here).")
    var path: String?

    func run() async throws {
        let services = try await HomeServices.open()
        let listed = try await services.runs.store.find(run)
        let all = ReportCommand.all(try await services.runs.load(listed.id).state)
        guard let found = all.first(where: { $0.job == job && $0.report.path == file })?.report
        else {
            let known = all.prefix(20).map { "\($0.job) \($0.report.path)" }
            let hint = known.isEmpty ? "it has none" : "it has: " + known.joined(separator: ", ")
            throw CommandFailure(
                message: TerminalText.line(
                    "run \(listed.number) has no report '\(file)' of \(job); \(hint); "
                        + "see slipway report list \(listed.number)"),
                status: ExitStatus.notFound)
        }
        let target = path ?? PathText.name(of: found.path)
        guard try Files.status(target) == nil else {
            throw CommandFailure(
                message: TerminalText.line(
                    "'\(target)' exists already; name another place with -o"),
                status: ExitStatus.failed)
        }
        let record = ArtifactRecord(
            kind: .file, digest: found.digest, size: found.size, isExecutable: false)
        let blobs = services.blobs
        try await IOPool.shared.run { try ArtifactContent.write(record, from: blobs, to: target) }
        Console.print(
            TerminalText.line("\(target)  \(found.digest)  \(Shown.size(found.size))"))
    }
}
