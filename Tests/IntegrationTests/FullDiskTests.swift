import Domain
import Glibc
import Storage
import TestSupport
import Testing

/// A home whose disk runs full (issue 2, "Bad input to cover").
struct FullDiskTests {
    /// A home on a disk in memory with room for the image and a little more.
    private static func withSmallHome(
        size: String = "12m", hasRun: Bool = true, _ body: (TestHome) async throws -> Void
    ) async throws {
        try await withTemporaryFolder { folder in
            let disk = "\(folder)/disk"
            try Files.makeFolders(disk)
            try await withMount(["-t", "tmpfs", "-o", "size=\(size)", "none", disk]) {
                let home = try TestHome(at: "\(disk)/home")
                let image = try await home.slipway(
                    ["image", "import", try Checkout.image("busybox")])
                try #require(image.code == 0, "\(image.error)")
                if hasRun { try await home.succeed(Flow.script("true")) }
                try await body(home)
                try await home.expectNothingLeft()
                try Files.removeTree(try home.runtimePath())
            } afterwards: {
                disk
            }
        }
    }

    struct Filler: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let script: String
        var keys = ""
    }

    @Test(
        "a job that fills the disk ends its run with a clear error, and later all works again",
        arguments: [
            Filler(
                testDescription: "by what it prints",
                script: "yes \(String(repeating: "x", count: 1000)) | head -c 30m"),
            Filler(
                testDescription: "by what it produces",
                script: "head -c 5m /dev/urandom >out", keys: "produces: {out: out}"),
            Filler(
                testDescription: "in its working folder", script: "head -c 30m /dev/zero >out"),
        ])
    func fills(filler: Filler) async throws {
        try await Self.withSmallHome { home in
            let report = try await home.run(Flow.script(filler.script, job: filler.keys))
            #expect([1, 2].contains(report.code), "\(report.error)")
            #expect(report.error.contains("no space left on the disk"), "\(report.error)")
            // What the attempt held is free again.
            let listed = try await home.slipway(["runs", "-o", "json"])
            #expect(listed.code == 0, "\(listed.error)")
            if report.document == .null {
                #expect(try await home.slipway(["cancel", "last"]).code == 0)
            }
            try await home.makeRoom()
            try await home.succeed(Flow.script("echo fine"))
            #expect(try await home.log() == "fine\n")
        }
    }

    @Test("while nothing can be stored, what runs goes on, and `resume` finds it and all of it")
    func state() async throws {
        try await Self.withSmallHome { home in
            let program = try home.begin(
                Flow.script(Self.untilThere, job: "strict-results: true"))
            try await home.wait(for: "ready")
            let ballast = try await home.fillDisk()
            // It is told to stop, and even that cannot be stored.
            program.signal(SIGINT)
            let ended = try await program.wait()
            #expect(ended.code == 2)
            #expect(ended.error.contains("no space left on the disk that holds"), "\(ended.error)")
            #expect(ended.error.contains("slipway.db' (0 B free)"), "\(ended.error)")
            #expect(ended.error.contains("'slipway gc'"), "\(ended.error)")
            #expect(ended.error.contains("'slipway resume 2'"), "\(ended.error)")
            #expect(try home.monitors().count == 1)
            try Files.remove(ballast)
            let listed = try await home.slipway(["runs"])
            #expect(listed.output.contains("running (interrupted)"), "\(listed.output)")
            let resumed = try home.start(["resume", "2", "-o", "json"])
            try home.letEnd()
            let report = try RunReport(await resumed.wait())
            #expect(report.code == 0, "\(report.error)")
            #expect(try report.job().attempts == 1)
            #expect(try await home.log() == "ready\ngone\n")
            // What it printed meanwhile conmon may have left out without a word.
            #expect(report.error.contains("the disk was full while it ran"), "\(report.error)")
        }
    }

    @Test(
        "a job that ran while the disk was full is believed what it gives in a file alone",
        arguments: [true, false])
    func hole(isStrict: Bool) async throws {
        try await Self.withSmallHome { home in
            let program = try home.begin(
                Flow.script(Self.untilThere, job: isStrict ? "strict-results: true" : ""))
            try await home.wait(for: "ready")
            let ballast = try await home.fillDisk()
            let attempt = try #require(try Files.list("\(home.path)/attempts").first)
            let note = "\(try home.runtimePath())/mounts/\(attempt)/disk-full"
            let isSeen: Bool? = try await eventually { Files.exists(note) ? true : nil }
            #expect(isSeen == true)
            try Files.remove(ballast)
            try home.letEnd()
            let report = try RunReport(await program.wait())
            #expect(report.code == (isStrict ? 0 : 2), "\(report.error)")
            #expect(report.error.contains("the disk was full while it ran"), "\(report.error)")
            #expect(try await home.log() == "ready\ngone\n")
        }
    }

    /// Goes on until the test says so.
    private static let untilThere = """
        echo ready
        until test -e "$T_REPORTS/go"; do sleep 0.05; done
        echo gone
        """

    struct Larger: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let script: String
        var keys = ""
        /// Bytes that are left for the run.
        let room: Int
    }

    @Test(
        "what did not fit is done when there is room, and no job runs twice for it",
        arguments: [
            Larger(
                testDescription: "an artifact", script: "head -c 5m /dev/urandom >out; echo once",
                keys: "produces: {out: out}", room: 11 << 20),
            Larger(testDescription: "a layer", script: "echo once", room: 1 << 20),
        ])
    func larger(larger: Larger) async throws {
        try await Self.withSmallHome(size: "60m", hasRun: false) { home in
            try await home.resize(toFree: larger.room)
            let report = try await home.run(Flow.script(larger.script, job: larger.keys))
            #expect(report.code == 2, "\(report.error)")
            #expect(report.error.contains("no space left on the disk"), "\(report.error)")
            #expect(report.error.contains("'slipway resume 1'"), "\(report.error)")
            #expect(try await home.show()["state"] == "running")
            try await home.resize(toFree: 40 << 20)
            let resumed = try RunReport(
                await home.slipway(["resume", "1", "-o", "json"]))
            #expect(resumed.code == 0, "\(resumed.error)")
            #expect(try resumed.job().attempts == 1)
            #expect(try await home.log() == "once\n")
            if !larger.keys.isEmpty {
                let got = try await home.slipway(
                    ["artifact", "get", "last", "work.it", "out", "-o", "\(home.folder)/got"])
                #expect(got.code == 0, "\(got.error)")
                #expect(try Files.status("\(home.folder)/got")?.size == 5 << 20)
            }
        }
    }

    @Test("on a disk that is full already nothing begins, and it is said why")
    func full() async throws {
        try await Self.withSmallHome { home in
            let ballast = "\(home.folder)/ballast"
            let filled = try await Program.run(
                "/bin/dd", ["if=/dev/zero", "of=\(ballast)", "bs=4k"])
            #expect(filled.code != 0)
            let report = try await home.run(text: nil)
            #expect(report.code == 2, "\(report.error)")
            // SQLite says so in its own words where it cannot even open the store.
            let words = ["no space left", "disk I/O error", "disk is full"]
            #expect(words.contains { report.error.contains($0) }, "\(report.error)")
            try Files.remove(ballast)
            #expect(try await home.slipway(["runs"]).code == 0)
            try await home.succeed(Flow.script("true"))
        }
    }

    @Test("what filled the disk is said to go with gc, and does")
    func freed() async throws {
        try await Self.withSmallHome { home in
            let filling = Flow.script(
                "head -c 1m /dev/urandom >out", job: "produces: {out: out}")
            var last = try await home.run(filling)
            for _ in 0..<20 where last.code == 0 { last = try await home.run(filling) }
            #expect(last.error.contains("no space left on the disk"), "\(last.error)")
            #expect(last.error.contains("'slipway gc'"), "\(last.error)")
            if last.document == .null { _ = try await home.slipway(["cancel", "last"]) }
            let freed = try await home.slipway(["gc", "--older-than", "0s"])
            #expect(freed.code == 0, "\(freed.error)")
            #expect(try await home.rows() == [:])
            for _ in 0..<3 { try await home.succeed(filling) }
        }
    }

    @Test("an import that does not fit leaves nothing behind")
    func `import`() async throws {
        try await withTemporaryFolder { folder in
            try await withMount(["-t", "tmpfs", "-o", "size=12m", "none", folder]) {
                let home = try TestHome(at: "\(folder)/home")
                let result = try await home.slipway(["image", "import", try Checkout.image("gcc")])
                #expect(result.code == 2)
                #expect(result.error.contains("no space left"), "\(result.error)")
                #expect(try await home.blobs().isEmpty)
                #expect(try await home.slipway(["image", "list", "-o", "json"]).output == "[]\n")
                let fits = try await home.slipway(
                    ["image", "import", try Checkout.image("busybox")])
                #expect(fits.code == 0, "\(fits.error)")
                try Files.removeTree(try home.runtimePath())
            } afterwards: {
                folder
            }
        }
    }
}

