package import Domain
package import Workflows

/// A line of a stored log, or a piece of a long one; masked.
package struct LogLine: Hashable, Sendable {
    package let time: Timestamp
    package let stream: LogChunk.Stream
    /// Raw bytes without the line's end; they need not be UTF-8.
    package let text: [UInt8]
    /// False for a piece of a line that goes on in the next piece of this stream.
    package let endsLine: Bool
    /// Where the line stands in the log; reading can begin here.
    package let offset: Int64

    package init(
        time: Timestamp, stream: LogChunk.Stream, text: [UInt8], endsLine: Bool, offset: Int64
    ) {
        self.time = time
        self.stream = stream
        self.text = text
        self.endsLine = endsLine
        self.offset = offset
    }
}

/// What one reading of a log gave.
package struct LogPage: Hashable, Sendable {
    package let lines: [LogLine]
    /// Where to go on.
    package let nextOffset: Int64
    /// Nothing will follow.
    package let isComplete: Bool
}
