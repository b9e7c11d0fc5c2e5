import Domain
import Synchronization
import Testing
import Workflows

@testable import Executors

/// What is done to one attempt behind the caller has one owner at a time.
struct CleanUpsTests {
    @Test("of one attempt one thing at a time, in order; settling waits for all of it")
    func order() async throws {
        let run = try #require(RunID(parsing: "01arz3ndektsv4rrffq69g5fav"))
        let cleanUps = CleanUps()
        let done = Mutex<[Int: [Int]]>([:])
        let busy = Mutex<[Int: Int]>([:])
        let clashes = Mutex(0)
        for step in 0..<200 {
            for leg in 0..<4 {
                cleanUps.add(AttemptID(run: run, leg: leg, number: 1)) {
                    let others = busy.withLock { busy -> Int in
                        defer { busy[leg, default: 0] += 1 }
                        return busy[leg, default: 0]
                    }
                    if others > 0 { clashes.withLock { $0 += 1 } }
                    done.withLock { $0[leg, default: []].append(step) }
                    busy.withLock { $0[leg, default: 0] -= 1 }
                }
            }
        }
        await cleanUps.wait()
        #expect(clashes.withLock { $0 } == 0)
        for leg in 0..<4 { #expect(done.withLock { $0[leg] } == Array(0..<200)) }
    }
}
