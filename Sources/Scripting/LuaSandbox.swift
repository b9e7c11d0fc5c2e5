import CLuaSandbox
import Domain
import Storage
import Synchronization

/// Evaluates hooks in a small pool of child processes.
///
/// - A worker is started when one is needed and none is idle; it serves one hook at a time, each
///   in a fresh Lua state, and is kept afterwards.
/// - A worker that has not answered at the time limit is killed and reaped; so is one whose answer
///   is not understood. The next hook gets a new one.
/// - A worker ends when its end of the socket closes, so none outlives this process.
/// - `shutdown` ends them all.
package final class LuaSandbox: Sendable {
    private struct Content {
        var idle: [WorkerProcess] = []
        var busy: [WorkerProcess] = []
        var isClosed = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let workerPath: String
    private let workerArguments: [String]
    private let limits: LuaLimits
    private let pool: IOPool
    private let content = Mutex(Content())

    /// The worker is a program that calls `LuaWorker.run`; `width` of them work at once.
    package init(
        workerPath: String, workerArguments: [String], width: Int = 2,
        limits: LuaLimits = .standard
    ) {
        self.workerPath = workerPath
        self.workerArguments = workerArguments
        self.limits = limits
        pool = IOPool(width: width)
    }

    /// Evaluates one hook. Never throws: an error or a limit is a failed outcome, a lost worker
    /// a lost one.
    package func evaluate(_ request: LuaRequest) async -> LuaOutcome {
        let frame = LuaFrames.request(request, limits)
        guard frame.count <= LuaFrames.requestLimit else {
            return .failed("\(request.name): the hook and its data exceed 16 MiB", log: [])
        }
        do {
            return try await pool.run { [self] in
                let worker = try take()
                defer { giveBack(worker) }
                return try worker.exchange(frame, limit: .milliseconds(limits.timeMilliseconds)) {
                    (answer) throws(WorkerLoss) in try LuaFrames.outcome(answer, limits)
                }
            }
        } catch WorkerLoss.tooSlow {
            return .failed(limits.timeMessage, log: [])
        } catch {
            return .lost("\(error)")
        }
    }

    /// Lets the hooks that run now end, then ends the workers. Hooks that come later fail.
    package func shutdown() async {
        let idle = content.withLock { content in
            content.isClosed = true
            defer { content.idle = [] }
            return content.idle
        }
        for worker in idle { worker.end() }
        await withCheckedContinuation { continuation in
            let isDone = content.withLock { content in
                if content.busy.isEmpty { return true }
                content.waiting.append(continuation)
                return false
            }
            if isDone { continuation.resume() }
        }
    }

    /// The process ids of the workers, idle and busy.
    package var workers: [Int32] {
        content.withLock { content in (content.idle + content.busy).map(\.pid) }
    }

    /// Parses a hook in this process and runs nothing; nil when it is Lua.
    package static func problem(in source: String, _ kind: LuaRequest.Kind) -> LuaProblem? {
        var line: Int32 = 1
        var message = [CChar](repeating: 0, count: 512)
        let bytes = source.utf8.map { CChar(bitPattern: $0) }
        let failed = unsafe slipway_lua_check(
            bytes, bytes.count, kind == .expression ? 1 : 0, &line, &message, message.count)
        guard failed != 0 else { return nil }
        let text = message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        return LuaProblem(line: Int(line), message: String(decoding: text, as: UTF8.self))
    }

    private func take() throws(WorkerLoss) -> WorkerProcess {
        while true {
            let found = try content.withLock { content throws(WorkerLoss) -> WorkerProcess? in
                guard !content.isClosed else { throw .shutDown }
                guard let worker = content.idle.popLast() else { return nil }
                content.busy.append(worker)
                return worker
            }
            guard let worker = found else { break }
            if worker.isIdle { return worker }
            // It was lost between two hooks: no hook of ours is to blame.
            worker.end()
            giveBack(worker)
        }
        let worker = try WorkerProcess(path: workerPath, arguments: workerArguments)
        content.withLock { $0.busy.append(worker) }
        return worker
    }

    private func giveBack(_ worker: WorkerProcess) {
        let isOver = content.withLock { content in
            content.busy.removeAll { $0 === worker }
            if content.isClosed || worker.hasEnded { return true }
            content.idle.append(worker)
            return false
        }
        if isOver { worker.end() }
        let waiting = content.withLock { content -> [CheckedContinuation<Void, Never>] in
            guard content.isClosed, content.busy.isEmpty else { return [] }
            defer { content.waiting = [] }
            return content.waiting
        }
        for continuation in waiting { continuation.resume() }
    }
}
