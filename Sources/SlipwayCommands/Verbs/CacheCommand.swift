import ArgumentParser
import Domain
import OCI
import Runs
import Storage
import Workflows

/// `slipway cache …`: what jobs keep for later runs.
struct CacheCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cache", abstract: "List and remove what jobs keep for later runs.",
        subcommands: [
            CacheListCommand.self, CacheResultsCommand.self, CacheExplainCommand.self,
            CachePruneCommand.self,
        ])
}

struct CacheListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the caches of this home, the last used first.")

    @OptionGroup var options: OutputOptions

    func run() async throws {
        let services = try await HomeServices.open()
        let caches = try await services.runs.store.caches()
        options.print(
            table: {
                guard !caches.isEmpty else { return "there are no caches" }
                var table = Table("WORKFLOW", "KEY", "PATHS", "SIZE", "USED", "DIGEST")
                for cache in caches {
                    table.add(
                        cache.workflow, cache.key, cache.paths.joined(separator: " "),
                        Shown.size(cache.size), cache.usedAt.description,
                        Shown.digest(cache.digest.description))
                }
                return table.text
            },
            json: {
                .array(
                    caches.map {
                        [
                            "workflow": .string($0.workflow), "key": .string($0.key),
                            "paths": .array($0.paths.map(JSONValue.string)),
                            "digest": .string($0.digest.description), "size": .integer($0.size),
                            "savedAt": .string($0.savedAt.description),
                            "usedAt": .string($0.usedAt.description), "run": .string($0.run),
                        ]
                    })
            })
    }
}

struct CachePruneCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prune",
        abstract: "Remove caches that nobody used for a time, and old results.",
        discussion: """
            A job whose cache is gone begins without it, as the first time. What jobs that
            run just now may see is removed later.
            """)

    @Option(help: "Those that nobody used for so long, such as 30d or 12h (default: 30d).")
    var unused: String?

    @Flag(help: "All of them.")
    var all = false

    @Option(help: "Those of one workflow alone.")
    var workflow: String?

    func validate() throws {
        if all, unused != nil { throw ValidationError("--all and --unused exclude each other") }
        _ = try age()
    }

    private func age() throws -> Duration {
        if all { return .zero }
        guard let unused else { return .seconds(30 * 86_400) }
        do { return try Duration(parsing: unused) } catch {
            throw ValidationError("--unused: \(error)")
        }
    }

    func run() async throws {
        let services = try await HomeServices.open()
        let store = services.runs.store
        let before = try await store.caches().count
        let time = HomeServices.now().microseconds - (try age()).milliseconds * 1000
        try await store.forgetCaches(
            unusedSince: Timestamp(microseconds: time), of: workflow)
        let results =
            workflow == nil
            ? try await store.forgetMemos(madeBefore: Timestamp(microseconds: time)) : 0
        let freed = try await services.removeUnusedCaches()
        let left = try await store.caches().count
        Console.print(
            "removed \(before - left) caches, \(left) left; \(Shown.size(freed)) of content; "
                + "forgot \(results) results of jobs with 'cache'")
    }
}
