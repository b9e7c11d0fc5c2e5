import Glibc
import Storage
import Synchronization
import TestSupport
import Testing
import Workflows

@testable import Executors

struct SharedWorkTests {
    /// Work that goes on until it is let go, and counts how often it began.
    private final class Slow: Sendable {
        let begun = Mutex(0)
        let mayEnd = Mutex(false)
        let shared = SharedWork<String, Int>(threads: IOPool(width: 4))

        func ask(_ stop: StopFlag = StopFlag()) async throws -> Int {
            try await shared.value(for: "key", stop: stop) { checkpoint in
                self.begun.withLock { $0 += 1 }
                while !self.mayEnd.withLock({ $0 }) {
                    try checkpoint()
                    usleep(1000)
                }
                return 7
            }
        }

        func hasBegun(_ count: Int) async throws {
            let seen: Bool? = try await eventually {
                self.begun.withLock { $0 } == count ? true : nil
            }
            try #require(seen == true)
        }
    }

    @Test("one who stops waiting goes at once; the others get the result")
    func leaves() async throws {
        let slow = Slow()
        let stop = StopFlag()
        let first = Task { try await slow.ask(stop) }
        try await slow.hasBegun(1)
        async let second = slow.ask()
        stop.raise()
        await #expect(throws: ExecutorError.cancelled) { try await first.value }
        slow.mayEnd.withLock { $0 = true }
        #expect(try await second == 7)
    }

    @Test("work that nobody waits for ends, and is done anew for who comes later")
    func givenUp() async throws {
        let slow = Slow()
        let stop = StopFlag()
        let first = Task { try await slow.ask(stop) }
        try await slow.hasBegun(1)
        stop.raise()
        await #expect(throws: ExecutorError.cancelled) { try await first.value }
        async let second = slow.ask()
        // Either the first work goes on for the second waiter, or it is done anew.
        slow.mayEnd.withLock { $0 = true }
        #expect(try await second == 7)
    }

    @Test("who was told to stop before does not wait")
    func before() async throws {
        let slow = Slow()
        let stop = StopFlag()
        stop.raise()
        await #expect(throws: ExecutorError.cancelled) { try await slow.ask(stop) }
    }

    @Test("a failure reaches all who wait")
    func fails() async throws {
        let shared = SharedWork<String, Int>()
        await withTaskGroup { group in
            for _ in 0..<20 {
                group.addTask {
                    await #expect(throws: ExecutorError.program("x")) {
                        try await shared.value(for: "key", stop: StopFlag()) { _ in
                            throw ExecutorError.program("x")
                        }
                    }
                }
            }
        }
    }
}
