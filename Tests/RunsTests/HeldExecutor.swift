import Domain
import Storage
import Synchronization
import TestSupport
import Testing
import Workflows

@testable import Runs

/// An executor whose attempts start, end and are found again when the test says so.
final class HeldExecutor: JobExecutor {
    private struct Content {
        var started: [AttemptID] = []
        var adopted: [AttemptID] = []
        var collected: [AttemptID] = []
        var mayStart = false
        var hasEnded: Set<Int> = []
    }

    private let content: Mutex<Content>

    init(mayStart: Bool) {
        content = Mutex(Content(mayStart: mayStart))
    }

    var started: [AttemptID] { content.withLock { $0.started } }
    var adopted: [AttemptID] { content.withLock { $0.adopted } }
    var collected: [AttemptID] { content.withLock { $0.collected } }

    func letStart() { content.withLock { $0.mayStart = true } }
    func end(leg: Int) { content.withLock { _ = $0.hasEnded.insert(leg) } }
    func endAll() { content.withLock { $0.hasEnded.formUnion(0..<100) } }

    func wait(forStarts count: Int) async throws {
        let isThere: Bool? = try await eventually { started.count >= count ? true : nil }
        try #require(isThere == true)
    }

    /// Asks until something holds.
    private func wait(_ condition: (Content) -> Bool) async {
        while !content.withLock({ condition($0) }), !Task.isCancelled {
            do { try await Task.sleep(for: .milliseconds(2)) } catch { return }
        }
    }

    func start(_ attempt: AttemptRequest) async throws(ExecutorError) -> AttemptHandle {
        content.withLock { $0.started.append(attempt.id) }
        await wait { $0.mayStart }
        return AttemptHandle(id: attempt.id, startedAt: nil)
    }

    func adopt(
        _ attempt: AttemptRequest
    ) async throws(ExecutorError) -> AttemptHandle? {
        content.withLock { $0.adopted.append(attempt.id) }
        return AttemptHandle(id: attempt.id, startedAt: nil)
    }

    func logs(_ handle: AttemptHandle) -> AttemptLogs {
        AttemptLogs(
            job: Silence { [self] in await wait { $0.hasEnded.contains(handle.id.leg) } })
    }

    func cancel(_ handle: AttemptHandle, grace: Duration) async { end(leg: handle.id.leg) }

    func collect(
        _ handle: AttemptHandle
    ) async throws(ExecutorError) -> AttemptResult {
        content.withLock { $0.collected.append(handle.id) }
        return NoOpExecutor.success
    }

    func discard(_ id: AttemptID) async {}
    func release(_ run: RunID) {}
}

private struct Silence: LogSource {
    let ended: @Sendable () async -> Void

    func next() async throws -> [LogChunk] {
        await ended()
        return []
    }
}

extension HeldExecutor {
    static let text = """
        slipway: 1
        name: demo
        stages:
          - name: s
            jobs:
              - {name: a, component: b, shards: 4}
        """

    static func with(
        _ executor: HeldExecutor, slots: Int = 2,
        _ body: (RunLoopTests.Fixture, RunService, OwnedRun) async throws -> Void
    ) async throws {
        try await RunLoopTests.with(executor) { fixture in
            let service = fixture.service
            let run = try await service.create(try fixture.request(Self.text, slots: slots))
            try await body(fixture, service, run)
        }
    }
}
