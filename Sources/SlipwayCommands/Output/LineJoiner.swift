import Runs
import Workflows

/// Puts the pieces of long lines together again; the two streams may alternate between them.
struct LineJoiner {
    private var pending: [LogChunk.Stream: LogLine] = [:]

    /// A line that is longer than this comes in parts.
    private static let limit = 1 << 20

    /// The line that this piece ends; nil for a piece in the middle.
    mutating func take(_ piece: LogLine) -> LogLine? {
        guard let start = pending.removeValue(forKey: piece.stream) else {
            if piece.endsLine { return piece }
            pending[piece.stream] = piece
            return nil
        }
        let joined = LogLine(
            time: start.time, stream: start.stream, text: start.text + piece.text,
            endsLine: piece.endsLine, offset: start.offset)
        if joined.endsLine || joined.text.count > Self.limit { return joined }
        pending[piece.stream] = joined
        return nil
    }

    /// What never ended, when nothing more will come. Pieces that are in no log have no offset.
    mutating func rest() -> [LogLine] {
        defer { pending = [:] }
        return pending.values.sorted { ($0.offset, $0.time) < ($1.offset, $1.time) }
    }
}
