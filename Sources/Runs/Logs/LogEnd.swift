import Glibc
import Storage

/// Where writing begins in a log that may have been left in any state.
struct LogEnd {
    let file: OpenFile
    let segmentStart: Int64
    /// Where the next record goes, or where the end mark stands.
    let position: Int64
    let isComplete: Bool

    /// Cuts off a torn record, and the end mark unless it is kept. With `keepsEndMark` the source
    /// repeats all, so what follows a gap, as a power failure leaves it, is written anew.
    init(opening folder: String, keepsEndMark: Bool) throws {
        let segments = try LogSegments(folder: folder)
        var last = segments.starts.count - 1
        if keepsEndMark, let gap = try Self.gap(in: segments) {
            for start in segments.starts[(gap + 1)...] {
                try Files.remove(LogSegments.path(folder, start))
            }
            last = gap
        }
        segmentStart = last >= 0 ? segments.starts[last] : 0
        file = try Self.open(folder, segmentStart)
        let size = try file.status().size
        let end: (count: Int64, hasMark: Bool) =
            last >= 0 ? try Self.end(of: segments.open(last), size) : (0, false)
        isComplete = end.hasMark && keepsEndMark
        let kept = end.hasMark ? end.count - Int64(LogRecord.endMark.count) : end.count
        position = segmentStart + kept
        let keptWithMark = isComplete ? end.count : kept
        if keptWithMark < size { try file.truncate(to: keptWithMark) }
    }

    /// Opens a segment for writing at its end; makes it where it is missing.
    static func open(_ folder: String, _ start: Int64) throws -> OpenFile {
        try Files.open(
            LogSegments.path(folder, start), O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW)
    }

    /// The first segment that ends elsewhere than the next begins.
    private static func gap(in segments: LogSegments) throws -> Int? {
        for index in segments.starts.indices.dropLast() {
            let size = try segments.open(index).status().size
            if segments.starts[index] + size != segments.starts[index + 1] { return index }
        }
        return nil
    }

    /// How much of a segment is whole records, and whether the last is the end mark.
    private static func end(
        of file: OpenFile, _ size: Int64
    ) throws -> (count: Int64, hasMark: Bool) {
        var windowEnd = size
        while windowEnd > 0 {
            let windowStart = max(0, windowEnd - Int64(LogRecord.countLimit))
            let bytes = try file.read(Int(windowEnd - windowStart), at: windowStart)
            if let feed = bytes.lastIndex(of: 0x0a) {
                let count = windowStart + Int64(feed) + 1
                let mark = [0x0a] + LogRecord.endMark
                let tail = try file.read(mark.count, at: max(0, count - Int64(mark.count)))
                return (count, tail == mark || (count == 4 && tail.starts(with: mark[1...])))
            }
            windowEnd = windowStart
        }
        return (0, false)
    }
}
