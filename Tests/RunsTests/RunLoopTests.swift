import Domain
import OCI
import Storage
import Synchronization
import TestSupport
import Testing
import Workflows

@testable import Runs

/// The loop on a real store, with an executor that runs nothing.
struct RunLoopTests {
    struct EveryImage: ImageResolver {
        func manifest(for image: ComponentImage) async throws -> ImageLookup {
            image.reference.repository.hasSuffix("missing")
                ? .missing(why: "is not here") : .found(Digest(of: []))
        }
    }

    struct YesHooks: HookEvaluator {
        func evaluate(_ request: HookRequest) async -> HookOutcome { .passed(true, log: []) }
    }

    struct PlainMasking: Masking {
        var isEmpty: Bool { true }
        func mask(_ text: String) -> String { text }
        func secret(in text: String) -> String? { nil }
        func logMask() -> any LogMask { NoMask() }
    }

    /// Counts attempts that run at once.
    private final class Gauge: Sendable {
        private let counts = Mutex((now: 0, most: 0))
        var most: Int { counts.withLock { $0.most } }

        func take(_ event: RunEvent) {
            counts.withLock { counts in
                if case .attemptStarting = event { counts.now += 1 }
                if case .attemptEnded = event { counts.now -= 1 }
                counts.most = max(counts.most, counts.now)
            }
        }
    }

    /// Remembers where each commit ended: a process can die only between two of them.
    private final class Commits: RunObserver {
        private let ends = Mutex<[Int64]>([1])
        var all: [Int64] { ends.withLock { $0 } }

        func didCommit(_ events: [RecordedEvent], state: borrowing RunState) {
            ends.withLock { ends in events.last.map { ends.append($0.sequence) } }
        }
    }

    private struct GaugeObserver: RunObserver {
        let gauge: Gauge

        func didCommit(_ events: [RecordedEvent], state: borrowing RunState) {
            events.forEach { gauge.take($0.event) }
        }
    }

    /// Counts what happens, also how often a run says that it waits.
    private final class Counter: RunObserver {
        private let content = Mutex(0)
        var count: Int { content.withLock { $0 } }

        func add() { content.withLock { $0 += 1 } }
        func didCommit(_ events: [RecordedEvent], state: borrowing RunState) {}
        func willWait(for runs: [Int64], group: String) { add() }
    }

    struct Fixture {
        let database: Database
        let service: RunService
        let home: Home
        let folder: String

        func request(
            _ text: String, inputs: [String: String] = [:], secrets: [String: Secret] = [:],
            slots: Int = 8
        ) throws -> RunRequest {
            let file = "\(folder)/w.yaml"
            try Files.writeFile(file, text.utf8)
            let outcome = WorkflowFile.parse(Array(text.utf8))
            #expect(outcome.diagnostics.map { $0.rendered(file: "w") } == [])
            return RunRequest(
                text: Array(text.utf8), definition: try #require(outcome.definition), file: file,
                inputs: inputs, secrets: secrets, actor: "me", slots: slots)
        }
    }

    static func with<Value>(
        _ executor: any JobExecutor = NoOpExecutor(),
        now: @escaping @Sendable () -> Timestamp = { Timestamp(microseconds: 1_000_000) },
        _ body: (Fixture) async throws -> Value
    ) async throws -> Value {
        try await withTemporaryFolder { folder in
            let home = try Home(path: "\(folder)/home")
            let database = try Database(path: home.databasePath)
            try await database.migrate(RunStore.migrations, at: now())
            let service = RunService(
                database: database, blobs: BlobStore(path: home.blobsPath), home: home,
                images: EveryImage(), executor: executor, hooks: YesHooks(),
                masking: { _ in PlainMasking() }, now: now)
            let result: Result<Value, any Error>
            do {
                let fixture = Fixture(
                    database: database, service: service, home: home, folder: folder)
                result = .success(try await body(fixture))
            } catch {
                result = .failure(error)
            }
            try Files.removeTree(home.runtimePath)
            return try result.get()
        }
    }

    private static let two = """
        slipway: 1
        name: demo
        stages:
          - name: one
            run: parallel
            jobs:
              - {name: a, component: b, outputs: [X]}
              - {name: b, component: b, shards: 20}
          - name: two
            jobs:
              - {name: c, component: b, inputs: {T_X: "${one.a.X}"}}
        """

    @Test("a run advances to its end, and its stored events fold to the same state")
    func advances() async throws {
        let executor = NoOpExecutor { request in
            NoOpExecutor.result(.exited(code: 0), file: request.id.leg == 0 ? "X=7\n" : "")
        }
        try await Self.with(executor) { fixture in
            let run = try await fixture.service.create(fixture.request(Self.two))
            let state = try await fixture.service.advance(run, observer: nil)
            #expect(state.phase == .succeeded)
            let stored = try await fixture.service.load(run.id).state
            #expect(stored.phase == .succeeded)
            #expect(stored.jobs.map(\.state) == state.jobs.map(\.state))
            #expect(stored.legs[0].outputs == ["X": "7"])
            #expect(try await fixture.service.store.find("1").phase == .succeeded)
        }
    }

    @Test("an output that was declared and not given fails its consumer, with that reason")
    func missingOutput() async throws {
        try await Self.with { fixture in
            let run = try await fixture.service.create(fixture.request(Self.two))
            let state = try await fixture.service.advance(run, observer: nil)
            #expect(state.phase == .failed)
            #expect(state.jobs[2].reason?.contains("one.a.X") == true)
        }
    }

