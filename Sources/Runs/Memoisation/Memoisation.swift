import Domain
import OCI
import Storage
import Workflows

/// Finds what a memoised job gave before (docs/decisions/0013).
struct Memoisation: Sendable {
    let store: RunStore
    let blobs: BlobStore
    let files: SourceFiles
    /// False for a run that looks nothing up.
    let looksUp: Bool

    /// So many named files have no place in one key.
    static let documentLimit = 4 << 20

    /// The report of an attempt: an earlier one's, or what `drive` gives, nil included. Of a job
    /// without `cache`, the latter.
    func report(
        _ request: AttemptRequest, _ job: JobDefinition, looksUp: Bool = true,
        _ drive: () async -> AttemptReport?
    ) async -> AttemptReport? {
        guard job.memo != nil else { return await drive() }
        let key: Digest
        do {
            key = try await self.key(request, job)
            if looksUp, let found = try await find(key) { return found }
        } catch let error as StorageError where error.isOfTheDisk {
            // Nothing can be looked up or kept; what that means for the run shows as it goes on.
            return await drive()
        } catch {
            return AttemptReport(refusedBy: error)
        }
        guard var report = await drive() else { return nil }
        do {
            // Claimed anew: the attempt may have run for longer than a claim holds.
            let blobs = blobs
            let isThere = try await IOPool.shared.run { try blobs.claim(key) }
            if !isThere { _ = try await self.key(request, job) }
            report.memo = Memo(key: key)
        } catch {
            report.warnings.append("cache: its result is not kept for other runs: \(error)")
        }
        return report
    }

    /// The key of an attempt; the document behind it is kept, so that it can be explained.
    func key(_ request: AttemptRequest, _ job: JobDefinition) async throws -> Digest {
        var digests: [String: Digest]?
        if let names = job.memo?.files {
            digests = try await files.digests(of: names, in: request.source)
        }
        let document = MemoKey(request, job, files: digests).document.canonicalBytes
        guard document.count <= Self.documentLimit else {
            throw RefusedAttempt(
                reason: "cache: its key is made of \(document.count) bytes; expected at most 4 MiB")
        }
        let blobs = blobs
        return try await IOPool.shared.run { try blobs.put(document) }
    }

    /// The report of an earlier attempt with this key, as this attempt's own.
    func find(_ key: Digest) async throws -> AttemptReport? {
        guard looksUp, let entry = try await store.memo(key) else { return nil }
        let blobs = blobs
        // What they hold is needed by this run now, and recorded in a moment.
        let isWhole = try await IOPool.shared.run {
            try entry.report.artifacts.values.allSatisfy { try blobs.claim($0.digest) }
                && entry.report.reports.allSatisfy { try blobs.claim($0.digest) }
        }
        guard isWhole else {
            try await store.removeMemo(key)
            return nil
        }
        return AttemptReport(
            state: .succeeded, exitCode: entry.report.exitCode, outputs: entry.report.outputs,
            artifacts: entry.report.artifacts,
            // What this home did with the earlier one says nothing of this one.
            warnings: entry.report.warnings.filter {
                !$0.hasPrefix(AttemptRequests.raisedSandbox)
            }, reports: entry.report.reports,
            memo: Memo(key: key, from: entry.attempt, run: entry.run))
    }
}

/// What a memoised attempt gave.
struct MemoEntry: Sendable {
    let key: Digest
    let attempt: AttemptID
    /// Number of its run.
    let run: Int64
    let report: AttemptReport
}

/// Attempts of one run whose reports are to be kept, once their legs have succeeded.
struct PendingMemos {
    private var reports: [Int: (attempt: Int, key: Digest, report: AttemptReport)] = [:]

    /// With those of a run that another process left while an `after` hook spoke.
    init(_ state: borrowing RunState) {
        for (index, leg) in state.legs.enumerated() where leg.state == .running {
            guard leg.isHookPending, leg.entrances.isEmpty, let memo = leg.memo, memo.from == nil
            else { continue }
            let report = AttemptReport(
                state: .succeeded, exitCode: leg.exitCode, outputs: leg.outputs,
                artifacts: leg.artifacts, reports: leg.reports, memo: memo)
            reports[index] = (leg.attempt, memo.key, report)
        }
    }

    /// Notes what ended, and gives what has succeeded as a whole; `state` is what the events made
    /// of the run.
    mutating func take(
        _ events: [RecordedEvent], _ state: borrowing RunState
    ) -> [MemoEntry] {
        for case .attemptEnded(let leg, let attempt, let report) in events.map(\.event) {
            reports[leg] = nil
            let wasEntered = !state.legs[leg].entrances.isEmpty
            if let memo = report.memo, memo.from == nil, report.state == .succeeded, !wasEntered {
                reports[leg] = (attempt, memo.key, report)
            }
        }
        guard !reports.isEmpty, let run = state.creation else { return [] }
        var entries: [MemoEntry] = []
        for (leg, made) in reports where state.legs[leg].state.isFinal {
            reports[leg] = nil
            guard state.legs[leg].state == .succeeded else { continue }
            entries.append(
                MemoEntry(
                    key: made.key, attempt: AttemptID(run: run.id, leg: leg, number: made.attempt),
                    run: run.number, report: made.report))
        }
        return entries
    }
}
