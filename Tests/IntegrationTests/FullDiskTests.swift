import Domain
import Storage
import TestSupport
import Testing

/// A home whose disk runs full (issue 2, "Bad input to cover").
@Suite(.serialized)
struct FullDiskTests {
    /// A home on a disk in memory with room for the image and a little more.
    private static func withSmallHome(
        _ body: (TestHome) async throws -> Void
    ) async throws {
        try await withTemporaryFolder { folder in
            let disk = "\(folder)/disk"
            try Files.makeFolders(disk)
            try await withMount(["-t", "tmpfs", "-o", "size=12m", "none", disk]) {
                let home = try TestHome(at: "\(disk)/home")
                let image = try await home.slipway(
                    ["image", "import", try Checkout.image("busybox")])
                try #require(image.code == 0, "\(image.error)")
                try await home.succeed(Flow.script("true"))
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

    /// Runs the workflow that stands there already.
    fileprivate func run(text: String?) async throws -> RunReport {
        try RunReport(await slipway(["run", "-o", "json", "\(folder)/workflow.yaml"]))
    }
}
