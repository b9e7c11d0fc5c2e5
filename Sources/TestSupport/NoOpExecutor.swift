package import Domain
import Synchronization
package import Workflows

/// An executor that runs nothing: each attempt ends at once as `ending` says. For measuring and
/// testing what stands around attempts.
package final class NoOpExecutor: JobExecutor {
    private let ending: @Sendable (AttemptRequest) -> AttemptResult
    private let results = Mutex<[AttemptID: AttemptResult]>([:])

    package init(
        ending: @escaping @Sendable (AttemptRequest) -> AttemptResult = { _ in NoOpExecutor.success
        }
    ) {
        self.ending = ending
    }

    package static var success: AttemptResult { result(.exited(code: 0)) }

    package static func result(
        _ ending: AttemptResult.Ending, file: String = ""
    ) -> AttemptResult {
        AttemptResult(
            ending: ending, endedAt: Timestamp(microseconds: 0), resultFile: Array(file.utf8),
            artifacts: [:], artifactProblems: [:])
    }

    package func start(_ attempt: AttemptRequest) async throws(ExecutorError) -> AttemptHandle {
        let result = ending(attempt)
        results.withLock { $0[attempt.id] = result }
        return AttemptHandle(id: attempt.id, startedAt: nil)
    }

    package func adopt(_ attempt: AttemptRequest) async throws(ExecutorError) -> AttemptHandle? {
        nil
    }

    package func logs(_ handle: AttemptHandle) -> AttemptLogs { AttemptLogs(job: NoLog()) }
    package func cancel(_ handle: AttemptHandle, grace: Duration) async {}

    package func collect(
        _ handle: AttemptHandle
    ) async throws(ExecutorError) -> AttemptResult {
        results.withLock { $0.removeValue(forKey: handle.id) } ?? Self.success
    }

    package func discard(_ id: AttemptID) async {}
    package func release(_ run: RunID) {}
}

private struct NoLog: LogSource {
    func next() async -> [LogChunk] { [] }
}
