import ArgumentParser
import Domain
import OCI
import Runs
import Workflows

struct CacheResultsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "results",
        abstract: "List the results of jobs with 'cache', the newest first.")

    @OptionGroup var options: OutputOptions

    func run() async throws {
        let services = try await HomeServices.open()
        let memos = try await services.runs.store.memos()
        options.print(
            table: {
                guard !memos.isEmpty else { return "there are no results" }
                var table = Table("JOB", "RUN", "MADE", "ARTIFACTS", "KEY")
                for memo in memos {
                    table.add(
                        memo.job, String(memo.run), memo.createdAt.description,
                        Shown.size(memo.artifactBytes), Shown.digest(memo.key.description))
                }
                return table.text
            },
            json: {
                .array(
                    memos.map {
                        [
                            "job": .string($0.job), "run": .integer($0.run),
                            "madeAt": .string($0.createdAt.description),
                            "artifactBytes": .integer($0.artifactBytes),
                            "key": .string($0.key.description),
                        ]
                    })
            })
    }
}

/// `slipway cache explain RUN JOB`: why a job with `cache` ran, or did not.
struct CacheExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain", abstract: "Say what the key of a job with 'cache' is made of.",
        discussion: """
            A job that was taken from an earlier run: from which. One that ran: where its
            key differs from that of the newest earlier run. --all prints all that a key
            is made of.
            """)

    @Argument(help: "The run: its number, its id, or 'last'.", completion: Completions.run)
    var run: String

    @Argument(
        help: "The job, STAGE.JOB, with its leg where it has several: STAGE.JOB[2].",
        completion: Completions.cachedJobs)
    var job: String

    @Flag(help: "Everything that the key is made of.")
    var all = false

    @OptionGroup var options: OutputOptions

    func run() async throws {
        let services = try await HomeServices.open()
        let listed = try await services.runs.store.find(run)
        let state = try await services.runs.load(listed.id).state
        let leg = try leg(state, listed.number)
        guard let memo = state.legs[leg].memo,
            let document = try await services.runs.memoDocument(state, leg: leg)
        else {
            throw CommandFailure(
                message:
                    "\(job) of run \(listed.number) has no key: it has no 'cache', "
                    + "or never began",
                status: ExitStatus.notFound)
        }
        let earlier = try await services.runs.earlierMemo(
            job, before: listed.number, workflow: listed.workflow)
        let differences = earlier.map { MemoDifference.between($0.document, document) } ?? []
        let isAll = all
        options.print(
            table: {
                Self.text(memo, document, earlier?.run, differences, isAll: isAll)
            },
            json: {
                [
                    "key": .string(memo.key.description), "document": document,
                    "from": memo.run.map(JSONValue.integer) ?? .null,
                    "comparedWith": earlier.map { .integer($0.run) } ?? .null,
                    "differences": .array(
                        differences.map {
                            [
                                "what": .string($0.what),
                                "before": $0.left.map(JSONValue.string) ?? .null,
                                "now": $0.right.map(JSONValue.string) ?? .null,
                            ]
                        }),
                ]
            })
    }

    private func leg(_ state: RunState, _ number: Int64) throws -> Int {
        let labels = state.plan.legs.indices.map { state.plan.label(leg: $0) }
        if let leg = labels.firstIndex(of: job) { return leg }
        throw CommandFailure(
            message: "run \(number) has no job '\(job)'"
                + (Suggestion.hint(for: job, among: labels).map { "; \($0)" } ?? ""),
            status: ExitStatus.notFound)
    }

    private static func text(
        _ memo: Memo, _ document: JSONValue, _ earlier: Int64?, _ differences: [MemoDifference],
        isAll: Bool
    ) -> String {
        var lines = ["key  \(memo.key)"]
        if let run = memo.run {
            lines.append("It was not run: run \(run) had the same key.")
        } else if let earlier {
            lines.append(
                differences.isEmpty
                    ? "It ran although run \(earlier) had the same key: that run's job did not "
                        + "succeed, its artifacts are gone, or --no-cache was given."
                    : "It ran: its key differs from that of run \(earlier).")
        } else {
            lines.append("It ran: no earlier run of this workflow has a key for it.")
        }
        if memo.run == nil, !differences.isEmpty {
            var table = Table("WHAT", "BEFORE", "NOW")
            for row in differences {
                table.add(
                    row.what, row.left.map { Shown.line($0, width: 60) } ?? "(none)",
                    row.right.map { Shown.line($0, width: 60) } ?? "(none)")
            }
            lines += ["", table.text]
        }
        if isAll {
            var table = Table("WHAT", "VALUE")
            for (what, value) in MemoDifference.facts(document).sorted(by: { $0.key < $1.key }) {
                table.add(what, Shown.line(value, width: 90))
            }
            lines += ["", table.text]
        }
        return lines.joined(separator: "\n")
    }
}
