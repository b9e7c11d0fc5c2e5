import Domain
import OCI
import Storage
import TestSupport
import Testing
import Workflows

@testable import Runs

/// Stores as earlier versions left them, one a migration (`Tests/Stores`): today's code opens each,
/// and makes of its events what it always made of them.
struct StoredRunsTests {
    private static let folder = "\(Checkout.root)/Tests/Stores"
    static let steps = RunStore.migrations.map(\.name)

    private static func with(
        _ step: String, _ body: (RunService, Database) async throws -> Void
    ) async throws {
        try await withTemporaryFolder { place in
            let home = try Home(path: "\(place)/home")
            let blobs = BlobStore(path: home.blobsPath)
            for name in try Files.list(folder) where name.hasSuffix(".yaml") {
                try blobs.put(try Files.readFile("\(folder)/\(name)", limit: 1 << 20))
            }
            let database = try Database(path: home.databasePath)
            let text = String(
                decoding: try Files.readFile("\(folder)/\(step).sql", limit: 1 << 20),
                as: UTF8.self)
            try await database.write { transaction in
                for statement in text.split(separator: ";\n")
                where !statement.allSatisfy(\.isWhitespace) {
                    try transaction.execute(String(statement))
                }
            }
            let now = Timestamp(microseconds: 1_795_880_000_000_000)
            try await database.migrate(RunStore.migrations, at: now)
            let service = RunService(
                database: database, blobs: blobs, home: home, images: RunLoopTests.EveryImage(),
                executor: NoOpExecutor(), hooks: RunLoopTests.YesHooks(),
                masking: { _ in RunLoopTests.PlainMasking() }, now: { now })
            let result: Result<Void, any Error>
            do { result = .success(try await body(service, database)) } catch {
                result = .failure(error)
            }
            try Files.removeTree(home.runtimePath)
            try result.get()
        }
    }

    @Test("a store of each migration is opened, and its runs are what they were", arguments: steps)
    func folds(step: String) async throws {
        try await Self.with(step) { service, _ in
            var lines: [String] = []
            for run in try await service.store.list(limit: 100).reversed() {
                let state = try await service.load(run.id).state
                #expect(state.phase == run.phase)
                #expect(state.startedAt == run.startedAt)
                #expect(state.endedAt == run.endedAt)
                lines += Self.text(state)
                for artifact in try await service.store.artifacts(of: run.id) {
                    lines.append("  kept \(artifact.job) \(artifact.name): \(artifact.record.size)")
                    #expect(try await service.store.needs(artifact.record.digest))
                }
            }
            for cache in try await service.store.caches() {
                lines.append("cache \(cache.key) of \(cache.workflow): \(cache.digest)")
            }
            for memo in try await service.store.memos() {
                lines.append("memo \(memo.key) of \(memo.job), run \(memo.run)")
            }
            let made = lines.joined(separator: "\n") + "\n"
            #expect(made == (try Golden.expected("Tests/Stores/\(step).txt", made: made)))
        }
    }

    @Test("what is read of a stored event is all of it: its bytes can be made again")
    func bytes() async throws {
        for step in Self.steps {
            try await Self.with(step) { _, database in
                let bodies = try await database.read {
                    try $0.query("SELECT body FROM run_events").map { try $0.blob(at: 0) }
                }
                #expect(!bodies.isEmpty)
                for body in bodies {
                    let event = try RunEvent(json: try JSONParser.parse(body))
                    #expect(event.json.canonicalBytes == body)
                }
            }
        }
    }

    @Test("a run that an earlier version left can be ended by this one")
    func goesOn() async throws {
        try await Self.with("runs-1") { service, _ in
            let left = try #require(try await service.store.unfinished().first)
            _ = try await service.cancel(left.id, actor: "me", reason: "old")
            #expect(try await service.load(left.id).state.phase == .cancelled)
        }
    }

    @Test(
        "an event that only a newer version can read is named",
        arguments: [
            (#"{"v":2,"type":"started"}"#, "an event of version 2, from a newer slipway"),
            (#"{"v":1,"type":"moved"}"#, "an event named 'moved', which is not known"),
            (#"{"v":0,"type":"started"}"#, "an event of version 0, which there never was"),
        ])
    func newer(body: String, words: String) async throws {
        try await Self.with("runs-1") { service, database in
            let run = try await service.store.find("1")
            try await database.write {
                try $0.execute(
                    "UPDATE run_events SET body = ? WHERE run_id = ? AND sequence = 2",
                    [.blob(Array(body.utf8)), .text(run.id.text)])
            }
            await #expect {
                try await service.load(run.id)
            } throws: { error in
                "\(error)".contains("event 2 of run \(run.number)") && "\(error)".contains(words)
            }
            // Lists need no events.
            #expect(try await service.store.list(limit: 10).count == 2)
        }
    }

    // MARK: What a run is

    private static func text(_ state: RunState) -> [String] {
        var lines = [
            "run \(state.creation?.number ?? 0) of \(state.plan.definition.name): "
                + state.phase.rawValue + Self.reason(state.reason)
        ]
        for (index, stage) in state.stages.enumerated() {
            let name = state.plan.stages[index].definition.name
            lines.append("  stage \(name): \(stage.state.rawValue)\(reason(stage.reason))")
            for decision in stage.decisions {
                lines.append("    \(decision.actor): \(decision.isApproval)")
            }
        }
        for (index, job) in state.jobs.enumerated() {
            let key = state.plan.jobs[index].key
            lines.append("  job \(key): \(job.state.rawValue)\(reason(job.reason))")
        }
        for (index, leg) in state.legs.enumerated() {
            var line = "  leg \(state.plan.label(leg: index)): \(leg.state.rawValue)"
            line += "\(reason(leg.reason)), attempt \(leg.attempt)"
            if let code = leg.exitCode { line += ", exit \(code)" }
            for (name, value) in leg.outputs.sorted(by: { $0.key < $1.key }) {
                line += ", \(name) = \(value)"
            }
            for (name, record) in leg.artifacts.sorted(by: { $0.key < $1.key }) {
                line += ", \(name): \(record.digest.short)"
            }
            for report in leg.reports { line += ", report \(report.path)" }
            for cache in leg.caches { line += ", cache \(cache.key)" }
            if let memo = leg.memo { line += ", memo \(memo.key.short)" }
            lines.append(line)
        }
        return lines
    }

    private static func reason(_ text: String?) -> String { text.map { " (\($0))" } ?? "" }
}
