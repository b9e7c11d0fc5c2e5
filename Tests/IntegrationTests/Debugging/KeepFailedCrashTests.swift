import Domain
import Glibc
import Storage
import Synchronization
import TestSupport
import Testing

/// A stream that nobody reads: who writes to it waits, when it is full.
private final class FullPipe: Sendable {
    let path: String
    private let end: OpenFile
    private let text = Mutex("")

    init(_ path: String) throws {
        self.path = path
        let isMade = unsafe mkfifo(path, 0o600) == 0
        try #require(isMade)
        end = try Files.open(path, O_RDWR | O_NONBLOCK)
    }

    /// All that was written so far.
    func read() -> String {
        var piece = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = unsafe Glibc.read(end.descriptor, &piece, piece.count)
            guard count > 0 else { return text.withLock { $0 } }
            let new = String(decoding: piece[..<count], as: UTF8.self)
            text.withLock { $0 += new }
        }
    }

    /// Nothing more goes in.
    func fill() throws {
        for size in [4096, 1] {
            while true {
                let bytes = [UInt8](repeating: 0x20, count: size)
                let written = unsafe Glibc.write(end.descriptor, bytes, size)
                if written < 0, errno == EAGAIN { break }
                try #require(written > 0)
            }
        }
    }
}

/// What failed jobs leave stays also where processes are killed.
struct KeepFailedCrashTests {
    private static func kept(_ home: TestHome) throws -> [String] { try KeepFailedTests.kept(home) }

    private static func debug(_ home: TestHome, _ script: String) async throws -> ProgramResult {
        try await KeepFailedTests.debug(home, script)
    }

    /// Runs a workflow whose process stops behind the commit that holds the failure of its first
    /// job, before anything comes of it, and is killed there.
    private static func killAfterFailure(_ home: TestHome, _ flow: String) async throws {
        let pipe = try FullPipe("\(home.folder)/errors")
        let file = try home.workflow(flow)
        let program = try Program(
            "/bin/bash",
            [
                "-c",
                "exec '\(try BuiltProduct.path("slipway"))' run --keep-failed --progress json "
                    + "'\(file)' 2>'\(pipe.path)'",
            ], environment: home.environment())
        let isRunning: Bool? = try await eventually {
            pipe.read().contains("attempt-started") ? true : nil
        }
        try #require(isRunning == true)
        try pipe.fill()
        let attempt = try #require(try Files.list("\(home.path)/attempts").first)
        let isWaiting: Bool? = try await eventually {
            let waiting = try home.processes(running: "sleep", "3141597")
            for pid in waiting { kill(pid, SIGKILL) }
            return waiting.isEmpty ? nil : true
        }
        try #require(isWaiting == true)
        let database = try Database(path: "\(home.path)/slipway.db")
        let isStored: Bool? = try await eventually {
            let events = try await StoredRun.newest(in: database)?.events ?? []
            return events.contains { $0["type"] == "leg-ended" || $0["type"] == "job-ended" }
                ? true : nil
        }
        #expect(isStored == true)
        #expect(try Self.kept(home) == [])
        #expect(Files.exists("\(home.path)/attempts/\(attempt)"))
        program.signal(SIGKILL)
        _ = try await program.wait()
    }

