import CLinux
import Glibc
import Storage
import Synchronization

/// Why a worker gave no answer.
enum WorkerLoss: Error, Hashable, CustomStringConvertible {
    case notStarted(String)
    case tooSlow
    case ended(code: Int32)
    case notUnderstood
    case shutDown

    var description: String {
        switch self {
        case .notStarted(let why): "the hook worker did not start: \(why)"
        case .tooSlow: "the hook worker took too long"
        case .ended(let code) where code > 128: "the hook worker was lost (signal \(code - 128))"
        case .ended(let code): "the hook worker was lost (exit code \(code))"
        case .notUnderstood: "the hook worker gave an answer that is not understood"
        case .shutDown: "the Lua sandbox is shut down"
        }
    }
}

/// One child process that evaluates hooks, one after another.
///
/// It is killed and reaped by `end`, at the latest when the last reference goes. All but `end` and
/// the properties is for one thread at a time, and blocks.
final class WorkerProcess: Sendable {
    let pid: pid_t
    private let channel: WorkerChannel
    private let exitCode = Mutex<Int32?>(nil)
    /// The worker's own guard comes first, where it can: then the worker can be kept.
    private static let grace = Duration.milliseconds(100)
    private static let startLimit = Duration.seconds(10)
    private static let transferLimit = Duration.seconds(10)

    /// Starts the process and waits until it is ready.
    init(path: String, arguments: [String]) throws(WorkerLoss) {
        do {
            let theirs: Int32
            (channel, theirs) = try WorkerChannel.pair()
            defer { close(theirs) }
            pid = try Spawning.start(
                path, arguments,
                descriptors: [
                    slipway_descriptor(source: theirs, target: 0),
                    slipway_descriptor(source: theirs, target: 1),
                ])
        } catch {
            throw .notStarted("\(error)")
        }
        do {
            let deadline = ContinuousClock.now + Self.startLimit
            guard try channel.receiveFrame(until: deadline).isEmpty else {
                throw ChannelError.malformed
            }
        } catch {
            throw .notStarted("'\(path)' is not ready (\(error), exit code \(end()))")
        }
    }

    deinit {
        end()
    }

    /// Sends a request, waits for the answer and reads it. The worker is over when this throws.
    func exchange<Answer>(
        _ request: [UInt8], limit: Duration, read: ([UInt8]) throws(WorkerLoss) -> Answer
    ) throws(WorkerLoss) -> Answer {
        do {
            try channel.sendFrame(request, until: ContinuousClock.now + Self.transferLimit)
            let deadline = ContinuousClock.now + limit + Self.grace
            return try read(try channel.receiveFrame(until: deadline))
        } catch {
            let code = end()
            switch error {
            case ChannelError.timeout: throw .tooSlow
            // Its own timer ended it, while we were not running.
            case ChannelError.closed where code == 128 + SIGALRM: throw .tooSlow
            case ChannelError.closed: throw .ended(code: code)
            default: throw .notUnderstood
            }
        }
    }

    /// Whether it waits for a request: alive, and with nothing to say.
    var isIdle: Bool { !hasEnded && channel.isQuiet }

    var hasEnded: Bool { exitCode.withLock { $0 != nil } }

    /// Kills and reaps the process; gives its exit code, or 128 and the signal. More calls are
    /// harmless.
    @discardableResult
    func end() -> Int32 {
        exitCode.withLock { exitCode in
            if let exitCode { return exitCode }
            // It is our child and not yet reaped, so that the number is still its own.
            kill(pid, SIGKILL)
            let code = slipway_wait(pid)
            exitCode = code
            return code
        }
    }
}
