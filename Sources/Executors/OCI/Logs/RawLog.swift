import Domain
import Storage
import Synchronization
import Workflows

/// Follows conmon's log of one container: `TIME STREAM P|F BYTES` a line, where `P` marks a piece
/// of a longer line (conmon(8), `k8s-file`).
final class RawLog: LogSource {
    private struct State {
        var offset: Int64 = 0
        var rest: [UInt8] = []
        var file: OpenFile?
    }

    private let path: String
    private let limitBytes: Int64
    private let changed: Signal
    private let hasEnded: @Sendable () -> Bool
    private let isLeft: @Sendable () -> Bool
    private let onLimit: @Sendable () -> Void
    private let state = Mutex(State())

    /// `changed` is raised when the file grew, or the container ended or was left.
    init(
        path: String, limitBytes: Int64, changed: Signal,
        hasEnded: @escaping @Sendable () -> Bool, isLeft: @escaping @Sendable () -> Bool,
        onLimit: @escaping @Sendable () -> Void
    ) {
        self.path = path
        self.limitBytes = limitBytes
        self.changed = changed
        self.hasEnded = hasEnded
        self.isLeft = isLeft
        self.onLimit = onLimit
    }

    func next() async throws -> [LogChunk] {
        while true {
            if isLeft() { throw ExecutorError.left }
            // Asked before the read: what was written before the end is then read for certain.
            let isLast = hasEnded()
            let chunks = try await IOPool.shared.run { try self.read() }
            if !chunks.isEmpty { return chunks }
            if isLast { return [] }
            await changed.wait()
        }
    }

    private func read() throws -> [LogChunk] {
        var state = state.withLock { $0 }
        defer { self.state.withLock { $0 = state } }
        if state.file == nil {
            guard Files.exists(path) else { return [] }
            state.file = try Files.open(path)
        }
        guard let file = state.file, state.offset < limitBytes else { return [] }
        let bytes = try file.read(1 << 18, at: state.offset)
        state.offset += Int64(bytes.count)
        if state.offset >= limitBytes { onLimit() }
        state.rest += bytes
        var chunks: [LogChunk] = []
        var start = state.rest.startIndex
        while let end = state.rest[start...].firstLineFeed {
            if let chunk = Self.parse(state.rest[start..<end]) { chunks.append(chunk) }
            start = end + 1
        }
        state.rest.removeFirst(start)
        // conmon writes pieces of at most 8 KiB: anything longer is not its log.
        if state.rest.count > 1 << 20 { state.rest = [] }
        return chunks
    }

    /// One line of the log; nil when it is not one.
    static func parse(_ line: ArraySlice<UInt8>) -> LogChunk? {
        guard let first = line.firstIndex(of: 0x20), line.count >= first - line.startIndex + 10
        else { return nil }
        let rest = line[(first + 1)...]
        let stream: LogChunk.Stream = rest.starts(with: "stderr".utf8) ? .error : .output
        let tag = rest.startIndex + 7
        guard rest.count >= 8, rest[tag - 1] == 0x20 else { return nil }
        let text = rest.dropFirst(9)
        return LogChunk(
            stream: stream, time: time(line[..<first]), bytes: Array(text),
            endsLine: rest[tag] == UInt8(ascii: "F"))
    }

    /// `2026-11-24T12:00:05.123456789+00:00`, with any offset.
    private static func time(_ text: ArraySlice<UInt8>) -> Timestamp {
        let base = text.startIndex
        guard text.count >= 29 else { return Timestamp(microseconds: 0) }
        func number(_ start: Int, _ count: Int) -> Int64 {
            text[base + start..<base + start + count].reduce(0) { $0 * 10 + Int64($1) - 48 }
        }
        var seconds = CivilDate.seconds(
            year: number(0, 4), month: number(5, 2), day: number(8, 2))
        seconds += number(11, 2) * 3600 + number(14, 2) * 60 + number(17, 2)
        let zone = text.count - 6
        let shift = number(zone + 1, 2) * 3600 + number(zone + 4, 2) * 60
        seconds += text[base + zone] == UInt8(ascii: "-") ? shift : -shift
        return Timestamp(microseconds: seconds * 1_000_000 + number(20, 6))
    }
}
