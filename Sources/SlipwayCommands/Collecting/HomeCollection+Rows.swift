import Domain
import OCI
import Runs
import Storage
import Workflows

/// What a policy lets go: rows first, then what lies in files of its own.
extension HomeCollection {
    /// Families in one transaction.
    static let familiesAtOnce = 250

    func clearRows(
        _ plan: RetentionPlan, _ marks: HomeMarks, _ moment: Moment
    ) async throws {
        let runs = services.runs
        // Of runs whose removal was cut off; what goes with a run now counts as that.
        let lost = try await store.forgottenEvents()
        if lost > 0 { tally.add(.events, "events of runs that are gone", bytes: 0, count: lost) }
        var rest = plan.goingFamilies[...]
        while !rest.isEmpty {
            try tally.checkpoint()
            let batch = Array(rest.prefix(Self.familiesAtOnce))
            rest = rest.dropFirst(batch.count)
            do {
                let gone = isDry ? batch : try await store.remove(batch)
                for family in gone { try await clearLogs(of: family, runs) }
            } catch let stopped as CollectionStopped {
                throw stopped
            } catch {
                tally.fail("runs \(batch.map { String($0.number) }.joined(separator: ", "))", error)
            }
        }
        do {
            try await clearMemos(plan, marks.blobs, moment)
            try await clearCaches(plan)
            try await clearForgotten()
        } catch let stopped as CollectionStopped {
            throw stopped
        } catch {
            tally.fail("the database", error)
        }
        do { try await tally.clear(.logs, try await runs.unknownLogs()) } catch let error
            where !(error is CollectionStopped)
        {
            tally.fail("logs", error)
        }
    }

    func clearLogs(of family: RunFamily, _ runs: RunService) async throws {
        let isDry = isDry
        for run in family.runs {
            let bytes = try await IOPool.shared.run {
                let bytes = try runs.logBytes(of: run)
                if !isDry { try runs.logs.remove(run: run) }
                return bytes
            }
            let name = "run \(family.number) of \(family.workflow) (\(run))"
            tally.add(.runs, name, bytes: bytes)
        }
    }

    func clearMemos(
        _ plan: RetentionPlan, _ blobs: BlobInventory, _ moment: Moment
    ) async throws {
        var going: [(key: Digest, madeAt: Timestamp)] = []
        try await store.forEachMemo { key, madeAt, report in
            let isOld = plan.rank(ofMemo: madeAt).map { $0 <= plan.chosen } ?? false
            // Of what was made since the blobs were listed nothing is known.
            let isBroken =
                madeAt + .seconds(HomeUse.graceSeconds) < moment.start
                && RunStore.digests(ofMemo: report).contains { !blobs.contains($0) }
            if isOld || isBroken { going.append((key, madeAt)) }
        }
        while !going.isEmpty {
            try tally.checkpoint()
            let batch = Array(going.suffix(500))
            going.removeLast(batch.count)
            if !isDry { try await store.removeMemos(batch) }
            for memo in batch { tally.add(.results, "result \(memo.key)", bytes: 0) }
        }
    }

    func clearCaches(_ plan: RetentionPlan) async throws {
        let going = try await store.caches().filter { cache in
            plan.rank(ofCache: cache.usedAt).map { $0 <= plan.chosen } ?? false
        }
        guard let last = going.map(\.usedAt).max() else { return }
        if !isDry { try await store.forgetCaches(unusedSince: last, of: nil) }
        for cache in going {
            tally.add(.caches, "cache \(cache.key) of \(cache.workflow)", bytes: 0)
        }
    }

    func clearForgotten() async throws {
        guard !isDry else { return }
        while try await store.removeForgotten() { try tally.checkpoint() }
    }
}
