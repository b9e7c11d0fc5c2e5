import Domain
package import Storage
import Workflows

/// Reads the log of one attempt while it is written, or long after.
///
/// A follower gets the backlog first, then what comes, without a gap between:
///
///     var offset: Int64 = 0
///     repeat {
///         page = try await reader.next(from: offset) { hasRunEnded }
///         show(page.lines)
///         offset = page.nextOffset
///     } while !page.isComplete
///
/// A reader holds nothing open between calls, so any number of them cost nothing.
package struct LogReader: Sendable {
    private let folder: String

    init(folder: String) {
        self.folder = folder
    }

    /// Reads whole records that begin at `offset` or after it, about `limit` bytes of them (one
    /// record is given whatever the limit). An offset within a record means the next one.
    ///
    /// No lines and an unchanged offset: there is nothing more now. Blocks; belongs on `IOPool`.
    /// Lines that are no records are passed over.
    package func read(from offset: Int64, limit: Int = 256 << 10) throws -> LogPage {
        // Listed before reading: a segment that has a successor by now is complete by now.
        let segments = try LogSegments(folder: folder)
        guard let first = segments.starts.first else {
            return LogPage(lines: [], nextOffset: offset, isComplete: false)
        }
        var offset = max(first, offset)
        var index = segments.index(holding: offset) ?? 0
        while true {
            let page = try page(segments, index, offset, limit)
            if !page.lines.isEmpty || page.isComplete { return page }
            if page.nextOffset > offset {
                offset = page.nextOffset
            } else if index + 1 < segments.starts.count {
                // Records never span segments, so what is left of this one is no record.
                index += 1
                offset = segments.starts[index]
            } else {
                return page
            }
        }
    }

    /// Waits until there is more to read at `offset`, or nothing will come: then the page is
    /// complete, and may be empty. The log has ended when it has its end mark, or when `hasEnded`
    /// says so and all that was written before is read.
    ///
    /// It looks every 100 ms: this works for any file system and any number of processes, and
    /// costs two system calls. Throws `CancellationError` when the task is cancelled.
    package func next(
        from offset: Int64, limit: Int = 256 << 10, interval: Duration = .milliseconds(100),
        pool: IOPool = .shared, hasEnded: () async throws -> Bool
    ) async throws -> LogPage {
        while true {
            // Asked before the read: what was written before the end is then read for certain.
            let isLast = try await hasEnded()
            let page = try await pool.run { try read(from: offset, limit: limit) }
            if !page.lines.isEmpty || page.isComplete { return page }
            if isLast {
                return LogPage(lines: [], nextOffset: page.nextOffset, isComplete: true)
            }
            try await Task.sleep(for: interval)
        }
    }

    /// Where the last `lines` lines begin; a long line counts once, whatever its pieces. A line
    /// that has not ended yet is not counted. Reading from there gives them. Blocks.
    package func tail(lines: Int) throws -> Int64 {
        let segments = try LogSegments(folder: folder)
        var wanted = max(0, lines)
        for index in segments.starts.indices.reversed() {
            let file = try segments.open(index)
            let size = try file.status().size
            var window: Int64 = 256 << 10
            while true {
                let start = max(0, size - window)
                let ends = try lineEnds(file, from: start, to: size)
                if ends.count > wanted {
                    return segments.starts[index] + ends[ends.count - wanted - 1]
                }
                if start == 0 {
                    wanted -= ends.count
                    break
                }
                window *= 4
            }
        }
        return 0
    }

    private func page(
        _ segments: LogSegments, _ index: Int, _ offset: Int64, _ limit: Int
    ) throws -> LogPage {
        let start = segments.starts[index]
        // The byte before tells whether the offset is a record's beginning.
        let before: Int64 = offset > start ? 1 : 0
        let count = max(limit, LogRecord.countLimit) + Int(before)
        let base = offset - before
        let bytes = try segments.open(index).read(count, at: base - start)
        var lines: [LogLine] = []
        var isComplete = false
        var place = 0
        if before > 0 { place = (bytes.firstIndex(of: 0x0a) ?? bytes.count) + 1 }
        while !isComplete, place < bytes.count, let feed = bytes[place...].firstLineFeed {
            let record = bytes[place..<feed]
            if record.elementsEqual(LogRecord.endMark.dropLast()) {
                isComplete = true
            } else if let line = LogRecord.line(record, offset: base + Int64(place)) {
                lines.append(line)
            }
            place = feed + 1
        }
        var next = base + Int64(min(place, bytes.count))
        // So many bytes without a line feed are no record.
        if next <= offset, bytes.count == count { next = base + Int64(count) }
        return LogPage(lines: lines, nextOffset: max(offset, next), isComplete: isComplete)
    }

    /// The ends of records that end a line, as offsets in the segment.
    private func lineEnds(_ file: OpenFile, from start: Int64, to end: Int64) throws -> [Int64] {
        let bytes = try file.read(Int(end - start), at: start)
        var ends: [Int64] = []
        var place = 0
        if start > 0 { place = (bytes.firstIndex(of: 0x0a) ?? bytes.count - 1) + 1 }
        while let feed = bytes[place...].firstLineFeed {
            if LogRecord.endsLine(bytes[place..<feed]) { ends.append(start + Int64(feed) + 1) }
            place = feed + 1
        }
        return ends
    }
}
