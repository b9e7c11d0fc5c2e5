import Domain
package import Workflows

/// Sees what was committed, in order; must return quickly.
package protocol RunObserver: Sendable {
    /// `state` is what all of the events made of the run; it is not to be kept.
    func didCommit(_ events: [RecordedEvent], state: borrowing RunState)
    /// The run waits for older runs of its concurrency group.
    func willWait(for runs: [Int64], group: String)
    /// An attempt called another run, or found it again.
    func didCall(_ run: Int64, label: String)
}

extension RunObserver {
    package func willWait(for runs: [Int64], group: String) {}
    package func didCall(_ run: Int64, label: String) {}
}

/// What the loop of one run works with.
struct RunContext: Sendable {
    let store: RunStore
    let executor: any JobExecutor
    let hooks: any HookEvaluator
    let logs: LogStore
    let masker: any Masking
    let secrets: [String: Secret]
    let observer: (any RunObserver)?
    let now: @Sendable () -> Timestamp
    /// Attempts at once.
    let slots: Int
    let calls: CalledRuns
    let memoisation: Memoisation
    let entered: EnteredAttempts
    let questions: Questions
    /// What attempts left that failed stays.
    let keepsFailed: Bool
    /// Nil where the runs of this process are never given away.
    let departure: Departure?
    /// Hands on what somebody is to be told; returns at once.
    let tell: @Sendable (RunNotification) -> Void
    /// No job runs in a weaker sandbox.
    let floor: @Sendable () throws -> Sandbox

    /// Between SIGTERM and SIGKILL (DESIGN §2, "Cancel").
    static let grace = Duration.seconds(10)
}
