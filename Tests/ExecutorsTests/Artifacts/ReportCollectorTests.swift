import Glibc
import Storage
import TestSupport
import Testing
import Workflows

@testable import Executors

struct ReportCollectorTests {
    private static func collect(
        limits: ReportCollector.Limits = .init(), _ make: (String) throws -> Void
    ) async throws -> (paths: [String], warnings: [String], texts: [String]) {
        try await withTemporaryFolder { folder in
            let place = "\(folder)/reports"
            try Files.makeFolders(place)
            try Files.makeFolders("\(folder)/blobs/tmp")
            try Files.writeFile("\(folder)/outside", Array("secret".utf8))
            try make(place)
            let blobs = BlobStore(path: "\(folder)/blobs")
            let found = try ReportCollector(blobs: blobs, limits: limits).collect(from: place)
            let texts = try found.reports.map {
                String(decoding: try blobs.read($0.digest, limit: 1 << 20), as: UTF8.self)
            }
            return (found.reports.map(\.path), found.warnings, texts)
        }
    }

    private static func write(_ text: String, _ path: String) throws {
        try Files.writeFile(path, Array(text.utf8))
    }

    @Test("files are taken, in folders too; links, fifos, sockets and devices are not")
    func hostile() async throws {
        let found = try await Self.collect { place in
            try Files.makeFolders("\(place)/deep/er")
            try Self.write("one", "\(place)/a.xml")
            try Self.write("two", "\(place)/deep/er/b")
            try Files.link("../outside", at: "\(place)/link")
            try Files.link("/etc", at: "\(place)/folder-link")
            try Files.link("a.xml", at: "\(place)/inner-link")
            #expect(unsafe mkfifo("\(place)/fifo", 0o666) == 0)
            #expect(unsafe mknod("\(place)/device", S_IFCHR | 0o666, 0x0103) == 0)
            #expect(unsafe mknod("\(place)/socket", S_IFSOCK | 0o666, 0) == 0)
            // Another name of a file of the job's own, whose bytes it could copy as well.
            #expect(unsafe link("\(place)/a.xml", "\(place)/hard") == 0)
        }
        #expect(found.paths == ["a.xml", "deep/er/b", "hard"])
        #expect(found.texts == ["one", "two", "one"])
        #expect(found.warnings.count == 6)
        for name in ["link", "folder-link", "inner-link"] {
            #expect(found.warnings.contains("reports: '\(name)' is left out: it is a link"))
        }
        for name in ["fifo", "device", "socket"] {
            #expect(
                found.warnings.contains(
                    "reports: '\(name)' is left out: it is neither a file nor a folder"))
        }
    }

    @Test("what is past a limit is left out, and a warning says so")
    func limits() async throws {
        var limits = ReportCollector.Limits()
        (limits.files, limits.fileBytes, limits.bytes, limits.depth) = (3, 10, 15, 1)
        let found = try await Self.collect(limits: limits) { place in
            try Files.makeFolders("\(place)/0/1/2")
            try Self.write("deep", "\(place)/0/1/x")
            try Self.write("12345678901", "\(place)/a-long")
            let hole = try Files.open("\(place)/a-hole", O_WRONLY | O_CREAT)
            try hole.truncate(to: 1 << 40)
            try Self.write("1234567890", "\(place)/b")
            try Self.write("123456", "\(place)/c-too-much")
            for name in ["d", "e", "f", "g"] { try Self.write("x", "\(place)/\(name)") }
        }
        #expect(found.paths == ["b", "d", "e"])
        let warnings = found.warnings.joined(separator: "\n")
        for part in ["'0/1' is left out", "'a-long'", "'a-hole'", "'c-too-much'", "3 files"] {
            #expect(warnings.contains(part), "\(part)")
        }
    }

    @Test("many bad entries make few warnings, and many names are not all looked at")
    func many() async throws {
        var limits = ReportCollector.Limits()
        limits.names = 30
        let found = try await Self.collect(limits: limits) { place in
            for number in 0..<100 { try Files.link("x", at: "\(place)/\(number)") }
        }
        #expect(found.paths.isEmpty)
        #expect(found.warnings.count == 11)
        #expect(found.warnings.last == "reports: … and 21 more")
    }
}
