import Domain
import Storage
import TestSupport
import Testing
import Workflows

@testable import Runs

struct LogTests {
    @Test("bytes, times, streams and pieces come back as they went in")
    func roundTrip() async throws {
        try await withTemporaryFolder { path in
            let store = LogStore(path: path)
            let chunks = [
                LogFixture.chunk("one"), LogFixture.chunk("", .error, 5),
                LogFixture.chunk("é\r", .error, 999_999),
                LogFixture.chunk("begin ", .output, 1_000_000, endsLine: false),
                LogFixture.chunk("end"),
                LogChunk(
                    stream: .output, time: Timestamp(microseconds: 0),
                    bytes: [0, 0xff, 0x1b, 0x7f], endsLine: true),
            ]
            let writer = try store.writer(LogFixture.id) { NoMask() }
            try writer.append(chunks)
            #expect(try !LogFixture.lines(store).isComplete)
            try writer.finish()
            let (lines, isComplete) = try LogFixture.lines(store)
            #expect(isComplete)
            #expect(lines.map(\.text) == chunks.map(\.bytes))
            #expect(lines.map(\.time) == chunks.map(\.time))
            #expect(lines.map(\.stream) == chunks.map(\.stream))
            #expect(lines.map(\.endsLine) == chunks.map(\.endsLine))
            let stored = String(decoding: try LogFixture.stored(path), as: UTF8.self)
            #expect(stored.hasPrefix("2026-11-18T11:06:40.123456Z o. one\n"))
            #expect(stored.hasSuffix("\nend\n"))
        }
    }

    @Test("no record is above its limit, and none holds a line feed")
    func splits() async throws {
        try await withTemporaryFolder { path in
            let store = LogStore(path: path)
            let writer = try store.writer(LogFixture.id) { NoMask() }
            let long = String(repeating: "x", count: 150_000)
            try writer.append([
                LogFixture.chunk(long), LogFixture.chunk("a\n\nb\n"),
                LogFixture.chunk("end\n", endsLine: false),
            ])
            try writer.finish()
            let lines = try LogFixture.lines(store).lines
            #expect(lines.prefix(3).map(\.text.count) == [65_536, 65_536, 18_928])
            #expect(lines.prefix(3).map(\.endsLine) == [false, false, true])
            #expect(lines.dropFirst(3).map(LogFixture.text) == ["a", "", "b", "", "end"])
        }
    }

