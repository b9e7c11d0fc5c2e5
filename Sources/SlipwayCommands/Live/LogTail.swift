import Domain
import Runs
import Workflows

/// Reads the log of one attempt for a pane: its last lines first, then what comes.
struct LogTail {
    let id: AttemptID
    private let logs: LogStore
    private var offset: Int64?
    private var joiner = LineJoiner()

    /// Lines of the past that are read at first, and bytes that are read at once.
    private static let backlog = 2000
    private static let pageBytes = 256 << 10
    private static let columnLimit = 1000

    init(_ id: AttemptID, in logs: LogStore) {
        self.id = id
        self.logs = logs
    }

    /// What is new, as texts that cannot command a terminal. Blocks.
    mutating func next() throws -> [String] {
        guard let reader = try logs.reader(id) else { return [] }
        let start = try offset ?? reader.tail(lines: Self.backlog)
        let page = try reader.read(from: start, limit: Self.pageBytes)
        offset = page.nextOffset
        return page.lines.compactMap { joiner.take($0) }.map(Self.text)
    }

    /// The last line of an attempt that has ended; empty when it printed nothing. Blocks.
    static func last(of id: AttemptID, in logs: LogStore) throws -> String {
        guard let reader = try logs.reader(id) else { return "" }
        var tail = LogTail(id, in: logs)
        // The last few, since the very last are often empty.
        tail.offset = try reader.tail(lines: 5)
        let lines = try tail.next() + tail.joiner.rest().map(Self.text)
        return lines.last { !$0.allSatisfy { $0 == " " } } ?? ""
    }

    private static func text(_ line: LogLine) -> String {
        // A scalar has at most four bytes.
        let bytes = line.text.prefix(columnLimit * 4)
        let text = TerminalText.line(String(decoding: bytes, as: UTF8.self))
        return String(String.UnicodeScalarView(text.unicodeScalars.prefix(columnLimit)))
    }
}
