import Domain
import Executors
import Registry
import Runs
import Storage
import Workflows

/// What ended processes left.
extension HomeCollection {
    func clearAttempts() async throws {
        let (runs, executor) = (services.runs, services.executor)
        var over: [RunID: Bool] = [:]
        func isOver(_ run: RunID) async throws -> Bool {
            if over[run] == nil { over[run] = try await runs.isOver(run) }
            return over[run] == true
        }
        let leftovers = try executor.leftovers()
        var lost = try await runs.lostRuns()
        for run in Set(leftovers.map(\.run)) where try await isOver(run) {
            if try await !store.isRecorded(run) { lost.insert(run) }
        }
        var kept: [AttemptID: KeptAttempt] = [:]
        for run in Set(leftovers.map(\.run)) where try await isOver(run) {
            for attempt in try await runs.attemptsToKeep(run) { kept[attempt.id] = attempt }
        }
        for id in leftovers where try await isOver(id.run) {
            // Its process was gone before it was kept.
            if let attempt = kept[id] {
                if !isDry { executor.keep(attempt) }
                continue
            }
            try await tally.clear(.attempts) { [try executor.garbage(of: id)] }
        }
        await executor.settle()
        // Of other homes there are some, too: those alone whose run this home knows, by its tables
        // or by what its process left.
        let named = try executor.attemptsOnMachine()
        let ended = try await store.ended(Set(named.map(\.run)))
        let owned = try ended.filter { try runs.isOwned($0) }
        let dead = named.filter {
            lost.contains($0.run) || (ended.contains($0.run) && !owned.contains($0.run))
        }
        try await tally.clear(.controlGroups) { try executor.controlGroupGarbage(of: dead) }
        try await tally.clear(.addresses) { try executor.addressGarbage(of: dead) }
        for run in try executor.sharingRuns() where try await isOver(run) {
            try await tally.clear(.workspaces) { [try executor.workspaceGarbage(of: run)] }
        }
        try await tally.clear(.users) { try executor.usersGarbage() }
    }

    func clearHalfWritten(_ moment: Moment) async throws {
        let (blobs, images, executor) = (services.blobs, services.images, services.executor)
        let runs = services.runs
        var lifetime = ImageStore.incomingLifetime
        if let age = policy.age { lifetime = min(lifetime, age) }
        let limit = (moment.start + (.zero - lifetime)).microseconds / 1_000_000
        let old = moment.isAlone ? moment.youngest : nil
        try await tally.clear(.halfWritten) {
            try blobs.abandoned(olderThan: old) + blobs.oldIncoming(before: limit)
                + images.abandoned()
                + executor.abandoned(isAlone: moment.isAlone, olderThan: moment.youngest)
                + runs.abandonedSources()
        }
        let present = Set(
            (try executor.leftovers() + executor.attemptsOnMachine()).map(\.run))
        let control = try await runs.abandonedControl(present: present, olderThan: old)
        try await tally.clear(.locks, control)
    }

    /// What failed attempts left, of runs that are gone and of others when it is old.
    func clearKept(_ plan: RetentionPlan, _ moment: Moment) async throws {
        let executor = services.executor
        try await tally.clear(.brokenKept) {
            try executor.brokenKept(olderThan: moment.youngest)
        }
        let kept = try await IOPool.shared.run { try executor.kept() }
        let going = Set(plan.goingFamilies.flatMap(\.runs))
        for state in kept {
            let (id, keptAt) = (state.attempt.id, state.attempt.keptAt)
            let isOld = policy.age.map { keptAt + $0 < moment.start } ?? false
            var isWanted = !isOld && !going.contains(id.run)
            if isWanted { isWanted = try await store.isRecorded(id.run) }
            if isWanted { continue }
            try await tally.clear(.kept) { [try executor.garbage(of: state)] }
        }
    }
}
