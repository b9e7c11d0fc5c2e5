import Domain
import Storage
import Workflows

/// A container beside the job's, and how to find out whether it can be used.
struct Service: Sendable {
    let name: String
    let container: Container

    /// Longest wait between two questions.
    private static let longestPause = Duration.seconds(1)
    /// A question that gets no answer is asked again.
    private static let answerLimit = Duration.seconds(10)
    private static let quotedLines = 5

    /// Asks until the answer is yes. An error when it ends before that, or takes too long.
    func awaitReady(
        _ request: ServiceRequest, runtime: String, root: String, stop: StopFlag, threads: IOPool
    ) async throws {
        guard let ready = request.ready else { return }
        let deadline = Deadline(after: request.readyLimit)
        var pause = Duration.milliseconds(20)
        var answer = ""
        while true {
            try stop.check()
            try Task.checkCancellation()
            if container.ended.isOpen { throw failure("it ended before it was ready", answer) }
            let name = container.folder.name
            let result = try await threads.run {
                do {
                    return try Spawning.run(
                        runtime, ["--root", root, "exec", name] + ready, limit: Self.answerLimit)
                } catch StorageError.timedOut(_, let limit) {
                    return ToolResult(code: -1, message: "no answer within \(limit)")
                }
            }
            if result.code == 0 { return }
            answer = result.message
            if deadline.isOver {
                throw failure("it was not ready after \(request.readyLimit.text)", answer)
            }
            _ = await container.ended.wait(atMost: pause)
            pause = min(Self.longestPause, pause * 3 / 2)
        }
    }

    private func failure(_ why: String, _ answer: String) -> ExecutorError {
        var text = why
        // Either the runtime's own words, or what the command said: first the mistake, then often
        // how it is to be called.
        let asked =
            answer.contains("level=error msg=") ? RuntimeMessage.text(of: answer) : answer
        if !asked.isEmpty { text += "; asked, it said '\(Quotation.lines(of: asked))'" }
        let lines = RawLog.lastLines(
            of: container.folder.rawLogPath, count: Self.quotedLines)
        if !lines.isEmpty { text += "; its last lines:\n" + lines.joined(separator: "\n") }
        return .service(name, text)
    }
}
