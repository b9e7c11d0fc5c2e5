import Domain
import Storage
import Synchronization
import TestSupport
import Testing
import Workflows

@testable import Runs

/// Within a process no step of the machine's clock moves a deadline.
struct ClockTests {
    /// A clock that is put forward and back by up to a year, each time that it is read.
    private final class JumpingClock: Sendable {
        private let random: Mutex<SeededGenerator>
        private let start = ContinuousClock.now

        init(seed: UInt64) {
            random = Mutex(SeededGenerator(seed: seed))
        }

        func now() -> Timestamp {
            let year: Int64 = 365 * 86_400
            let jump = random.withLock { Int64.random(in: -year...year, using: &$0) }
            return Timestamp(microseconds: 1_795_000_000_000_000) + .seconds(jump)
                + (ContinuousClock.now - start)
        }
    }

    /// Attempts that run until they are told to stop; those of some legs fail at once.
    private final class Endless: JobExecutor {
        private let stopped = Mutex<Set<AttemptID>>([])
        private let failing: Set<Int>

        init(failing: Set<Int> = []) {
            self.failing = failing
        }

        private struct Log: LogSource {
            let hasEnded: @Sendable () -> Bool

            func next() async throws -> [LogChunk] {
                while !hasEnded() { try await Task.sleep(for: .milliseconds(5)) }
                return []
            }
        }

        func start(_ attempt: AttemptRequest) async throws(ExecutorError) -> AttemptHandle {
            AttemptHandle(id: attempt.id, startedAt: nil)
        }
        func adopt(
            _ attempt: AttemptRequest
        ) async throws(ExecutorError) -> AttemptHandle? { nil }
        func logs(_ handle: AttemptHandle) -> AttemptLogs {
            AttemptLogs(
                job: Log { [self] in
                    failing.contains(handle.id.leg)
                        || stopped.withLock { $0.contains(handle.id) }
                })
        }
        func cancel(_ handle: AttemptHandle, grace: Duration) async {
            stopped.withLock { _ = $0.insert(handle.id) }
        }
        func collect(
            _ handle: AttemptHandle
        ) async throws(ExecutorError) -> AttemptResult {
            AttemptResult(
                ending: .exited(code: 1), endedAt: Timestamp(microseconds: .max / 4),
                resultFile: [], artifacts: [:], artifactProblems: [:])
        }
        func discard(_ id: AttemptID) async {}
        func release(_ run: RunID) {}
    }

    @Test(
        "timeouts come when their time is over, whatever the clock of the machine does",
        arguments: [1, 2, 3] as [UInt64])
    func timeouts(seed: UInt64) async throws {
        let clock = JumpingClock(seed: seed)
        try await RunLoopTests.with(Endless(), now: { clock.now() }) { fixture in
            let text = """
                slipway: 1
                name: demo
                stages:
                  - name: s
                    jobs: [{name: a, component: b, timeout: 1s}]
                """
            let run = try await fixture.service.create(fixture.request(text))
            let start = ContinuousClock.now
            let state = try await fixture.service.advance(run, observer: nil)
            let took = ContinuousClock.now - start
            #expect(state.jobs[0].state == .timedOut)
            #expect(took >= .seconds(1) && took < .seconds(120), "\(took)")
        }
    }

    @Test(
        "pauses between attempts are as long as they were said to be",
        arguments: [4, 5] as [UInt64])
    func retries(seed: UInt64) async throws {
        let clock = JumpingClock(seed: seed)
        try await RunLoopTests.with(Endless(failing: [0]), now: { clock.now() }) { fixture in
            let text = """
                slipway: 1
                name: demo
                stages:
                  - name: s
                    jobs:
                      - {name: a, component: b, retry: {attempts: 3, backoff: 200ms, on: [failed]}}
                """
            let run = try await fixture.service.create(fixture.request(text))
            let start = ContinuousClock.now
            let state = try await fixture.service.advance(run, observer: nil)
            let took = ContinuousClock.now - start
            #expect(state.jobs[0].state == .failed)
            #expect(state.legs[0].attempt == 3)
            // 200 ms and 400 ms, each a quarter more or less.
            #expect(took >= .milliseconds(450) && took < .seconds(120), "\(took)")
            // What is stored can be read again, in its order, though its times are not in order.
            let stored = try await fixture.service.load(run.id).state
            #expect(stored.jobs[0].state == .failed)
        }
    }

    private final class Bells: Sendable {
        private let stages = Mutex<[Int]>([])
        var rung: [Int] { stages.withLock { $0 } }

        func ring(_ event: RunEvent) { stages.withLock { $0.append(event.stage ?? -1) } }
    }

    @Test("alarms ring in the order of their times; one whose time is over rings at once")
    func alarms() async throws {
        let alarms = AlarmClock()
        let bells = Bells()
        for (delay, stage) in [(80, 3), (40, 2), (-1_000_000_000, 0), (20, 1)] {
            alarms.add(after: .milliseconds(delay), .stageTimedOut(stage: stage))
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await alarms.run { bells.ring($0) } }
            let all: Bool? = try await eventually { bells.rung.count == 4 ? true : nil }
            #expect(all == true)
            group.cancelAll()
        }
        #expect(bells.rung == [0, 1, 2, 3])
    }

    @Test("times of lines stay as the job's streams had them, also where the clock went back")
    func lines() async throws {
        try await withTemporaryFolder { folder in
            let logs = LogStore(path: folder)
            let writer = try logs.writer(LogFixture.id) { NoMask() }
            let times: [Int64] = [5_000_000, 1_000_000, -7, 9_000_000].map {
                LogFixture.base + $0
            }
            for (index, time) in (times + [-1]).enumerated() {
                try writer.append([
                    LogChunk(
                        stream: .output, time: Timestamp(microseconds: time),
                        bytes: Array("\(index)".utf8), endsLine: true)
                ])
            }
            try writer.finish()
            let page = try #require(try logs.reader(LogFixture.id)).read(from: 0)
            let texts = page.lines.map { String(decoding: $0.text, as: UTF8.self) }
            #expect(texts == ["0", "1", "2", "3", "4"])
            // Before 1970 there is no time for a line.
            #expect(page.lines.map(\.time.microseconds) == times + [0])
        }
    }
}
