import Domain
import Storage
import Testing
import Workflows

@testable import Runs

/// Masks one word wherever pieces are cut; holds back what may begin it.
struct WordMask: LogMask {
    private let word = Array("secret".utf8)
    private var held: [UInt8] = []

    mutating func push(_ bytes: [UInt8]) -> [UInt8] {
        held += bytes
        var shown: [UInt8] = []
        while !held.isEmpty {
            if held.starts(with: word) {
                shown += Array("***".utf8)
                held.removeFirst(word.count)
            } else if word.starts(with: held) {
                break
            } else {
                shown.append(held.removeFirst())
            }
        }
        return shown
    }

    mutating func finish() -> [UInt8] {
        defer { held = [] }
        return held
    }

    mutating func cut() -> [UInt8] {
        let rest = finish()
        return rest.count < 4 ? rest : Array("***".utf8)
    }
}

/// What the tests of logs share.
enum LogFixture {
    static let id = AttemptID(
        run: RunID(at: Timestamp(microseconds: 0), random: (1, 2)), leg: 3, number: 1)
    static let base: Int64 = 1_795_000_000_123_456

    static func chunk(
        _ text: String, _ stream: LogChunk.Stream = .output, _ time: Int64 = 0,
        endsLine: Bool = true
    ) -> LogChunk {
        LogChunk(
            stream: stream, time: Timestamp(microseconds: base + time), bytes: Array(text.utf8),
            endsLine: endsLine)
    }

    static func folder(_ path: String) -> String { "\(path)/\(id.run)/3-1" }

    /// All bytes of the segments, in order.
    static func stored(_ path: String) throws -> [UInt8] {
        let folder = folder(path)
        return try Files.list(folder).flatMap {
            try Files.readFile("\(folder)/\($0)", limit: 1 << 24)
        }
    }

    static func lines(
        _ store: LogStore, from offset: Int64 = 0
    ) throws -> (lines: [LogLine], isComplete: Bool) {
        let reader = try #require(try store.reader(id))
        var lines: [LogLine] = []
        var page = try reader.read(from: offset)
        while !page.lines.isEmpty {
            lines += page.lines
            if page.isComplete { break }
            page = try reader.read(from: page.nextOffset)
        }
        return (lines, page.isComplete)
    }

    static func text(_ line: LogLine) -> String {
        String(decoding: line.text, as: UTF8.self)
    }
}
