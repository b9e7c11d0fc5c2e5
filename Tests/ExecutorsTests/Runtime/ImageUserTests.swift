import OCI
import Storage
import TestSupport
import Testing
import Workflows

@testable import Executors

/// Jobs of images that do not run as root.
struct ImageUserTests {
    private static func source(_ home: ExecutorHome) async throws -> ArtifactRecord {
        let folder = "\(home.home.path)/../source"
        try Files.makeFolders("\(folder)/deep/er", mode: 0o755)
        for name in ["top", "deep/file", "deep/er/file"] {
            try Files.writeFile("\(folder)/\(name)", "old \(name)\n".utf8, mode: 0o644)
        }
        try Files.link("/etc/passwd", at: "\(folder)/link")
        let packed = try FolderArchive().pack(
            try Files.open(folder), links: .any, into: home.blobs)
        return ArtifactRecord(
            kind: .folder, digest: packed.digest, size: packed.size, isExecutable: false)
    }

    @Test("the source is theirs to change, down to the deepest file; the pristine one is not")
    func writes() async throws {
        try await ExecutorHome.with { home in
            let request = try home.request(
                """
                test "$(id -u)" = 1234
                test "$(cat deep/er/file)" = "old deep/er/file"
                echo more >>deep/file; echo new >deep/er/new; echo new >top; chmod 600 top
                mv deep/er moved; rm link; mkdir other
                cat deep/file top moved/file
                cat "$T_SOURCE_DIR/deep/er/file"
                if echo x >"$T_SOURCE_DIR/top"; then exit 1; fi
                echo NAME=value >"$T_RESULT_FILE"; echo x >"$T_REPORTS/x"
                """, user: "1234:1234", source: try await Self.source(home),
                produces: [ProducedArtifact(name: "a", path: "deep")])
            let (log, result) = try await home.run(request)
            #expect(result.ending == .exited(code: 0), "\(log)")
            #expect(
                log.hasPrefix("old deep/file\nmore\nnew\nold deep/er/file\nold deep/er/file"))
            #expect(result.artifactProblems.isEmpty)
            #expect(result.artifacts["a"] != nil)
            // The laid out source, which other jobs see, is as it was.
            let second = try await home.run(
                try home.request("cat top deep/file", source: request.source, number: 2))
            #expect(second.log == "old top\nold deep/file")
        }
    }

    @Test("a large source is not copied for that")
    func large() async throws {
        try await ExecutorHome.with { home in
            let folder = "\(home.home.path)/../source"
            try Files.makeFolders(folder)
            let made = try await Program.run(
                "/bin/dd", ["if=/dev/zero", "of=\(folder)/big", "bs=1M", "count=64"])
            #expect(made.code == 0)
            let packed = try FolderArchive().pack(
                try Files.open(folder), links: .any, into: home.blobs)
            let record = ArtifactRecord(
                kind: .folder, digest: packed.digest, size: packed.size, isExecutable: false)
            let handle = try await home.executor.start(
                try home.request(
                    "stat -c %u:%s big; trap 'exit 0' TERM; while true; do sleep 0.05; done",
                    user: "1234", source: record))
            let used = try await Program.run("/usr/bin/du", ["-sk", home.home.attemptsPath])
            await home.executor.cancel(handle, grace: .seconds(10))
            _ = try await home.executor.collect(handle)
            home.executor.dispose(handle.id)
            await home.executor.settle()
            let kibibytes = Int(used.output.prefix { $0.isNumber }) ?? 0
            #expect(kibibytes < 4096, "\(used.output)")
        }
    }
}