    @Test("a secret is masked across pieces, for each stream by itself")
    func masks() async throws {
        try await withTemporaryFolder { path in
            let store = LogStore(path: path)
            let writer = try store.writer(LogFixture.id) { WordMask() }
            try writer.append([
                LogFixture.chunk("a sec", .output, endsLine: false),
                LogFixture.chunk("sec", .error, endsLine: false),
                LogFixture.chunk("ret b", .output), LogFixture.chunk("tor", .error),
                LogFixture.chunk("sec", .output), LogFixture.chunk("ret", .output),
                LogFixture.chunk("secret", .output, endsLine: false), LogFixture.chunk("", .output),
                LogFixture.chunk("last secr", .error, endsLine: false),
            ])
            try writer.finish()
            let lines = try LogFixture.lines(store).lines
            #expect(
                lines.filter { $0.stream == .output }.map(LogFixture.text)
                    == ["a ", "*** b", "sec", "ret", "***", ""])
            #expect(
                lines.filter { $0.stream == .error }.map(LogFixture.text) == [
                    "sector", "last ", "***",
                ])
        }
    }

    @Test("only the owner may read a log")
    func permissions() async throws {
        try await withTemporaryFolder { path in
            let store = LogStore(path: "\(path)/logs")
            try store.writer(LogFixture.id) { NoMask() }.append([LogFixture.chunk("x")])
            let folder = LogFixture.folder("\(path)/logs")
            let file = "\(folder)/0000000000000000.log"
            #expect(try Files.status(folder)?.mode == 0o700)
            #expect(try Files.status("\(path)/logs/\(LogFixture.id.run)")?.mode == 0o700)
            #expect(try Files.status(file)?.mode == 0o600)
        }
    }

    @Test("segments roll at their size, are named by offset, and any offset can be read")
    func segments() async throws {
        try await withTemporaryFolder { path in
            let store = LogStore(path: path, segmentBytes: 200)
            let writer = try store.writer(LogFixture.id) { NoMask() }
            for number in 0..<25 {
                try writer.append([
                    LogFixture.chunk(String(repeating: "x", count: number % 7 == 0 ? 300 : number))
                ])
            }
            try writer.finish()
            var start = 0
            let names = try Files.list(LogFixture.folder(path))
            #expect(names.count > 5)
            for name in names {
                #expect(name == "\(padded(Int64(start), 16)).log")
                start += Int(try Files.status("\(LogFixture.folder(path))/\(name)")?.size ?? 0)
            }
            let all = try LogFixture.lines(store).lines
            #expect(all.count == 25)
            let reader = try #require(try store.reader(LogFixture.id))
            for offset in 0...Int64(start) {
                let page = try reader.read(from: offset)
                #expect(page.lines.first == all.first { $0.offset >= offset })
                #expect(!page.lines.isEmpty || page.isComplete || offset > Int64(start) - 4)
            }
        }
    }

    private static let script = (0..<6).map { (number: Int) -> LogChunk in
        let stream: LogChunk.Stream = number % 3 == 0 ? .error : .output
        return LogFixture.chunk(
            "\(number) sec", stream, Int64(number), endsLine: number % 4 != 1)
    }

    @Test("a log torn at any byte is whole again after its source was read once more")
    func replays() async throws {
        try await withTemporaryFolder { path in
            let whole = LogStore(path: "\(path)/whole", segmentBytes: 100)
            let writer = try whole.writer(LogFixture.id) { WordMask() }
            try writer.append(Self.script)
            try writer.finish()
            let expected = try LogFixture.stored("\(path)/whole")
            for cut in 0...expected.count {
                let torn = "\(path)/\(cut)"
                try Files.makeFolders(LogFixture.folder(torn))
                for name in try Files.list(LogFixture.folder("\(path)/whole")) {
                    let start = try #require(Int(name.dropLast(4)))
                    guard start <= cut else { continue }
                    let bytes = try Files.readFile(
                        "\(LogFixture.folder("\(path)/whole"))/\(name)", limit: 1 << 20)
                    try Files.writeFile(
                        "\(LogFixture.folder(torn))/\(name)", bytes.prefix(cut - start))
                }
                let store = LogStore(path: torn, segmentBytes: 100)
                // What is torn is not shown.
                let before = try LogFixture.lines(store).lines
                #expect(before == Array(try LogFixture.lines(whole).lines.prefix(before.count)))
                let again = try store.writer(LogFixture.id, replays: true) { WordMask() }
                for chunk in Self.script { try again.append([chunk]) }
                try again.finish()
                #expect(try LogFixture.stored(torn) == expected)
                try Files.removeTree(torn)
            }
        }
    }

    @Test("writing goes on after a torn record, and after an end mark")
    func resumes() async throws {
        try await withTemporaryFolder { path in
            let store = LogStore(path: path)
            let writer = try store.writer(LogFixture.id) { NoMask() }
            try writer.append([LogFixture.chunk("one"), LogFixture.chunk("two")])
            let file = "\(LogFixture.folder(path))/0000000000000000.log"
            let bytes = try Files.readFile(file, limit: 1 << 20)
            try Files.writeFile(file, bytes.dropLast(2))
            let again = try store.writer(LogFixture.id) { NoMask() }
            try again.append([LogFixture.chunk("three")])
            try again.finish()
            #expect(try LogFixture.lines(store).lines.map(LogFixture.text) == ["one", "three"])
            let last = try store.writer(LogFixture.id) { NoMask() }
            #expect(try !LogFixture.lines(store).isComplete)
            try last.append([LogFixture.chunk("four")])
            try last.finish()
            try last.finish()
            #expect(try LogFixture.lines(store).isComplete)
            #expect(
                try LogFixture.lines(store).lines.map(LogFixture.text) == ["one", "three", "four"])
        }
    }

    @Test("what a power failure took out of the middle is written anew")
    func repairs() async throws {
        try await withTemporaryFolder { path in
            let store = LogStore(path: path, segmentBytes: 100)
            let writer = try store.writer(LogFixture.id) { WordMask() }
            try writer.append(Self.script)
            try writer.finish()
            let expected = try LogFixture.stored(path)
            let second = "\(LogFixture.folder(path))/\(try Files.list(LogFixture.folder(path))[1])"
            try Files.writeFile(second, try Files.readFile(second, limit: 1 << 20).dropLast(3))
            let again = try store.writer(LogFixture.id, replays: true) { WordMask() }
            try again.append(Self.script)
            try again.finish()
            #expect(try LogFixture.stored(path) == expected)
        }
    }

    @Test("bytes that are no record are passed over")
    func damage() async throws {
        try await withTemporaryFolder { path in
            let store = LogStore(path: path, segmentBytes: 100)
            try store.writer(LogFixture.id) { NoMask() }.append([LogFixture.chunk("one")])
            let file = "\(LogFixture.folder(path))/0000000000000000.log"
            let whole = try Files.readFile(file, limit: 1 << 20)
            let junk = [UInt8](repeating: 0, count: 200_000)
            try Files.writeFile(
                file, Array("\nend of\nx\n".utf8) + whole + junk + [0x0a] + whole + junk)
            let later = Int64(500_000)
            try Files.writeFile("\(LogFixture.folder(path))/\(padded(later, 16)).log", whole)
            #expect(
                try LogFixture.lines(store).lines.map(LogFixture.text) == ["one", "one", "one"])
            #expect(try LogFixture.lines(store, from: later).lines.map(\.offset) == [later])
        }
    }
}
