package import Domain
import Workflows

/// What is to be known of a run to say whether it may go.
struct RetainedRun: Sendable {
    let id: RunID
    let number: Int64
    let workflow: String
    let phase: RunPhase
    let createdAt: Timestamp
    let endedAt: Timestamp?
    let caller: RunID?
}

/// A run with the runs that it called, and those that they called: they go together.
package struct RunFamily: Sendable {
    /// Of the run that nobody called.
    package let number: Int64
    package let workflow: String
    /// When the last of them ended.
    package let endedAt: Timestamp
    package let runs: [RunID]
    /// One of them has not ended, or somebody needs it.
    package let isBound: Bool

    /// The families of all runs, the one that ended first in front.
    static func all(_ runs: [RetainedRun], needed: Set<RunID>) -> [RunFamily] {
        let known = Dictionary(runs.map { ($0.id, $0) }) { first, _ in first }
        var members: [RunID: [RetainedRun]] = [:]
        for run in runs {
            var top = run
            // A circle cannot come about, as a caller is older; bounded all the same.
            for _ in 0..<64 {
                guard let caller = top.caller, let above = known[caller] else { break }
                top = above
            }
            members[top.id, default: []].append(run)
        }
        return members.compactMap { id, runs -> RunFamily? in
            guard let top = known[id] else { return nil }
            return RunFamily(
                number: top.number, workflow: top.workflow,
                endedAt: runs.map { $0.endedAt ?? $0.createdAt }.max() ?? top.createdAt,
                runs: runs.map(\.id),
                isBound: runs.contains { !$0.phase.isFinal || needed.contains($0.id) })
        }.sorted { ($0.endedAt, $0.number) < ($1.endedAt, $1.number) }
    }
}
