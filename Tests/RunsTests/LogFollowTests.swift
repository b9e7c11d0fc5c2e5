import Domain
import Storage
import TestSupport
import Testing
import Workflows

@testable import Runs

struct LogFollowTests {
    @Test("two followers see all lines in order, each once, while the log is written")
    func follows() async throws {
        try await withTemporaryFolder { path in
            let store = LogStore(path: path, segmentBytes: 2000)
            let writer = try store.writer(LogFixture.id) { WordMask() }
            try writer.append([LogFixture.chunk("0")])
            let seen = try await withThrowingTaskGroup(of: [String].self) { group in
                for limit in [1, 1 << 20] {
                    group.addTask {
                        let reader = try #require(try store.reader(LogFixture.id))
                        var lines: [LogLine] = []
                        var page: LogPage
                        var offset: Int64 = 0
                        repeat {
                            page = try await reader.next(
                                from: offset, limit: limit, interval: .milliseconds(1)
                            ) { false }
                            lines += page.lines
                            offset = page.nextOffset
                        } while !page.isComplete
                        return lines.map(LogFixture.text)
                    }
                }
                group.addTask {
                    for number in 1..<1000 {
                        try writer.append([LogFixture.chunk(String(number))])
                        await Task.yield()
                    }
                    try writer.finish()
                    return []
                }
                return try await group.reduce(into: [[String]]()) {
                    if !$1.isEmpty { $0.append($1) }
                }
            }
            #expect(seen.count == 2)
            for lines in seen { #expect(lines == (0..<1000).map(String.init)) }
        }
    }

    @Test("a follower of a run that died ends after the last whole line")
    func followsToTheEnd() async throws {
        try await withTemporaryFolder { path in
            let store = LogStore(path: path)
            try store.writer(LogFixture.id) { NoMask() }.append([LogFixture.chunk("one")])
            let reader = try #require(try store.reader(LogFixture.id))
            let first = try await reader.next(from: 0) { true }
            #expect(first.lines.map(LogFixture.text) == ["one"] && !first.isComplete)
            let second = try await reader.next(from: first.nextOffset) { true }
            #expect(second.lines.isEmpty && second.isComplete)
        }
    }

    @Test("what is written just before the end is not lost")
    func followsRace() async throws {
        try await withTemporaryFolder { path in
            let store = LogStore(path: path)
            let writer = try store.writer(LogFixture.id) { NoMask() }
            let reader = try #require(try store.reader(LogFixture.id))
            // The run writes its last line while it is asked whether it has ended.
            let page = try await reader.next(from: 0) {
                try writer.append([LogFixture.chunk("last")])
                return true
            }
            #expect(page.lines.map(LogFixture.text) == ["last"])
        }
    }

    @Test("a follower whose task is cancelled stops waiting")
    func cancels() async throws {
        try await withTemporaryFolder { path in
            let store = LogStore(path: path)
            _ = try store.writer(LogFixture.id) { NoMask() }
            let reader = try #require(try store.reader(LogFixture.id))
            await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { _ = try await reader.next(from: 0) { false } }
                group.cancelAll()
                await #expect(throws: CancellationError.self) { try await group.waitForAll() }
            }
        }
    }

