import OCI
import Storage
import TestSupport
import Testing
import Workflows

@testable import Runs

/// A home that lies in the folder that is taken is no part of it.
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
