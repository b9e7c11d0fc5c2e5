import Domain
import Executors
import Runs
import Workflows

/// What is left of attempts whose process is gone.
extension HomeServices {
    /// Attempts that one sweep removes at most; the next one takes the others.
    private static let sweepLimit = 200

    /// Removes or keeps the attempts of runs that are over, with all that is theirs on the machine,
    /// and then the locks and sockets of such runs.
    func sweepAttempts() async throws {
        var over: [RunID: Bool] = [:]
        var left = Self.sweepLimit
        let leftovers = try executor.leftovers()
        let lost = try await runs.lostRuns()
        var kept: [AttemptID: KeptAttempt] = [:]
        for id in leftovers where left > 0 {
            if over[id.run] == nil {
                over[id.run] = try await runs.isOver(id.run)
                guard over[id.run] == true else { continue }
                for attempt in try await runs.attemptsToKeep(id.run) { kept[attempt.id] = attempt }
            }
            guard over[id.run] == true else { continue }
            if let attempt = kept[id] {
                executor.keep(attempt)
            } else {
                let isRecorded = try await runs.store.isRecorded(id.run)
                executor.discardLater(id, clearsMachine: !isRecorded)
            }
            left -= 1
        }
        for run in try executor.sharingRuns() where try await runs.isOver(run) {
            executor.release(run)
        }
        var present = Set(leftovers.map(\.run))
        // Of others nothing is left but that.
        let bare = lost.subtracting(present)
        if !bare.isEmpty {
            let dead = try executor.attemptsOnMachine().filter { bare.contains($0.run) }
            present.formUnion(try executor.clearMachine(of: dead).map(\.run))
        }
        try await runs.removeAbandonedControl(present: present)
    }
}
