import OCI
import Storage
import TestSupport
import Testing

struct FilesTests {
    @Test("a blob with another digest than promised leaves nothing")
    func mismatch() async throws {
        try await withTemporaryFolder { path in
            let store = BlobStore(path: "\(path)/blobs")
            let wanted = Digest(of: "right".utf8)
            let writer = try store.writer()
            try writer.write(Array("wrong".utf8))
            #expect(throws: StorageError.self) { try writer.finish(expecting: wanted) }
            #expect(!store.contains(wanted))
            #expect(!store.contains(Digest(of: "wrong".utf8)))
        }
    }

    @Test("folders in folders are removed with few descriptors, however deep they are")
    func deep() async throws {
        try await withTemporaryFolder { path in
            try Files.makeFolders("\(path)/top/.moved-3")
            let script = """
                for (1..25000) { mkdir "d" or die; mkdir "e"; chdir "d" or die; }
                open(F, ">", "file") or die;
                """
            let made = try await Program.run(
                "/usr/bin/perl", ["-e", script], folder: "\(path)/top")
            #expect(made.code == 0, "\(made.error)")
            try Files.removeTree("\(path)/top")
            #expect(try Files.list(path) == [])
        }
    }

    @Test("a blob is read by its digest")
    func blob() async throws {
        try await withTemporaryFolder { path in
            let store = BlobStore(path: "\(path)/blobs")
            let digest = try store.put(Array("content".utf8))
            #expect(digest == Digest(of: "content".utf8))
            #expect(try store.read(digest, limit: 100) == Array("content".utf8))
        }
    }

    @Test("a link in an archive leads no file out of its folder")
    func escape() async throws {
        try await withTemporaryFolder { path in
            try Files.makeFolders("\(path)/root")
            try Files.makeFolders("\(path)/outside")
            var bytes: [UInt8] = []
            let tar = TarWriter { bytes += $0 }
            try tar.symbolicLink("way", target: "../outside")
            var body: [[UInt8]] = [Array("x".utf8)]
            try tar.file("way/file", isExecutable: false, size: 1) { body.removeFirst() }
            try tar.finish()
            var rest = bytes
            let source: () throws -> [UInt8] = {
                defer { rest = [] }
                return rest
            }
            #expect(throws: (any Error).self) {
                var unpacker = try Unpacker(into: "\(path)/root", style: .tree)
                try unpacker.unpack(source)
            }
            #expect(!Files.exists("\(path)/outside/file"))
        }
    }
}
