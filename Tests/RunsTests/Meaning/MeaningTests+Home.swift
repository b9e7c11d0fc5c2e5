import Domain
import OCI
import Storage
import Synchronization
import TestSupport
import Testing
import Workflows

@testable import Runs

/// "Pause", "Concurrency", "Components", "Defaults": what the store of a home has a part in.
extension MeaningTests {
    private static let gate = file(
        """
          - {name: build, jobs: [{name: it, component: b, produces: {bin: app}}]}
          - {name: agree, type: pause, approvers: [me, ada, acme/managers]}
          - {name: ship, jobs: [{name: it, component: b}]}
        """)

    private static let artifact = ArtifactRecord(
        kind: .file, digest: Digest(of: Array("app".utf8)), size: 3, isExecutable: true)

    /// Leaves `bin` in every attempt.
    private static func maker() -> NoOpExecutor {
        let record = Self.artifact
        return NoOpExecutor { _ in
            AttemptResult(
                ending: .exited(code: 0), endedAt: Timestamp(microseconds: 0), resultFile: [],
                artifacts: ["bin": record], artifactProblems: [:])
        }
    }

    /// Carries a new run as far as it goes, and lets go of it.
    private static func advance(
        _ fixture: RunLoopTests.Fixture, _ text: String, inputs: [String: String] = [:]
    ) async throws -> (id: RunID, phase: RunPhase) {
        let run = try await fixture.service.create(fixture.request(text, inputs: inputs))
        return (run.id, try await fixture.service.advance(run, observer: nil).phase)
    }

    // MARK: Pause

