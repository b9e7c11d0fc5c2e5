import Domain
import Glibc
import OCI
import Storage
import TestSupport
import Testing

/// A machine that loses its power: what was told is kept, what an event names is whole, and the run
/// goes on (DESIGN §5, "Crash rules"; docs/decisions/0024).
///
/// `SLIPWAY_POWER_CUTS` says how many cuts are made, each at a seeded moment of one run.
struct PowerCutTests {
    private static let cuts = TestSettings.number("SLIPWAY_POWER_CUTS", default: 4)

    private static let again = "retry: {attempts: 9, backoff: 1ms}"

    /// All that a run can leave: logs, artifacts, reports, a shared folder, a cache, a memo.
    private static let text = Flow.stages([
        Flow.stage(
            "build",
            jobs: [
                Flow.job(
                    "make",
                    """
                    seq 30000 >big
                    mkdir -p tree/d && seq 5000 >tree/d/a && ln -s d/a tree/l
                    echo '<testsuite><testcase name="t"/></testsuite>' >"$T_REPORTS/r.xml"
                    seq 400
                    echo '[T_RESULT] VERSION = 7'
                    """,
                    "outputs: [VERSION]\nproduces: {big: big, tree: tree}\n" + again),
                Flow.job("one", "seq 40000 >one; echo made", "workspace: shared\n" + again),
                Flow.job(
                    "two", "seq 40000 | cmp - one && seq 1000 >two && echo same",
                    "workspace: shared\n" + again),
            ]),
        Flow.stage(
            "test", "run: parallel",
            jobs: [
                Flow.job(
                    "unit",
                    """
                    seq 30000 | cmp - "$T_ARTIFACTS/big"
                    seq 5000 | cmp - "$T_ARTIFACTS/tree/l"
                    seq 100
                    """,
                    "shards: 2\nconsumes: {big: build.make.big, tree: build.make.tree}\n" + again),
                Flow.job(
                    "keeps", "mkdir -p .c; seq 20000 >.c/x; echo kept",
                    "caches: [{key: k, paths: [.c]}]\n" + again),
                Flow.job("memo", "echo '[T_RESULT] A = b'", "cache: true\noutputs: [A]\n" + again),
            ]),
        Flow.stage(
            "finish",
            jobs: [
                Flow.job(
                    "check", "seq 40000 | cmp - one && seq 1000 | cmp - two && echo whole",
                    "workspace: shared\n" + again)
            ]),
    ])

    /// What each job prints when it succeeds.
    private static let logs = [
        "build.make": numbers(400) + "[T_RESULT] VERSION = 7\n", "build.one": "made\n",
        "build.two": "same\n", "test.unit[0]": numbers(100), "test.unit[1]": numbers(100),
        "test.keeps": "kept\n", "test.memo": "[T_RESULT] A = b\n", "finish.check": "whole\n",
    ]

    private static func numbers(_ count: Int) -> String {
        (1...count).map { "\($0)\n" }.joined()
    }

    @Test("after a power cut nothing that was told is missing, and the run goes on to its end")
    func cuts() async throws {
        try await withTemporaryFolder { folder in
            let image = "\(folder)/prepared"
            try await PowerCut.prepare(image)
            // How many lines a run tells that nothing disturbs.
            let whole = try await Self.with(image) { cut in
                let file = try cut.home.workflow(Self.text)
                let result = try await cut.home.slipway(["run", "--progress", "json", file])
                try #require(result.code == 0, "\(result.error)")
                return result.error.split(separator: "\n").count
            }
            for seed in 0..<UInt64(Self.cuts) {
                try await Self.with(image) { try await Self.strike($0, seed, of: whole) }
            }
        }
    }

    @Test("the disk of these tests keeps what was synced and loses the rest")
    func disk() async throws {
        try await withTemporaryFolder { folder in
            let disk = CutDisk(image: "\(folder)/image", path: "\(folder)/disk")
            try await disk.make(megabytes: 16)
            try await disk.mount()
            do {
                let synced = try Files.open("\(disk.path)/synced", O_WRONLY | O_CREAT)
                try synced.write(Array("kept".utf8))
                try synced.sync()
            }
            try Files.writeFile("\(disk.path)/new", Array("lost".utf8))
            try Files.rename("\(disk.path)/new", to: "\(disk.path)/renamed")
            try await disk.cut()
            #expect(throws: StorageError.self) { try Files.writeFile("\(disk.path)/late", []) }
            try await disk.unmount()
            try await disk.mount()
            let names = try Files.list(disk.path)
            let text = try Files.readFile("\(disk.path)/synced", limit: 10)
            try await disk.unmount()
            #expect(names == ["lost+found", "synced"])
            #expect(text == Array("kept".utf8))
        }
    }

