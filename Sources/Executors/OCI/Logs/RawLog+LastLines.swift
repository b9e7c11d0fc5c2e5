import Domain
import Storage
import Workflows

extension RawLog {
    /// How much of a log's end is looked at, in bytes.
    private static let endBytes = 16 << 10

    /// The last lines of a log, at most `count`; none when it cannot be read.
    ///
    /// A line is joined from conmon's pieces, and quoted as a whole or told by its size, since
    /// what masks secrets knows whole ones alone: one over 300 bytes, one that began before the
    /// last 16 KiB, and one without an end. A container may have been ended within that, so its
    /// own end makes no line whole.
    static func lastLines(of path: String, count: Int) -> [String] {
        let bytes: [UInt8]
        let isWhole: Bool
        do {
            let file = try Files.open(path)
            let start = max(0, try file.status().size - Int64(endBytes))
            isWhole = start == 0
            bytes = try file.read(endBytes, at: start)
        } catch {
            return []
        }
        var records = bytes.split(separator: 0x0a, omittingEmptySubsequences: false)
        // What follows the last line feed is a record that is being written, or nothing.
        records.removeLast()
        if !isWhole { records = Array(records.dropFirst()) }
        var output = Line(isCut: !isWhole)
        var error = output
        var lines: [String] = []
        for record in records {
            guard let chunk = parse(record) else { continue }
            switch chunk.stream {
            case .output: output.add(chunk, to: &lines)
            case .error: error.add(chunk, to: &lines)
            }
        }
        for line in [output, error] where !line.bytes.isEmpty {
            lines.append(line.quoted(isCut: true))
        }
        return lines.suffix(count)
    }

    /// A line of one stream, as far as it is known.
    private struct Line {
        var bytes: [UInt8] = []
        /// Its beginning is not known.
        var isCut: Bool

        mutating func add(_ chunk: LogChunk, to lines: inout [String]) {
            bytes += chunk.bytes
            guard chunk.endsLine else { return }
            lines.append(quoted(isCut: isCut))
            self = Line(isCut: false)
        }

        func quoted(isCut: Bool) -> String {
            isCut ? "(\(bytes.count) bytes of a line)" : Quotation.line(bytes)
        }
    }
}
