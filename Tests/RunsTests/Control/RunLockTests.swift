import Domain
import Glibc
import Storage
import TestSupport
import Testing

@testable import Runs

struct RunLockTests {
    private static let run = RunID(at: Timestamp(microseconds: 1), random: (0, 1))

    @Test("one holds it; when it is let go its name goes too, and another may have it")
    func exclusive() async throws {
        try await withTemporaryFolder { folder in
            #expect(try !RunLock.isHeld(Self.run, in: folder))
            let first = try #require(try RunLock(Self.run, in: folder))
            #expect(try RunLock(Self.run, in: folder) == nil)
            #expect(try RunLock.isHeld(Self.run, in: folder))
            first.release()
            #expect(try Files.list(folder) == [])
            #expect(try !RunLock.isHeld(Self.run, in: folder))
            let second = try #require(try RunLock(Self.run, in: folder))
            // What is let go twice takes nobody else's name away.
            first.release()
            #expect(try RunLock.isHeld(Self.run, in: folder))
            second.release()
        }
    }

    @Test("whoever takes over waits a moment for one who is about to let go, not for others")
    func patience() async throws {
        try await withTemporaryFolder { folder in
            let first = try #require(try RunLock(Self.run, in: folder))
            #expect(try await RunLock.take(Self.run, in: folder) == nil)
            async let second = RunLock.take(Self.run, in: folder)
            // Not when a task has its turn, which may be too late where all wait for theirs.
            try await IOPool.shared.run {
                usleep(50_000)
                first.release()
            }
            #expect(try await second != nil)
        }
    }

    @Test("many who take it in turn never have it together")
    func turns() async throws {
        try await withTemporaryFolder { folder in
            let inside = "\(folder)/inside"
            try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        var count = 0
                        for _ in 0..<300 {
                            guard let lock = try RunLock(Self.run, in: folder) else { continue }
                            #expect(try Files.status(inside) == nil)
                            try Files.writeFile(inside, [])
                            try Files.remove(inside)
                            lock.release()
                            count += 1
                        }
                        return count
                    }
                }
                let taken = try await group.reduce(0, +)
                #expect(taken > 0)
            }
            #expect(try Files.list(folder) == [])
        }
    }

    @Test("those who only look keep nobody away")
    func looks() async throws {
        try await withTemporaryFolder { folder in
            await withTaskGroup { group in
                group.addTask {
                    for _ in 0..<2000 {
                        do { _ = try RunLock.isHeld(Self.run, in: folder) } catch {
                            Issue.record("\(error)")
                        }
                    }
                }
                group.addTask {
                    for _ in 0..<500 {
                        do {
                            guard let lock = try RunLock(Self.run, in: folder) else {
                                Issue.record("somebody who looked had it")
                                continue
                            }
                            lock.release()
                        } catch {
                            Issue.record("\(error)")
                        }
                    }
                }
            }
        }
    }

    @Test("a lock file stays that is not older than the moment when nobody was about")
    func young() async throws {
        try await RunLoopTests.with { fixture in
            let run = try #require(RunID(parsing: "01arz3ndektsv4rrffq69g5fav"))
            // As a run has it that begins: the file, and not yet the lock.
            let path = "\(fixture.home.locksPath)/\(run.text).lock"
            try Files.writeFile(path, [])
            let made = try #require(try Files.status(path)?.modified)
            func found(_ youngest: FileTime) async throws -> Int {
                try await fixture.service.abandonedControl(present: [], olderThan: youngest).count
            }
            #expect(try await found(made) == 0)
            #expect(try await found(FileTime(seconds: made.seconds + 1, nanoseconds: 0)) == 1)
            // Something else of it is there, which nobody would know for this home's.
            let later = FileTime(seconds: made.seconds + 1, nanoseconds: 0)
            let rest = try await fixture.service.abandonedControl(present: [run], olderThan: later)
            #expect(rest.isEmpty)
        }
    }
}