    private static func with<Value>(
        _ image: String, _ body: (PowerCut) async throws -> Value
    ) async throws -> Value {
        try await withTemporaryFolder { folder in
            let cut = try await PowerCut(copyOf: image, in: folder)
            do {
                let value = try await body(cut)
                try await cut.finish()
                return value
            } catch {
                try await cut.finish()
                throw error
            }
        }
    }

    private static func strike(_ cut: PowerCut, _ seed: UInt64, of whole: Int) async throws {
        var random = SeededGenerator(seed: seed)
        let lines = Int.random(in: 1..<whole, using: &random)
        let later = Duration.microseconds(Int64.random(in: 0...60_000, using: &random))
        let note = Comment(rawValue: "seed \(seed): \(later) after line \(lines) of \(whole)")
        let file = try cut.home.workflow(text)
        // The file is the user's own: it is there after any power cut.
        try Files.syncFileSystem(of: cut.disk.path)
        let program = try cut.home.start(["run", "--progress", "json", file])
        let isThere: Bool? = try await eventually {
            try program.complained().split(separator: "\n").count >= lines ? true : nil
        }
        #expect(isThere == true, note)
        // The moment is what the seed varies; nothing is waited for.
        try await Task.sleep(for: later)
        let printed = try await cut.strike(program).error

        let told = printed.split(separator: "\n").compactMap { line -> JSONValue? in
            do { return try JSONParser.parse(line.utf8) } catch {
                // The last line may be cut short.
                return nil
            }
        }
        let stored = try await events(cut.home)
        for event in told {
            guard let sequence = event["sequence"]?.integerValue else { continue }
            #expect(stored[sequence]?["type"] == event["type"], note)
            #expect(stored[sequence]?["report"] == event["report"], note)
        }
        try checkBlobs(cut.home, stored.values, note)
        let ended = stored.values.filter {
            $0["type"] == "attempt-ended" && $0["report"]?["state"] == "succeeded"
        }
        try await resume(cut, note)
        // What had succeeded has its whole log, and did not run again.
        let shown = try JSONParser.parse(
            try await cut.slipway(["show", "-o", "json", "last"]).output.utf8)
        let jobs = (shown["jobs"]?.arrayValue ?? []).map(JobReport.init)
        #expect(jobs.count == logs.count, note)
        for (index, job) in jobs.enumerated() {
            #expect(job.state == "succeeded", note)
            let log = try await cut.slipway(["logs", "last", job.label])
            #expect(log.output == logs[job.label], note)
            let first = ended.first { $0["leg"]?.integerValue == Int64(index) }
            if let first { #expect(job.attempts == first["attempt"]?.integerValue, note) }
        }
        try checkBlobs(cut.home, try await events(cut.home).values, note)
        // What was about to be removed goes with the next command that sweeps.
        #expect(try await cut.slipway(["doctor"]).code == 0, note)
        try await cut.home.expectNothingLeftSoon()
    }

    private static func resume(_ cut: PowerCut, _ note: Comment) async throws {
        let resumed = try await cut.slipway(["resume", "last", "--progress", "plain"])
        if resumed.error.contains("has already ended") { return }
        #expect(resumed.code == 0, "\(note.rawValue): \(resumed.error)")
    }

    /// Sequence → event of the one run.
    private static func events(_ home: TestHome) async throws -> [Int64: JSONValue] {
        let database = try Database(path: "\(home.path)/slipway.db")
        let rows = try await database.read {
            try $0.query("SELECT sequence, body FROM run_events").map {
                (try $0.integer(at: 0), try $0.blob(at: 1))
            }
        }
        return try Dictionary(
            rows.map { ($0.0, try JSONParser.parse($0.1)) }, uniquingKeysWith: { $1 })
    }

    /// Every content that an event names is there, and is what it is named after.
    private static func checkBlobs(
        _ home: TestHome, _ events: some Collection<JSONValue>, _ note: Comment
    ) throws {
        var named: Set<String> = []
        for event in events { collect(event, into: &named) }
        #expect(!named.isEmpty, note)
        for text in named {
            let digest = try Digest(parsing: text)
            let place = ["blobs", "caches/blobs"]
                .map { BlobStore(path: "\(home.path)/\($0)") }
                .first { $0.contains(digest) }
            let store = try #require(place, "\(note.rawValue): \(text) is missing")
            let bytes = try store.read(digest, limit: 1 << 26)
            #expect(Digest(of: bytes) == digest, note)
        }
    }

    private static func collect(_ json: JSONValue, into digests: inout Set<String>) {
        switch json {
        case .string(let text) where text.hasPrefix("sha256:") && text.utf8.count == 71:
            digests.insert(text)
        case .array(let elements): for element in elements { collect(element, into: &digests) }
        case .object(let members): for member in members.values { collect(member, into: &digests) }
        default: break
        }
    }
}
