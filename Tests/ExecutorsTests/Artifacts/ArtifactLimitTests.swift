import Executors
import Storage
import TestSupport
import Testing
import Workflows

/// How much an artifact may be, and that its taking can be stopped.
struct ArtifactLimitTests {
    private static func collect(
        _ script: String, limit: Int64, stop: StopFlag = StopFlag()
    ) async throws -> (taken: Bool, problem: String?, blobs: Int) {
        try await withTemporaryFolder { folder in
            try Files.makeFolders("\(folder)/work")
            let made = try await Program.run("/bin/sh", ["-c", script], folder: "\(folder)/work")
            #expect(made.code == 0, "\(made.error)")
            let blobs = BlobStore(path: "\(folder)/blobs")
            let (artifacts, problems) = try ArtifactCollector(blobs: blobs, sizeLimit: limit)
                .collect(
                    [ProducedArtifact(name: "a", path: "a")], from: "\(folder)/work", stop: stop)
            let found = try await Program.run("/usr/bin/find", [folder, "-path", "*/blobs/*/*"])
            let count = found.output.split(separator: "\n").count
            return (artifacts["a"] != nil, problems["a"], count)
        }
    }

    @Test(
        "at the limit it is taken, past it the job is told so",
        arguments: [
            ("head -c 1000 /dev/zero >a", true), ("head -c 1001 /dev/zero >a", false),
            ("truncate -s 1000 a", true), ("truncate -s 1001 a", false),
            ("truncate -s 1T a", false), ("mkdir a; truncate -s 600 a/x a/y", false),
            ("mkdir a; truncate -s 500 a/x a/y", true),
        ])
    func limit(script: String, fits: Bool) async throws {
        let (taken, problem, blobs) = try await Self.collect(script, limit: 1000)
        #expect(taken == fits)
        #expect((problem == nil) == fits)
        if !fits {
            #expect(problem?.hasPrefix("artifact-too-large: ") == true, "\(problem ?? "")")
            #expect(blobs == 0)
        }
    }

    @Test(
        "what is stopped is not taken, and nothing of it stays",
        arguments: ["head -c 1000 /dev/zero >a", "mkdir a; touch a/x"])
    func stopped(script: String) async throws {
        let stop = StopFlag()
        stop.raise()
        let (taken, problem, blobs) = try await Self.collect(script, limit: 1000, stop: stop)
        #expect(!taken)
        #expect(problem?.contains("told to stop") == true)
        #expect(blobs == 0)
    }
}
