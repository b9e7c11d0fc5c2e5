import Domain
import Glibc
import Storage

/// Why a frame did not come or go.
enum ChannelError: Error, CustomStringConvertible {
    case timeout
    case closed
    case malformed

    var description: String {
        switch self {
        case .timeout: "no answer in time"
        case .closed: "it ended"
        case .malformed: "it said something else"
        }
    }
}

/// Our end of the socket to a worker: frames of four bytes of length, highest first, and content.
/// Every call has a deadline.
struct WorkerChannel: Sendable {
    private let file: OpenFile

    /// A channel and the worker's end of it, both closed on exec. That end is the caller's to
    /// close, since we see that the worker is gone only after that.
    static func pair() throws -> (WorkerChannel, theirs: Int32) {
        var ends: [Int32] = [-1, -1]
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        guard unsafe socketpair(AF_UNIX, kind, 0, &ends) == 0 else {
            throw StorageError.system(operation: "socketpair", path: "", errno: errno)
        }
        return (WorkerChannel(file: OpenFile(descriptor: ends[0], path: "socket")), ends[1])
    }

    /// Whether the other end is open and has sent nothing that we did not read.
    var isQuiet: Bool {
        var entry = pollfd(fd: file.descriptor, events: Int16(POLLIN), revents: 0)
        return unsafe poll(&entry, 1, 0) == 0
    }

    func sendFrame(
        _ content: [UInt8], until deadline: ContinuousClock.Instant
    ) throws(ChannelError) {
        let head = (0..<4).map { UInt8(truncatingIfNeeded: content.count >> (24 - 8 * $0)) }
        let bytes = head + content
        var sent = 0
        while sent < bytes.count {
            try wait(for: POLLOUT, until: deadline)
            // No signal when the worker is gone; and never more than fits.
            let count = unsafe bytes.withUnsafeBytes { buffer in
                let rest = unsafe UnsafeRawBufferPointer(rebasing: buffer[sent...])
                return unsafe send(
                    file.descriptor, rest.baseAddress, rest.count,
                    Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
            }
            if count < 0, errno != EAGAIN, errno != EINTR { throw .closed }
            sent += max(0, count)
        }
    }

    func receiveFrame(until deadline: ContinuousClock.Instant) throws(ChannelError) -> [UInt8] {
        let head = try receive(4, until: deadline)
        let count = head.reduce(0) { $0 << 8 | Int($1) }
        guard count <= LuaFrames.answerLimit else { throw .malformed }
        return try receive(count, until: deadline)
    }

    private func receive(
        _ count: Int, until deadline: ContinuousClock.Instant
    ) throws(ChannelError) -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count {
            try wait(for: POLLIN, until: deadline)
            let piece: [UInt8]
            do {
                piece = try file.read(min(count - bytes.count, 1 << 16))
            } catch {
                throw .closed
            }
            if piece.isEmpty { throw .closed }
            bytes += piece
        }
        return bytes
    }

    private func wait(
        for event: Int32, until deadline: ContinuousClock.Instant
    ) throws(ChannelError) {
        var entry = pollfd(fd: file.descriptor, events: Int16(event), revents: 0)
        while true {
            let left = ContinuousClock.now.duration(to: deadline)
            guard left > .zero else { throw .timeout }
            let result = unsafe poll(&entry, 1, Int32(left.milliseconds) + 1)
            if result > 0 { return }
            if result < 0, errno != EINTR { throw .closed }
        }
    }
}
