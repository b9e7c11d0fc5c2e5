import Domain
import Glibc
import OCI
import Storage
import TestSupport
import Testing
import Workflows

@testable import Runs

/// What becomes a source: not a home that lies in the folder, nor what stands in its place.
struct SourceSnapshotTests {
    private static func names(
        _ declaration: SourceDeclaration, of file: String, home: Home, in folder: String
    ) async throws -> (names: [String], isDirty: Bool) {
        let blobs = BlobStore(path: home.blobsPath)
        let snapshot = try #require(
            try SourceSnapshot.take(
                declaration, within: SourceBounds(file: file, path: .main, allowed: []),
                into: blobs, without: home))
        let target = "\(folder)/unpacked"
        try Files.makeFolders(target)
        let packed = try blobs.open(snapshot.record.digest)
        var unpacker = try Unpacker(into: target, style: .tree)
        try unpacker.unpack { try packed.read(1 << 20) }
        return (try Files.list(target), snapshot.isDirty)
    }

    @Test("of a repository: neither packed nor a change")
    func repository() async throws {
        try await withTemporaryFolder { folder in
            let repository = try await Repository.make(at: "\(folder)/r")
            let home = try Home(path: "\(repository.path)/state/home")
            try Files.writeFile("\(home.path)/slipway.db", "x".utf8)
            let taken = try await Self.names(
                .automatic, of: "\(repository.path)/file", home: home, in: folder)
            #expect(taken.names == ["file", "folder", "link", "run.sh"])
            #expect(!taken.isDirty)
        }
    }

    @Test("of a folder that is taken whole, also under another name")
    func path() async throws {
        try await withTemporaryFolder { folder in
            try Files.makeFolders("\(folder)/project")
            try Files.writeFile("\(folder)/project/flow.yaml", "x".utf8)
            let real = try Home(path: "\(folder)/project/home")
            try Files.link("project", at: "\(folder)/alias")
            let home = try Home(path: "\(folder)/alias/home")
            #expect(home.path == real.path)
            let taken = try await Self.names(
                .path("."), of: "\(folder)/project/flow.yaml", home: home, in: folder)
            #expect(taken.names == ["flow.yaml"])
        }
    }

    @Test("of a folder that others change for a link out: itself, or nothing")
    func swapped() async throws {
        try await withTemporaryFolder { folder in
            let (project, home) = ("\(folder)/project", try Home(path: "\(folder)/home"))
            for path in ["\(project)/src/inside", "\(folder)/outside/secret"] {
                try Files.makeFolders(PathText.folder(of: path))
                try Files.writeFile(path, [])
            }
            try Files.writeFile("\(project)/flow.yaml", [])
            // It ends with the folder, at the latest.
            let swap = """
                while test -e ../go; do
                mv -T src aside; ln -s ../outside src; rm src; mv -T aside src
                done
                """
            try Files.writeFile("\(folder)/go", [])
            let swapper = try Program("/bin/sh", ["-c", swap], folder: project)
            defer { unsafe unlink("\(folder)/go") }
            let counts = try await IOPool.shared.run {
                var (takenCount, refusedCount, leakCount) = (0, 0, 0)
                for _ in 0..<100_000 where min(takenCount, refusedCount) < 20 {
                    do {
                        let snapshot = try SourceSnapshot.take(
                            .path("src"),
                            within: SourceBounds(
                                file: "\(project)/flow.yaml", path: .main, allowed: []),
                            into: BlobStore(path: home.blobsPath), without: home)
                        guard let digest = snapshot?.record.digest else { continue }
                        let tar = try BlobStore(path: home.blobsPath).read(digest, limit: 1 << 20)
                        if String(decoding: tar, as: UTF8.self).contains("secret") {
                            leakCount += 1
                        }
                        takenCount += 1
                    } catch let error as RunsError {
                        // Between the two it has no name at all.
                        if "\(error)".contains("outside of the workflow's project") {
                            refusedCount += 1
                        }
                    } catch is StorageError {}
                }
                return (taken: takenCount, refused: refusedCount, leaks: leakCount)
            }
            try Files.remove("\(folder)/go")
            _ = try await swapper.wait()
            #expect(counts.taken >= 20 && counts.refused >= 20 && counts.leaks == 0)
        }
    }

    @Test("the home itself is no source")
    func itself() async throws {
        try await withTemporaryFolder { folder in
            let home = try Home(path: "\(folder)/home")
            try Files.writeFile("\(home.path)/flow.yaml", "x".utf8)
            #expect(throws: RunsError.self) {
                try SourceSnapshot.take(
                    .path("."),
                    within: SourceBounds(
                        file: "\(home.path)/flow.yaml", path: .main, allowed: []),
                    into: BlobStore(path: home.blobsPath), without: home)
            }
        }
    }
}