    @Test("a kill between the commit of a failure and the move of its files loses nothing")
    func killedBeforeMove() async throws {
        // The run is over: whoever sweeps keeps what it left.
        for words in [["doctor"], ["gc"]] {
            try await TestHome.busy { home in
                try await Self.killAfterFailure(
                    home, Flow.script("echo x >left; sleep 3141597 || exit 3"))
                let result = try await home.slipway(words)
                #expect(!result.error.contains("warning: "), "\(result.error)")
                #expect(try Self.kept(home).count == 1)
                let look = try await Self.debug(home, "cat left")
                #expect(look.output == "x\n", "\(look.error)")
                #expect(look.error.contains("as it left it (failed: exit code 3)"))
                #expect(try await home.slipway(["doctor"]).code == 0)
                #expect(try Files.list("\(home.path)/locks").allSatisfy { !$0.hasSuffix(".keep") })
                try await home.expectNothingLeftSoon()
            }
        }
        // It goes on: whoever resumes it keeps it, without being told so again.
        try await TestHome.busy { home in
            let job = Flow.job("it", "echo x >left; sleep 3141597 || exit 3", "allow-failure: true")
            try await Self.killAfterFailure(
                home,
                Flow.stages([
                    Flow.stage("work", jobs: [job]), "- name: ask\n  type: pause",
                ]))
            let resumed = try await home.slipway(["resume", "last"])
            #expect(resumed.code == 8)
            #expect(!resumed.error.contains("warning: "), "\(resumed.error)")
            #expect(try await Self.debug(home, "cat left").output == "x\n")
            #expect(try await home.slipway(["reject", "last"]).code == 0)
            _ = try await home.slipway(["resume", "last"])
            #expect(try Self.kept(home).count == 1)
            #expect(try Files.list("\(home.path)/locks").allSatisfy { !$0.hasSuffix(".keep") })
        }
    }

    @Test("of two kept attempts of a leg the older goes; what a hook failed says so")
    func newestAlone() async throws {
        try await TestHome.busy { home in
            let retry = "retry: {attempts: 2, backoff: 10ms, on: [failed]}"
            let id = try #require(
                try await home.run(Flow.script("exit 1", job: retry), ["--keep-failed"]).id)
            #expect(try Self.kept(home) == ["\(id)-0-2"])
            // As a process leaves it that is killed when it has moved the second.
            let (old, new) = ("\(home.path)/kept/\(id)-0-1", "\(home.path)/kept/\(id)-0-2")
            _ = try await Program.run("/bin/cp", ["-a", new, old])
            let record = String(
                decoding: try Files.readFile("\(new)/record.json", limit: 1 << 16), as: UTF8.self)
            try Files.writeFile(
                "\(old)/record.json", record.replacing("\(id)-0-2", with: "\(id)-0-1").utf8)
            #expect(try await home.slipway(["doctor"]).code == 0)
            #expect(try Self.kept(home) == ["\(id)-0-2"])
            let hook = try await home.run(
                Flow.script("echo x >left", job: "after: fail(\"no\")\n\(retry)"),
                ["--keep-failed"])
            #expect(hook.code == 1)
            let look = try await Self.debug(home, "cat left")
            #expect(look.output == "x\n")
            #expect(
                look.error.contains(
                    "attempt 2, as it left it (failed: it succeeded itself; after: no)"),
                "\(look.error)")
        }
    }

    @Test("what is kept without a record, or half moved, goes with gc; a later version's stays")
    func broken() async throws {
        try await TestHome.busy { home in
            #expect(try await home.run(Flow.script("exit 1"), ["--keep-failed"]).code == 1)
            let whole = try #require(try Self.kept(home).first)
            let id = whole.dropLast(4)
            let folder = "\(home.path)/kept"
            for (name, record) in [
                ("\(id)-5-1", nil), ("\(id)-6-1", "{"), ("\(id)-7-1", "{\"v\": 99}"),
                ("\(id)-8-1", "{\"v\": 1}"), ("\(id)-9-1.part", nil),
            ] {
                try Files.makeFolders("\(folder)/\(name)/upper")
                try Files.writeFile(
                    "\(folder)/\(name)/upper/data", Array(repeating: 1, count: 5000))
                if let record { try Files.writeFile("\(folder)/\(name)/record.json", record.utf8) }
            }
            let dry = try await home.slipway(["gc", "--dry-run", "-o", "json"])
            #expect(dry.code == 0, "\(dry.error)")
            let told = try JSONParser.parse(dry.output.utf8)
            let broken = told["kinds"]?["broken-kept"]
            #expect(broken?["count"] == 4, "\(dry.output)")
            #expect((broken?["bytes"]?.integerValue ?? 0) >= 20000)
            #expect(try Self.kept(home).count == 6)
            let gc = try await home.slipway(["gc"])
            #expect(gc.code == 0, "\(gc.error)")
            #expect(gc.output.contains("broken-kept"), "\(gc.output)")
            #expect(try Self.kept(home) == [whole, "\(id)-7-1"])
        }
    }
}