extension TestHome {
    /// Removes the logs of all runs, as a person would who needs room.
    fileprivate func makeRoom() async throws {
        for run in try Files.list("\(path)/logs") { try Files.removeTree("\(path)/logs/\(run)") }
    }

    /// Leaves no byte free; the file that takes it all.
    fileprivate func fillDisk() async throws -> String {
        let ballast = "\(folder)/ballast"
        let filled = try await Program.run("/bin/dd", ["if=/dev/zero", "of=\(ballast)", "bs=4k"])
        #expect(filled.code != 0)
        return ballast
    }

    /// Makes the disk, which is in memory, so large that some bytes are free.
    fileprivate func resize(toFree bytes: Int) async throws {
        let used = try await Program.run("/bin/df", ["--block-size=1", "--output=used", folder])
        let count = try #require(used.output.split(whereSeparator: \.isWhitespace).last)
        let size = try #require(Int(count)) + bytes
        try await mount(["-o", "remount,size=\(size)", folder])
    }

    /// Tells a job that waits for it to end.
    fileprivate func letEnd() throws {
        for attempt in try Files.list("\(path)/attempts") {
            let reports = "\(path)/attempts/\(attempt)/writable/reports"
            if Files.exists(reports) { try Files.writeFile("\(reports)/go", []) }
        }
    }

    /// Runs the workflow that stands there already.
    fileprivate func run(text: String?) async throws -> RunReport {
        try RunReport(await slipway(["run", "-o", "json", "\(folder)/workflow.yaml"]))
    }
}
