import Domain
import Executors
import OCI
import Registry
import Runs
import Storage
import Workflows

/// One collection of a home: what nothing needs goes, and what a policy lets go before
/// (docs/decisions/0020).
///
/// Rows go before files: whenever it ends, what is left of something is needed by nobody, and the
/// next collection takes it.
struct HomeCollection: Sendable {
    let services: HomeServices
    let policy: RetentionPolicy
    let tally: CollectionTally
    /// Counts the home, although the policy does not ask for it.
    let countsUsage: Bool
    /// Told what goes on, for people.
    let note: @Sendable (String) -> Void

    struct Outcome: Sendable {
        var usage: HomeUsage?
        /// Bytes that the policy's size is still exceeded by.
        var excess: Int64 = 0
        var isAlone = false
        var isStopped = false
        /// What stands among the blobs and is none.
        var strangers: [String] = []
        var database: (before: DatabaseSpace, after: DatabaseSpace)?
    }

    /// Since when what is there may be about to be needed.
    struct Moment {
        let youngest: FileTime
        let isAlone: Bool
        let start: Timestamp
    }

    var isDry: Bool { tally.isDry }
    var store: RunStore { services.runs.store }

    func run() async throws -> Outcome {
        var outcome = Outcome()
        do {
            let turn = try await turn()
            try await collect(&outcome)
            withExtendedLifetime(turn) {}
        } catch is CollectionStopped {
            outcome.isStopped = true
        }
        return outcome
    }

    /// Waits until no other collection of this home goes on.
    private func turn() async throws -> OpenFile {
        let home = services.home
        return try await wait("another 'slipway gc' of this home") {
            try HomeUse.collector(of: home)
        }
    }

    /// Asks again until there is an answer, or until it is told to stop. `ask` blocks.
    private func wait<Value: Sendable>(
        _ what: String, for ask: @escaping @Sendable () throws -> Value?
    ) async throws -> Value {
        var isTold = false
        while true {
            try tally.checkpoint()
            if let value = try await IOPool.shared.run(ask) { return value }
            if !isTold { note("waits for \(what)") }
            isTold = true
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    private func collect(_ outcome: inout Outcome) async throws {
        let images = services.images
        try await wait("an image that is coming in") { try images.isImporting() ? nil : () }
        let use = services.use
        let (youngest, isAlone) = try await IOPool.shared.run { try use.youngestGarbage() }
        let moment = Moment(
            youngest: youngest, isAlone: isAlone, start: HomeServices.now())
        outcome.isAlone = isAlone
        let space = try await services.database.space()
        // What needs no room on the disk first: it may be full.
        try await clearAttempts()
        try await clearHalfWritten(moment)

        note("looks at runs and blobs")
        var marks = try await list()
        var plan = try await self.plan(moment)
        if countsUsage || policy.size != nil {
            let (usage, excess) = try await measure(marks, &plan, space)
            outcome.usage = usage
            outcome.excess = excess
        }
        try await clearRows(plan, marks, moment)
        try await clearKept(plan, moment)
        if isDry {
            try await marks.markRuns(.kept(plan), services)
        } else {
            // What is recorded now is what counts, whatever was meant to go.
            marks = try await list()
            try await marks.markRuns(.recorded, services)
        }
        let gone = try await clearImages(marks, moment)
        try await marks.markImages(except: gone, services.images)
        outcome.strangers = marks.blobs.strangers + marks.caches.strangers
        try await clearContent(marks, gone, moment)
        outcome.database = (space, try await giveSpaceBack(space))
    }

    private func list() async throws -> HomeMarks {
        let (services, tally) = (services, tally)
        return try await IOPool.shared.run {
            try HomeMarks(listing: services) { try tally.checkpoint() }
        }
    }

    // MARK: What a policy lets go

    private func plan(_ moment: Moment) async throws -> RetentionPlan {
        let runs = services.runs
        let families = try await store.families { try runs.isOwned($0) }
        var memos: [Timestamp] = []
        if policy.age != nil || policy.size != nil {
            try await store.forEachMemo { _, madeAt, _ in memos.append(madeAt) }
        }
        let caches = try await store.caches().map(\.usedAt)
        return RetentionPlan(
            policy, families: families, memos: memos, caches: caches, at: moment.start)
    }

    /// Counts the home, and lets the plan choose more where the home is too large.
    private func measure(
        _ marks: HomeMarks, _ plan: inout RetentionPlan, _ space: DatabaseSpace
    ) async throws -> (HomeUsage, excess: Int64) {
        var ranked = marks
        try await ranked.markRuns(.ranked(plan), services)
        try await ranked.markImages(except: [], services.images)
        let (home, blobs, executor) = (services.home, ranked.blobs, services.executor)
        let usage = try await IOPool.shared.run {
            try HomeUsage(home, blobs: blobs, database: space)
        }
        guard let size = policy.size else { return (usage, 0) }
        let laid = try await IOPool.shared.run { try executor.laidTrees() }
        for tree in laid { ranked.blobs.add(bytes: tree.bytes, to: tree.digest) }
        var freed: [UInt32: Int64] = [:]
        ranked.blobs.forEachRemovable { freed[$0, default: 0] += $1 }
        ranked.caches.forEachRemovable { freed[$0, default: 0] += $1 }
        let runs = services.runs
        for (index, family) in plan.families.enumerated() {
            guard let rank = plan.rank(ofFamily: index) else { continue }
            freed[rank, default: 0] += try await IOPool.shared.run {
                try family.runs.reduce(0) { $0 + (try runs.logBytes(of: $1)) }
            }
        }
        let excess = plan.choose(
            toFree: usage.total - usage.unreached - size.bytes, freed)
        return (usage, excess)
    }
}
