import Glibc
import OCI
import Synchronization
import TestSupport
import Testing

@testable import Storage

/// Blobs that go, and blobs that do not, while others are at work (docs/decisions/0020).
struct BlobSweepTests {
    /// Sweeps what is not marked; gives the names that went.
    private static func sweep(
        _ store: BlobStore, _ inventory: BlobInventory, olderThan time: FileTime,
        isDry: Bool = false
    ) throws -> [String] {
        var gone: [String] = []
        try store.sweep(
            inventory, olderThan: time,
            take: { name, _ in
                gone.append(name)
                return !isDry
            }, failed: { Issue.record("\($0): \($1)") }, checkpoint: {})
        return gone
    }

    private static let far = FileTime(seconds: 1 << 40, nanoseconds: 0)

    @Test("what nobody needs goes, once it is old enough; a dry run takes nothing")
    func sweeps() async throws {
        try await withTemporaryFolder { path in
            let store = BlobStore(path: "\(path)/blobs")
            #expect(try store.inventory().count == 0)
            let kept = try store.put(Array("kept".utf8))
            let gone = try store.put(Array("gone".utf8))
            var inventory = try store.inventory()
            #expect(inventory.count == 2)
            inventory.mark(kept, isOfImage: false)
            let past = FileTime(seconds: 1, nanoseconds: 0)
            #expect(try Self.sweep(store, inventory, olderThan: past) == [])
            let dry = try Self.sweep(store, inventory, olderThan: Self.far, isDry: true)
            #expect(dry == [gone.description])
            #expect(store.contains(gone))
            let went = try Self.sweep(store, inventory, olderThan: Self.far)
            #expect(went == [gone.description])
            #expect(store.contains(kept) && !store.contains(gone))
            // A second collection that listed the same finds nothing to do.
            #expect(try Self.sweep(store, inventory, olderThan: Self.far) == [])
        }
    }

    @Test(
        "whoever finds a blob after the listing has it, by whichever way",
        arguments: ["put", "writer", "claim", "take"])
    func claims(way: String) async throws {
        try await withTemporaryFolder { path in
            let store = BlobStore(path: "\(path)/blobs")
            let bytes = Array("found".utf8)
            let digest = try store.put(bytes)
            try Self.age(store.path(of: digest))
            let inventory = try store.inventory()
            let moment = FileTime.now
            switch way {
            case "put": try store.put(bytes)
            case "claim": #expect(try store.claim(digest))
            case "writer":
                let writer = try store.writer()
                try writer.write(bytes)
                try writer.finish()
                #expect(!writer.isNew)
            default:
                let incoming = try #require(try store.incoming(digest))
                try incoming.append(bytes)
                try incoming.finish(size: Int64(bytes.count))
                #expect(try store.take(digest))
            }
            #expect(try Self.sweep(store, inventory, olderThan: moment) == [])
            #expect(store.contains(digest))
            let none = Digest(of: "none".utf8)
            #expect(try !store.claim(none))
        }
    }

    @Test("a blob that waited for days on its way in is young when it comes in")
    func incoming() async throws {
        try await withTemporaryFolder { path in
            let store = BlobStore(path: "\(path)/blobs")
            let digest = Digest(of: "late".utf8)
            let incoming = try #require(try store.incoming(digest))
            try incoming.append(Array("late".utf8))
            try incoming.finish(size: 4)
            try Self.age("\(path)/blobs/incoming/\(digest.hex)")
            let moment = FileTime.now
            #expect(try store.take(digest))
            let inventory = try store.inventory()
            #expect(try Self.sweep(store, inventory, olderThan: moment) == [])
        }
    }

    private static func age(_ path: String) throws {
        var times = [timespec(tv_sec: 5, tv_nsec: 0), timespec(tv_sec: 5, tv_nsec: 0)]
        try #require(unsafe utimensat(AT_FDCWD, path, &times, 0) == 0)
    }

    private final class Book: Sendable {
        let recorded = Mutex<Set<Digest>>([])
        let isOver = Mutex(false)
    }

