import Domain
import Storage
import Synchronization
import TestSupport
import Testing
import Workflows

@testable import Runs

/// Who is told what of a run, on a real store.
struct NotificationTests {
    private final class Told: Sendable {
        private let content = Mutex<[RunNotification]>([])
        var all: [RunNotification] { content.withLock { $0 } }
        var lines: [String] {
            all.map { note in
                let message = note.document["message"]?.stringValue ?? ""
                return "\(note.to) \(note.document["state"]?.stringValue ?? ""): \(message)"
            }
        }

        func add(_ note: RunNotification) { content.withLock { $0.append(note) } }
    }

    /// A service on the fixture's store that remembers what it tells.
    private static func service(
        _ fixture: RunLoopTests.Fixture, _ told: Told, code: Int32 = 0
    ) -> RunService {
        RunService(
            database: fixture.database, blobs: BlobStore(path: fixture.home.blobsPath),
            home: fixture.home, images: RunLoopTests.EveryImage(),
            executor: NoOpExecutor { _ in
                NoOpExecutor.result(.exited(code: code), file: "X=7\n")
            },
            hooks: RunLoopTests.YesHooks(), masking: { _ in RunLoopTests.PlainMasking() },
            now: { Timestamp(microseconds: 1_000_000) }, tell: { told.add($0) })
    }

    private static let plain = """
        slipway: 1
        name: demo
        notify:
          - {to: good, on: [succeeded], message: "X is ${s.a.X} and ${run.state}"}
          - {to: bad, on: [failed, errored]}
          - {to: all}
        stages:
          - name: s
            jobs: [{name: a, component: b, outputs: [X]}]
          - name: e
            type: end
            notify: {to: late, message: "so far ${run.state}"}
            jobs: [{name: z, component: b, allow-failure: true}]
        """

    @Test(
        "the end of a run is told once, and that of an end stage before it",
        arguments: [
            (
                0,
                [
                    "late succeeded: so far succeeded", "good succeeded: X is 7 and succeeded",
                    "all succeeded: run 1 of demo succeeded",
                ]
            ),
            (
                1,
                [
                    "late failed: so far failed", "bad failed: run 1 of demo failed: ",
                    "all failed: run 1 of demo failed: ",
                ]
            ),
        ] as [(Int32, [String])])
    func ends(code: Int32, expected: [String]) async throws {
        try await RunLoopTests.with { fixture in
            let told = Told()
            let service = Self.service(fixture, told, code: code)
            let run = try await service.create(fixture.request(Self.plain))
            _ = try await service.advance(run, observer: nil)
            #expect(told.lines.count == expected.count)
            for (line, start) in zip(told.lines, expected) {
                #expect(line.hasPrefix(start), "\(line)")
            }
            let document = try #require(told.all.last).document
            #expect(document["id"]?.stringValue == run.id.text)
            #expect(document["number"] == 1)
            #expect(document["workflow"] == "demo")
            #expect(document["actor"] == "me")
            #expect(document["commit"] == .null)
            #expect((document["reason"] == .null) == (code == 0))
        }
    }

    private static let pauses = """
        slipway: 1
        name: demo
        notify: {to: team, on: [paused, failed, cancelled, succeeded], message: "${s.a.X}"}
        stages:
          - {name: first, type: pause, approvals: 2}
          - {name: second, type: pause}
          - {name: s, jobs: [{name: a, component: b, outputs: [X]}]}
        """

    @Test("each pause is told once, by whoever brought the run there; a value that is missing too")
    func pause() async throws {
        try await RunLoopTests.with { fixture in
            let told = Told()
            let service = Self.service(fixture, told)
            let run = try await service.create(fixture.request(Self.pauses))
            _ = try await service.advance(run, observer: nil)
            let first =
                "team paused: run 1 of demo waits for approval in first: slipway approve 1"
            #expect(told.lines == [first])
            #expect(told.all[0].problem?.contains("s.a.X") == true)
            #expect(told.all[0].document["stage"] == "first")
            func decide(_ actor: String, _ isApproval: Bool) async throws {
                _ = try await service.decide(
                    run.id, actor: actor, isApproval: isApproval, comment: "", groups: [:])
            }
            try await decide("ann", true)
            #expect(told.all.count == 1)
            // Who goes on with a run that still waits tells nothing anew.
            let again = try await service.open(run.id, secrets: [:], slots: 1)
            _ = try await service.advance(again, observer: nil)
            #expect(told.all.count == 1)
            try await decide("bob", true)
            #expect(told.all.count == 2)
            #expect(told.all[1].document["stage"] == "second")
            try await decide("ann", true)
            let last = try await service.open(run.id, secrets: [:], slots: 1)
            _ = try await service.advance(last, observer: nil)
            #expect(told.lines.last == "team succeeded: 7")
            #expect(told.all.count == 3)
        }
    }

    @Test("a run that is rejected or cancelled while nobody carries it is told of")
    func unowned() async throws {
        try await RunLoopTests.with { fixture in
            let told = Told()
            let service = Self.service(fixture, told)
            for isCancelled in [false, true] {
                let run = try await service.create(fixture.request(Self.pauses))
                _ = try await service.advance(run, observer: nil)
                if isCancelled {
                    _ = try await service.cancel(run.id, actor: "me", reason: "enough")
                } else {
                    _ = try await service.decide(
                        run.id, actor: "ann", isApproval: false, comment: "", groups: [:])
                }
                let state = try await service.load(run.id).state
                #expect(state.phase == (isCancelled ? .cancelled : .failed))
                #expect(told.all.last?.document["state"]?.stringValue == state.phase.rawValue)
                #expect(told.all.count == (isCancelled ? 4 : 2))
            }
        }
    }

    @Test("a file that tells nobody tells nobody")
    func silent() async throws {
        try await RunLoopTests.with { fixture in
            let told = Told()
            let service = Self.service(fixture, told)
            let text = "slipway: 1\nname: a\nstages: [{name: s, jobs: [{name: a, component: b}]}]\n"
            let run = try await service.create(fixture.request(text))
            _ = try await service.advance(run, observer: nil)
            #expect(told.all.isEmpty)
        }
    }
}
