import Domain
import Glibc
import Storage
import Synchronization
package import Workflows

/// Writes the log of one attempt: masked, with time and stream.
///
/// - All records of an `append` go to the disk together, so that a flood costs few system calls;
///   after it returns, readers in any process see them.
/// - Each stream is masked by itself, and a line's pieces are masked as one text, so a secret is
///   found wherever the pieces of a long line were cut. At the end of a line nothing is held back;
///   what the end of the log cut off is masked where it may begin a secret.
/// - A record that a crash tore is cut off when the log is opened again. After an error nothing
///   more is taken: the log has to be opened again.
/// - Holds at most 256 KiB and one record beyond what the caller hands over.
///
/// All calls block; they belong on `IOPool`.
package final class LogWriter: Sendable {
    private struct State {
        var output: any LogMask
        var error: any LogMask
        var records = LogRecordWriter()
        var buffer: [UInt8] = []
        var file: OpenFile
        var segmentStart: Int64
        /// Where the buffer's first byte will stand in the log.
        var position: Int64
        /// Bytes that are stored already and that the source has still to repeat.
        var repeated: Int64
        /// Of the last piece.
        var time = Timestamp(microseconds: 0)
        var isComplete: Bool
        var hasFailed = false
    }

    private static let bufferLimit = 256 << 10

    private let folder: String
    private let segmentBytes: Int
    private let state: Mutex<State>

    init(folder: String, segmentBytes: Int, replays: Bool, mask: () -> any LogMask) throws {
        let end = try LogEnd(opening: folder, keepsEndMark: replays)
        self.folder = folder
        self.segmentBytes = segmentBytes
        state = Mutex(
            State(
                output: mask(), error: mask(), file: end.file, segmentStart: end.segmentStart,
                position: end.position, repeated: replays ? end.position : 0,
                isComplete: end.isComplete))
    }

    /// Stores pieces in their order.
    package func append(_ chunks: [LogChunk]) throws {
        try change { state in
            for chunk in chunks {
                state.time = chunk.time
                let text = Self.mask(chunk, &state)
                try add(text, chunk.stream, endsLine: chunk.endsLine, &state)
            }
            try flush(&state)
        }
    }

    /// The attempt has ended: stores what the masks hold back and the end mark, and waits until
    /// all is safe on the disk, so that the raw log may go.
    package func finish() throws {
        try change { state in
            // A line without an end: nobody knows whether its job was ended within it.
            try add(state.output.cut(), .output, endsLine: false, &state)
            try add(state.error.cut(), .error, endsLine: false, &state)
            if !state.isComplete { state.buffer += LogRecord.endMark }
            state.isComplete = true
            try flush(&state)
            let segments = try LogSegments(folder: folder)
            for index in segments.starts.indices { try segments.open(index).sync() }
            try Files.open(folder, O_RDONLY | O_DIRECTORY).sync()
        }
    }

    private func change(_ body: (inout State) throws -> Void) throws {
        try state.withLock { state in
            guard !state.hasFailed else {
                throw RunsError.logs("an earlier write to '\(folder)' failed")
            }
            state.hasFailed = true
            try body(&state)
            state.hasFailed = false
        }
    }

    private static func mask(_ chunk: LogChunk, _ state: inout State) -> [UInt8] {
        func mask(_ mask: inout any LogMask) -> [UInt8] {
            let text = mask.push(chunk.bytes)
            guard chunk.endsLine else { return text }
            let rest = mask.finish()
            return rest.isEmpty ? text : text + rest
        }
        switch chunk.stream {
        case .output: return mask(&state.output)
        case .error: return mask(&state.error)
        }
    }

    /// Adds a text as records: none is above the limit, none holds a line feed.
    private func add(
        _ text: [UInt8], _ stream: LogChunk.Stream, endsLine: Bool, _ state: inout State
    ) throws {
        var rest = text[...]
        while true {
            let piece = rest.prefix(LogRecord.textLimit)
            if let feed = piece.firstLineFeed {
                try addRecord(piece[..<feed], stream, endsLine: true, &state)
                rest = rest[(feed + 1)...]
            } else if piece.endIndex < rest.endIndex {
                try addRecord(piece, stream, endsLine: false, &state)
                rest = rest[piece.endIndex...]
            } else {
                guard endsLine || !piece.isEmpty else { return }
                return try addRecord(piece, stream, endsLine: endsLine, &state)
            }
        }
    }

    private func addRecord(
        _ text: ArraySlice<UInt8>, _ stream: LogChunk.Stream, endsLine: Bool,
        _ state: inout State
    ) throws {
        let count = LogRecord.headerCount + text.count + 1
        if state.repeated > 0 {
            state.repeated -= Int64(count)
            // The same pieces make the same records, so this comes out even. Should it not, the
            // record is stored whole: rather a part twice than a part lost.
            if state.repeated >= 0 { return }
            state.repeated = 0
        }
        if state.isComplete { return }
        let filled = Int(state.position - state.segmentStart) + state.buffer.count
        if filled > 0, filled + count > segmentBytes {
            try flush(&state)
            state.file = try LogEnd.open(folder, state.position)
            state.segmentStart = state.position
        }
        state.records.append(
            text, time: state.time, stream: stream, endsLine: endsLine, to: &state.buffer)
        if state.buffer.count >= Self.bufferLimit { try flush(&state) }
    }

    private func flush(_ state: inout State) throws {
        guard !state.buffer.isEmpty else { return }
        try state.file.write(state.buffer)
        state.position += Int64(state.buffer.count)
        state.buffer.removeAll(keepingCapacity: true)
    }
}