    @Test("while blobs are found, recorded and swept at once, none that is recorded goes")
    func race() async throws {
        try await withTemporaryFolder { path in
            let store = BlobStore(path: "\(path)/blobs")
            let contents = (0..<40).map { Array("content \($0)".utf8) }
            let book = Book()
            for content in contents { try Self.age(store.path(of: try store.put(content))) }
            try await withThrowingTaskGroup(of: Int.self) { group in
                for seed in 0..<3 as Range<UInt64> {
                    group.addTask {
                        // Finds blobs that nothing names, and records a moment later that it did.
                        try await IOPool.shared.run {
                            var generator = SeededGenerator(seed: seed)
                            for _ in 0..<150 {
                                let content = contents[Int.random(in: 0..<30, using: &generator)]
                                let digest = try store.put(content)
                                if Bool.random(using: &generator) { usleep(200) }
                                book.recorded.withLock { _ = $0.insert(digest) }
                                #expect(store.contains(digest))
                            }
                            return 0
                        }
                    }
                }
                for _ in 0..<2 {
                    group.addTask {
                        try await IOPool.shared.run {
                            var count = 0
                            while !book.isOver.withLock({ $0 }) {
                                // Two that never rest would leave the others no processor.
                                usleep(2000)
                                var inventory = try store.inventory()
                                // What is recorded within a second is claimed within a second.
                                let moment = FileTime(
                                    seconds: FileTime.now.seconds - 1, nanoseconds: 0)
                                for digest in book.recorded.withLock({ $0 }) {
                                    inventory.mark(digest, isOfImage: false)
                                }
                                count += try Self.sweep(
                                    store, inventory, olderThan: moment
                                ).count
                            }
                            return count
                        }
                    }
                }
                // Whatever goes wrong, those that sweep end.
                defer { book.isOver.withLock { $0 = true } }
                var swept = 0
                for _ in 0..<3 { swept += try await group.next() ?? 0 }
                book.isOver.withLock { $0 = true }
                for try await count in group { swept += count }
                // Some are found by nobody.
                #expect(swept >= 10)
            }
            for digest in book.recorded.withLock({ $0 }) { #expect(store.contains(digest)) }
        }
    }

    @Test("links and other strangers among the blobs are neither followed nor removed")
    func hostile() async throws {
        try await withTemporaryFolder { path in
            let store = BlobStore(path: "\(path)/blobs")
            let real = try store.put(Array("real".utf8))
            let root = "\(path)/blobs/sha256"
            let outside = "\(path)/outside"
            let name = String(repeating: "ab", count: 32)
            try Files.makeFolders(outside)
            try Files.writeFile("\(outside)/\(name)", "precious".utf8)
            // A whole folder that leads out, a blob that does, a folder under a blob's name, a
            // name in the wrong folder, and names that are none.
            try Files.link(outside, at: "\(root)/ab")
            try Files.makeFolders("\(root)/cd")
            let linked = "cd" + String(repeating: "0", count: 62)
            try Files.link("\(outside)/\(name)", at: "\(root)/cd/\(linked)")
            try Files.makeFolders("\(root)/cd/cd" + String(repeating: "1", count: 62))
            try Files.writeFile("\(root)/cd/\(name)", [])
            try Files.writeFile("\(root)/cd/notes", [])
            try Files.writeFile("\(root)/readme", [])
            let inventory = try store.inventory()
            #expect(inventory.count == 1)
            #expect(inventory.strangers.count == 6)
            #expect(try Self.sweep(store, inventory, olderThan: Self.far) == [real.description])
            for stranger in inventory.strangers {
                #expect(try Files.status(stranger) != nil, "\(stranger)")
            }
            #expect(Files.exists("\(outside)/\(name)"))
        }
    }

    @Test("a blob that became a link after the listing is left alone")
    func swapped() async throws {
        try await withTemporaryFolder { path in
            let store = BlobStore(path: "\(path)/blobs")
            let digest = try store.put(Array("real".utf8))
            let inventory = try store.inventory()
            let blob = store.path(of: digest)
            try Files.writeFile("\(path)/precious", "precious".utf8)
            try Files.remove(blob)
            try Files.link("\(path)/precious", at: blob)
            #expect(try Self.sweep(store, inventory, olderThan: Self.far) == [])
            // The folder above it, too.
            let folder = String(blob.dropLast(65))
            try Files.rename(folder, to: "\(path)/moved")
            try Files.link("\(path)/moved", at: folder)
            #expect(try Self.sweep(store, inventory, olderThan: Self.far) == [])
            #expect(Files.exists("\(path)/precious"))
        }
    }
}