    @Test("who started the run may not approve it where approvers are named")
    func starter() async throws {
        try await RunLoopTests.with(Self.maker()) { fixture in
            let service = fixture.service
            let (id, phase) = try await Self.advance(fixture, Self.gate)
            #expect(phase == .paused)
            for actor in ["me", "eve"] {
                await #expect(throws: RunsError.self) {
                    try await service.decide(
                        id, actor: actor, isApproval: true, comment: "", groups: [:])
                }
            }
            let state = try await service.decide(
                id, actor: "bob", isApproval: true, comment: "", groups: ["acme/managers": ["bob"]])
            #expect(state.stages[1].state == .succeeded)
        }
    }

    @Test("a decision records the digests of everything upstream")
    func digests() async throws {
        try await RunLoopTests.with(Self.maker()) { fixture in
            let (id, _) = try await Self.advance(fixture, Self.gate)
            _ = try await fixture.service.decide(
                id, actor: "ada", isApproval: true, comment: "fine", groups: [:])
            let decisions = try await fixture.service.store.events(of: id).compactMap {
                recorded -> Decision? in
                if case .decided(_, let decision) = recorded.event { decision } else { nil }
            }
            #expect(decisions.map(\.comment) == ["fine"])
            #expect(decisions.map(\.digests) == [["build.it.bin": Self.artifact.digest]])
        }
    }

    // MARK: Concurrency

    @Test("a paused run holds its group: of this workflow, and evaluated from the run's inputs")
    func groups() async throws {
        let text = Self.file(
            """
              - {name: begin, type: start, inputs: {T_B: {default: main}}}
              - {name: agree, type: pause}
            """, head: "concurrency: {group: \"g-${inputs.T_B}\", on-conflict: reject}\n")
        try await RunLoopTests.with { fixture in
            let service = fixture.service
            #expect(try await Self.advance(fixture, text).phase == .paused)
            await #expect {
                try await service.create(fixture.request(text))
            } throws: { error in
                guard case RunRefusal.conflict(let group, let run) = error else { return false }
                return group == "g-main" && run == 1
            }
            let other = try await service.create(
                fixture.request(text, inputs: ["T_B": "other"]))
            #expect(other.group == "g-other")
            let named = text.replacing("name: demo", with: "name: another")
            #expect(try await Self.advance(fixture, named).phase == .paused)
            _ = try await service.cancel(
                try await service.store.find("1").id, actor: "me", reason: "")
            #expect(try await Self.advance(fixture, text).phase == .paused)
        }
    }

    // MARK: Components

    /// Every question gets another answer, as of a tag that moves all the time.
    private final class MovingImages: ImageResolver {
        private let count = Mutex(0)

        func manifest(for image: ComponentImage) async throws -> ImageLookup {
            let number = count.withLock { count in
                count += 1
                return count
            }
            return .found(Digest(of: Array("image \(number)".utf8)))
        }
    }

    @Test("a run resolves tags once, when it starts; every attempt uses the recorded digest")
    func resolvedOnce() async throws {
        let used = Seen()
        let executor = NoOpExecutor { request in
            used.add(request.image)
            // The first attempt of each leg is lost, so there is a second one.
            return NoOpExecutor.result(request.id.number == 1 ? .lost("no") : .exited(code: 0))
        }
        let text = Self.file(
            """
              - name: one
                jobs:
                  - {name: a, component: "b:1", shards: 2, retry: {attempts: 2, backoff: 1ms}}
              - {name: two, jobs: [{name: z, component: "b:1", retry: {attempts: 2, backoff: 1ms}}]}
            """)
        try await RunLoopTests.with(executor) { fixture in
            let service = RunService(
                database: fixture.database, blobs: BlobStore(path: fixture.home.blobsPath),
                home: fixture.home, images: MovingImages(), executor: executor,
                hooks: RunLoopTests.YesHooks(), masking: { _ in RunLoopTests.PlainMasking() },
                now: { Timestamp(microseconds: 1_000_000) })
            let run = try await service.create(fixture.request(text))
            let state = try await service.advance(run, observer: nil)
            #expect(state.phase == .succeeded)
            let recorded = try #require(state.creation?.images["library/b:1"])
            #expect(used.all == Array(repeating: recorded, count: 6))
        }
    }

    /// The images of all attempts.
    private final class Seen: Sendable {
        private let images = Mutex<[Digest]>([])
        var all: [Digest] { images.withLock { $0 } }

        func add(_ image: Digest) { images.withLock { $0.append(image) } }
    }

    @Test("a source is at most 1 GiB")
    func sourceLimit() async throws {
        #expect(SourceSnapshot.sizeLimit == 1 << 30)
        try await withTemporaryFolder { folder in
            let home = try Home(path: "\(folder)/home")
            try Files.makeFolders("\(folder)/source")
            try Files.writeFile("\(folder)/w.yaml", "x".utf8)
            // A hole takes no room, and counts as what is read of it.
            let made = try await TestSupport.Program.run(
                "/usr/bin/truncate", ["-s", "1025M", "\(folder)/source/large"])
            #expect(made.code == 0, "\(made.error)")
            let blobs = BlobStore(path: home.blobsPath)
            #expect {
                try SourceSnapshot.take(
                    .path("source"),
                    within: SourceBounds(file: "\(folder)/w.yaml", path: .main, allowed: []),
                    into: blobs, without: home)
            } throws: { error in
                guard case RunsError.source(let why) = error else { return false }
                return why.contains("larger than 1073741824 bytes")
            }
            try Files.removeTree(home.runtimePath)
        }
    }

    // MARK: Defaults

    @Test("a job that prints more than 256 MiB is failed: log-limit")
    func logLimit() async throws {
        #expect(AttemptRequests.logLimitBytes == 256 << 20)
        let executor = NoOpExecutor { _ in NoOpExecutor.result(.logLimit) }
        let text = Self.file("  - {name: one, jobs: [{name: a, component: b}]}")
        try await RunLoopTests.with(executor) { fixture in
            let run = try await fixture.service.create(fixture.request(text))
            let state = try await fixture.service.advance(run, observer: nil)
            #expect(state.jobs[0].state == .failed)
            #expect(state.jobs[0].reason == "log-limit: it printed more than 256 MiB")
        }
    }
}
