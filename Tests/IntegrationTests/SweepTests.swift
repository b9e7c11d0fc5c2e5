import CLinux
import Domain
import Glibc
import Storage
import TestSupport
import Testing

/// What killed processes left goes with the next command that works in the home.
struct SweepTests {
    private static let endless = Flow.script(MeaningTests.untilTold)

    /// A run whose process was killed, with its container.
    private static func interrupt(_ home: TestHome) async throws {
        let program = try home.begin(Self.endless)
        try await home.wait(for: "ready")
        program.signal(SIGKILL)
        _ = try await program.wait()
        #expect(try home.monitors().count == 1)
    }

    /// conmon and runc may take a moment to end when all that they held is gone.
    private static func expectSwept(_ home: TestHome) async throws {
        let isSwept: Bool? = try await eventually(within: .seconds(5)) {
            try home.leftovers().isEmpty ? true : nil
        }
        let left = try home.leftovers()
        #expect(isSwept == true, "\(left)")
    }

    @Test(
        "containers, mounts and folders of a run that nobody knows",
        arguments: [["doctor"], ["run", "FILE"], ["cancel", "last"]])
    func unknown(words: [String]) async throws {
        try await TestHome.busy { home in
            try await Self.interrupt(home)
            let database = try Database(path: "\(home.path)/slipway.db")
            try await database.write {
                try $0.execute("DELETE FROM run_events")
                try $0.execute("DELETE FROM runs")
            }
            let file = try home.workflow(Flow.script("true"))
            _ = try await home.slipway(words.map { $0 == "FILE" ? file : $0 })
            if words[0] == "cancel" {
                // There is no run to cancel, so it says so; what it began goes on with the next.
                #expect(try await home.slipway(["doctor"]).code == 0)
            }
            try await Self.expectSwept(home)
        }
    }

    @Test("a mount and a container whose folder is gone")
    func halfGone() async throws {
        try await TestHome.busy { home in
            try await Self.interrupt(home)
            let database = try Database(path: "\(home.path)/slipway.db")
            try await database.write {
                try $0.execute("UPDATE runs SET state = 'errored'")
            }
            for name in try Files.list("\(home.path)/attempts") {
                try Files.removeTree("\(home.path)/attempts/\(name)")
            }
            #expect(try await home.slipway(["doctor"]).code == 0)
            try await Self.expectSwept(home)
        }
    }

    @Test("an interrupted run keeps its container, for `resume`; looking on sweeps nothing")
    func interrupted() async throws {
        try await TestHome.busy { home in
            try await Self.interrupt(home)
            for words in [["doctor"], ["runs"], ["show", "1"], ["logs", "1"]] {
                #expect(try await home.slipway(words).code != 2)
            }
            try await home.succeed(Flow.script("true"))
            #expect(try home.monitors().count == 1)
            let gone = "its process is gone"
            #expect(try await home.slipway(["show", "1"]).output.contains(gone))
            let resumed = try home.start(["resume", "-o", "json", "1"])
            // Before that, `cancel` would close the run itself.
            let owned: Bool? = try await eventually {
                try await home.slipway(["show", "1"]).output.contains(gone) ? nil : true
            }
            #expect(owned == true)
            let isTold: Bool? = try await eventually {
                let told = try await home.slipway(["cancel", "-o", "json", "1"])
                return told.output.contains("requested") ? true : nil
            }
            #expect(isTold == true)
            let report = try RunReport(await resumed.wait())
            #expect(report.state == "cancelled")
            #expect(try await home.slipway(["logs", "1"]).output == "ready\ntold\n")
        }
    }

    @Test("content half written, sockets and locks, but for those of processes that live")
    func temporaries() async throws {
        try await TestHome.busy { home in
            try await home.succeed(Flow.script("true"))
            let dead = try Spawning.start("/bin/true", [])
            _ = slipway_wait(dead)
            let old = RunIDs.old
            let (runtime, temporary) = (try home.runtimePath(), "\(home.path)/blobs/tmp")
            let gone = [
                "\(temporary)/blob-\(dead)-1", "\(temporary)/import.abcdef/x",
                "\(home.path)/layers/unpacking.abcdef/x", "\(home.path)/trees/ff.part.abcdef/x",
                "\(runtime)/\(old).sock", "\(home.path)/locks/\(old).lock",
            ]
            let kept = [
                "\(temporary)/blob-\(getpid())-1", "\(home.path)/layers/unpacking.mine/x",
                "\(home.path)/trees/ee.part.mine/x", "\(home.path)/trees/dd.part.young/x",
                "\(home.path)/locks/\(RunIDs.young).lock",
            ]
            for path in gone + kept {
                try Files.makeFolders(PathText.folder(of: path))
                try Files.writeFile(path, [])
            }
            let aged = (gone + kept.dropLast(2)).map { path in
                path.hasSuffix("/x") ? String(path.dropLast(2)) : path
            }
            _ = try await Program.run("/usr/bin/touch", ["-d", "2 minutes ago"] + aged)
            let locks = try ["layers/unpacking.mine", "trees/ee.part.mine"].map { name in
                let file = try Files.open("\(home.path)/\(name)", O_RDONLY | O_DIRECTORY)
                try #require(slipway_lock(file.descriptor, 0) == 0)
                return file
            }
            let result = try await home.slipway(["doctor"])
            #expect(!result.error.contains("warning"), "\(result.error)")
            #expect(gone.filter { Files.exists($0) } == [])
            #expect(kept.filter { !Files.exists($0) } == [])
            withExtendedLifetime(locks) {}
        }
    }

    @Test("a run that ends leaves neither lock nor socket")
    func ended() async throws {
        try await TestHome.busy { home in
            try await home.succeed(Flow.script("true"))
            #expect(try Files.list("\(home.path)/locks") == [])
            #expect(try Files.list(home.runtimePath()).allSatisfy { !$0.hasSuffix(".sock") })
        }
    }

    private enum RunIDs {
        static let old = RunID(at: Timestamp(microseconds: 1), random: (0, 1)).text
        static let young = RunID(at: Timestamp(microseconds: 1), random: (0, 2)).text
    }
}
