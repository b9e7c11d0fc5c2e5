import Domain
import Testing
import Workflows

@testable import Runs

/// Which runs a policy lets go: pure.
struct RetentionPlanTests {
    private static let day: Int64 = 86_400_000_000
    private static let now = Timestamp(microseconds: 100 * day)

    private static func id(_ number: Int64) -> RunID {
        RunID(at: Timestamp(microseconds: 0), random: (0, UInt64(number)))
    }

    /// Runs 1, 2, …, which ended so many days ago.
    private static func runs(
        _ days: [Int64], workflows: [String] = [], open: Set<Int64> = [],
        callers: [Int64: Int64] = [:]
    ) -> [RetainedRun] {
        days.enumerated().map { index, days in
            let number = Int64(index + 1)
            let end = Timestamp(microseconds: now.microseconds - days * day)
            return RetainedRun(
                id: id(number), number: number,
                workflow: workflows.isEmpty ? "w" : workflows[index],
                phase: open.contains(number) ? .paused : .succeeded, createdAt: end,
                endedAt: open.contains(number) ? nil : end, caller: callers[number].map(id))
        }
    }

    private static func plan(
        _ policy: RetentionPolicy, _ runs: [RetainedRun], needed: Set<RunID> = [],
        memos: [Int64] = [], caches: [Int64] = []
    ) -> RetentionPlan {
        func time(_ days: Int64) -> Timestamp {
            Timestamp(microseconds: now.microseconds - days * day)
        }
        return RetentionPlan(
            policy, families: RunFamily.all(runs, needed: needed), memos: memos.map(time),
            caches: caches.map(time), at: now)
    }

    private static let month = Duration.seconds(30 * 86_400)

    @Test(
        "age takes what is older, a number keeps the newest of each workflow",
        arguments: [
            (RetentionPolicy(), []), (RetentionPolicy(age: month), [1, 2]),
            (RetentionPolicy(age: .zero), [1, 2, 3, 4]),
            (RetentionPolicy(runs: 1), [1, 2]), (RetentionPolicy(runs: 2), []),
            (RetentionPolicy(runs: 0), [1, 2, 3, 4]),
            (RetentionPolicy(age: month, runs: 1), [1, 2]),
            (RetentionPolicy(age: month, runs: 2), []),
            (RetentionPolicy(age: month, runs: 0), [1, 2]),
            (RetentionPolicy(runs: 1, size: ByteSize(bytes: 1 << 40)), []),
            (RetentionPolicy(size: ByteSize(bytes: 1)), []),
        ] as [(RetentionPolicy, [Int64])])
    func chooses(policy: RetentionPolicy, expected: [Int64]) {
        // `a` has runs 1 and 4, `b` has 2 and 3.
        let plan = Self.plan(
            policy, Self.runs([90, 40, 20, 10], workflows: ["a", "b", "b", "a"]))
        #expect(plan.goingFamilies.map(\.number) == expected)
    }

    @Test("a run that has not ended stays, and so do those that it needs or belongs to")
    func bound() {
        let runs = Self.runs(
            [90, 80, 70, 60, 50], open: [2], callers: [2: 1, 4: 3, 5: 4])
        let plan = Self.plan(RetentionPolicy(age: .zero), runs)
        // 1 called 2, which goes on; 3 called 4, which called 5.
        #expect(plan.goingFamilies.map(\.number) == [3])
        #expect(plan.goingFamilies.first.map { Set($0.runs) } == Set([3, 4, 5].map(Self.id)))
        let needed = Self.plan(RetentionPolicy(age: .zero), runs, needed: [Self.id(5)])
        #expect(needed.goingFamilies.isEmpty)
    }

    @Test("a called run goes with its caller, however old it is; without one it is its own")
    func called() {
        let young = Self.runs([90, 10], callers: [1: 2])
        #expect(Self.plan(RetentionPolicy(age: Self.month), young).goingFamilies.isEmpty)
        let lost = Self.runs([90, 10], callers: [1: 77])
        #expect(
            Self.plan(RetentionPolicy(age: Self.month), lost).goingFamilies.map(\.number) == [1])
    }

    @Test("results and caches go by age alone, and by size in the order of time")
    func others() {
        let age = Self.plan(
            RetentionPolicy(age: Self.month), Self.runs([90, 10]), memos: [50, 5], caches: [40, 4])
        #expect(age.chosen == 3)
        let keep = Self.plan(RetentionPolicy(runs: 0), Self.runs([90]), memos: [50], caches: [40])
        #expect(keep.chosen == 1)
        var size = Self.plan(
            RetentionPolicy(size: ByteSize(bytes: 1)), Self.runs([90, 10]), memos: [50],
            caches: [40])
        let left = size.choose(toFree: 25, [1: 10, 2: 10, 3: 10, 4: 10])
        #expect(left == 0)
        #expect(size.chosen == 3)
        #expect(size.goingFamilies.map(\.number) == [1])
    }

    @Test("size takes no more than it must, and says what is too much")
    func size() {
        let policy = RetentionPolicy(age: Self.month, runs: 1, size: ByteSize(bytes: 1))
        var plan = Self.plan(policy, Self.runs([90, 20, 10, 5]))
        #expect(plan.chosen == 1)
        // What age takes may do.
        #expect(plan.choose(toFree: 10, [1: 10, 2: 10, 3: 10]) == 0)
        #expect(plan.chosen == 1)
        #expect(plan.choose(toFree: 15, [1: 10, 2: 10, 3: 10]) == 0)
        #expect(plan.chosen == 2)
        #expect(plan.choose(toFree: 100, [1: 10, 2: 10, 3: 10]) == 70)
        #expect(plan.goingFamilies.map(\.number) == [1, 2, 3])
        var none = Self.plan(policy, [])
        #expect(none.choose(toFree: 5, [:]) == 5)
    }
}