    @Test(
        "the tail of a log",
        arguments: [
            (0, ["open"]), (1, ["e", "open"]), (2, ["c", "d", "e", "open"]),
            (3, ["b", "c", "d", "e", "open"]), (4, ["a", "b", "c", "d", "e", "open"]),
            (9, ["a", "b", "c", "d", "e", "open"]),
        ], [60, 1 << 20])
    func tails(wanted: (Int, [String]), segmentBytes: Int) async throws {
        try await withTemporaryFolder { path in
            let store = LogStore(path: path, segmentBytes: segmentBytes)
            try store.writer(LogFixture.id) { NoMask() }.append([
                LogFixture.chunk("a"), LogFixture.chunk("b"),
                LogFixture.chunk("c", endsLine: false),
                LogFixture.chunk("d"), LogFixture.chunk("e", .error),
                LogFixture.chunk("open", endsLine: false),
            ])
            let offset = try #require(try store.reader(LogFixture.id)).tail(lines: wanted.0)
            #expect(
                try LogFixture.lines(store, from: offset).lines.map(LogFixture.text) == wanted.1)
        }
    }

    @Test("the tail of a long log is found")
    func tailsFar() async throws {
        try await withTemporaryFolder { path in
            let store = LogStore(path: path)
            let writer = try store.writer(LogFixture.id) { NoMask() }
            let filler = String(repeating: "x", count: 1000)
            try writer.append((0..<600).map { LogFixture.chunk("\($0) \(filler)") })
            try writer.finish()
            let reader = try #require(try store.reader(LogFixture.id))
            for wanted in [1, 200, 300, 599, 600, 601] {
                let lines = try LogFixture.lines(store, from: reader.tail(lines: wanted)).lines
                #expect(lines.count == min(600, wanted))
            }
        }
    }

    @Test("attempts are listed, and the logs of a run go together")
    func lists() async throws {
        try await withTemporaryFolder { path in
            let store = LogStore(path: path)
            let run = LogFixture.id.run
            #expect(try store.attempts(of: run, leg: 1) == [])
            #expect(try store.reader(LogFixture.id) == nil)
            for (leg, number) in [(1, 10), (1, 2), (11, 1), (1, 1)] {
                let id = AttemptID(run: run, leg: leg, number: number)
                _ = try store.writer(id) { NoMask() }
            }
            #expect(try store.attempts(of: run, leg: 1) == [1, 2, 10])
            #expect(try store.attempts(of: run, leg: 11) == [1])
            try store.remove(run: run)
            try store.remove(run: run)
            #expect(try store.attempts(of: run, leg: 1) == [])
        }
    }

    @Test("cut and mixed at random, each stream's text is stored once, masked", arguments: 0..<15)
    func fuzz(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        var queues: [LogChunk.Stream: [LogChunk]] = [:]
        var expected: [LogChunk.Stream: [UInt8]] = [:]
        for _ in 0..<60 {
            let stream: LogChunk.Stream = Bool.random(using: &random) ? .output : .error
            let words = ["secret", "sec", "ret", "sesecret", "x", "\u{0}", "é", "end"]
            var line = ""
            for _ in 0..<Int.random(in: 0...6, using: &random) {
                line += words.randomElement(using: &random) ?? ""
            }
            var rest = Array(line.utf8)[...]
            while rest.count > 1, Bool.random(using: &random) {
                let count = Int.random(in: 1..<rest.count, using: &random)
                queues[stream, default: []].append(
                    LogChunk(
                        stream: stream, time: Timestamp(microseconds: 1),
                        bytes: Array(rest.prefix(count)), endsLine: false))
                rest = rest.dropFirst(count)
            }
            queues[stream, default: []].append(
                LogChunk(
                    stream: stream, time: Timestamp(microseconds: 2), bytes: Array(rest),
                    endsLine: true))
            var mask = WordMask()
            expected[stream, default: []] += mask.push(Array(line.utf8)) + mask.finish() + [0x0a]
        }
        let streams: [LogChunk.Stream] = [.output, .error]
        var chunks: [LogChunk] = []
        while let stream = streams.filter({ queues[$0]?.isEmpty == false })
            .randomElement(using: &random)
        {
            queues[stream].map { chunks.append($0[0]) }
            queues[stream]?.removeFirst()
        }
        try await withTemporaryFolder { path in
            let store = LogStore(path: path, segmentBytes: 300)
            let writer = try store.writer(LogFixture.id) { WordMask() }
            while !chunks.isEmpty {
                let count = Int.random(in: 1...min(9, chunks.count), using: &random)
                try writer.append(Array(chunks.prefix(count)))
                chunks.removeFirst(count)
            }
            try writer.finish()
            var stored: [LogChunk.Stream: [UInt8]] = [:]
            for line in try LogFixture.lines(store).lines {
                stored[line.stream, default: []] += line.text + (line.endsLine ? [0x0a] : [])
            }
            #expect(stored == expected)
        }
    }
}