    @Test("never more attempts at once than there are slots", arguments: [1, 3, 50])
    func slots(count: Int) async throws {
        try await Self.with { fixture in
            let gauge = Gauge()
            let run = try await fixture.service.create(
                fixture.request(Self.two, slots: count))
            _ = try await fixture.service.advance(run, observer: GaugeObserver(gauge: gauge))
            #expect(gauge.most == min(count, 21))
        }
    }

    @Test("when events cannot be stored, the run stops with the error and can be closed")
    func storeFails() async throws {
        try await Self.with { fixture in
            let run = try await fixture.service.create(fixture.request(Self.two))
            try await fixture.database.write {
                try $0.execute(
                    """
                    CREATE TRIGGER full BEFORE INSERT ON run_events WHEN new.sequence > 30
                    BEGIN SELECT RAISE(ABORT, 'no room'); END
                    """)
            }
            await #expect(throws: StorageError.self) {
                try await fixture.service.advance(run, observer: nil)
            }
            try await fixture.database.write { try $0.execute("DROP TRIGGER full") }
            #expect(try await fixture.service.load(run.id).state.phase == .running)
        }
    }

    @Test("a run whose process died after any commit is closed by cancel")
    func closes() async throws {
        try await Self.with { fixture in
            let commits = Commits()
            let id: RunID
            do {
                let run = try await fixture.service.create(fixture.request(Self.two, slots: 2))
                id = run.id
                _ = try await fixture.service.advance(run, observer: commits)
            }
            #expect(commits.all.count > 5)
            // From the last commit to the first: each time a little more is forgotten.
            for kept in commits.all.dropLast().reversed() {
                try await fixture.database.write {
                    try $0.execute(
                        "DELETE FROM run_events WHERE sequence > ?", [.integer(kept)])
                    try $0.execute("UPDATE runs SET state = 'running'")
                }
                let outcome = try await fixture.service.cancel(id, actor: "me", reason: "gone")
                guard case .finished(.cancelled) = outcome else {
                    Issue.record("after \(kept) events: \(outcome)")
                    return
                }
                let state = try await fixture.service.load(id).state
                #expect(state.phase == .cancelled)
            }
        }
    }

    @Test("while one process advances a run, nobody else can")
    func owned() async throws {
        try await Self.with { fixture in
            let run = try await fixture.service.create(fixture.request(Self.two))
            #expect(try fixture.service.isOwned(run.id))
            let refusal = await #expect(throws: RunsError.self) {
                try await fixture.service.cancel(run.id, actor: "me", reason: "")
            }
            #expect(
                refusal?.description == "run 1 is being advanced by another process; watch it "
                    + "with: slipway logs -f 1")
            withExtendedLifetime(run) {}
        }
    }

    @Test("a run that is cancelled before it advances ends as cancelled")
    func cancelled() async throws {
        try await Self.with { fixture in
            let run = try await fixture.service.create(fixture.request(Self.two))
            run.cancel(actor: "me", reason: "early")
            let state = try await fixture.service.advance(run, observer: nil)
            #expect(state.phase == .cancelled)
        }
    }

    @Test("an older run of the group that does not listen yet is asked again until it does")
    func cancelOlder() async throws {
        let text = Self.two.replacing(
            "name: demo", with: "name: demo\nconcurrency: {group: g, on-conflict: cancel-older}")
        try await Self.with { fixture in
            let older = try await fixture.service.create(fixture.request(text))
            let newer = try await fixture.service.create(fixture.request(text))
            let (looks, asked) = (Counter(), Counter())
            let service = fixture.service
            let phase = try await withThrowingTaskGroup(of: RunPhase.self) { group in
                group.addTask { try await service.advance(newer, observer: looks).phase }
                // It has found nobody to talk to; only then does somebody listen.
                let hasLooked = try await eventually { looks.count > 0 ? true : nil }
                #expect(hasLooked == true)
                let socket = try ControlSocket(older.id, in: fixture.home.runtimePath) { _ in
                    asked.add()
                    return .taken
                }
                let hasAsked = try await eventually { asked.count > 0 ? true : nil }
                socket.close()
                #expect(hasAsked == true)
                older.cancel(actor: "me", reason: "")
                #expect(try await service.advance(older, observer: nil).phase == .cancelled)
                return try await group.next()
            }
            // Its consumer lacks an output: it ran, which is what matters here.
            #expect(phase == .failed)
            // Asked once more, the older run's end stages would have been ended too.
            #expect(asked.count == 1)
        }
    }

    @Test("what is wrong with inputs and images is told before anything is recorded")
    func refuses() async throws {
        let text = """
            slipway: 1
            name: demo
            secrets: [TOKEN]
            stages:
              - name: begin
                type: start
                inputs:
                  T_N: {type: integer, required: true}
                  T_J: {type: json}
              - name: one
                jobs: [{name: a, component: missing, inputs: {T_K: "${secrets.TOKEN}"}}]
            """
        try await Self.with { fixture in
            let wrong = ["T_M": "1", "T_J": #"{"a":[{"$secret":"TOKEN"}]}"#]
            await #expect {
                try await fixture.service.create(
                    fixture.request(text, inputs: wrong, secrets: ["OTHER": Secret("12345")]))
            } throws: { error in
                guard case RunRefusal.invalid(let problems) = error else { return false }
                return problems.count == 5
            }
            await #expect {
                try await fixture.service.create(
                    fixture.request(
                        text, inputs: ["T_N": "1"], secrets: ["TOKEN": Secret("12345")]))
            } throws: { error in
                guard case RunRefusal.missingImages(let images) = error else { return false }
                return images.map(\.component.position.line) == [11]
            }
            let recorded = try await fixture.service.store.list(limit: 10)
            #expect(recorded.isEmpty)
        }
    }
}
