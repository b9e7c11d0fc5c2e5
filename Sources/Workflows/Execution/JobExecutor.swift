package import Domain

/// Runs one attempt somewhere: this machine's containers first, Kubernetes and services later.
///
/// The life of an attempt:
/// - `start` returns when the attempt runs, or throws what kept it from starting (`errored`);
/// - `logs` streams what it prints, from the first byte, until it has ended;
/// - `cancel` asks it to stop, and ends it by force after the grace period;
/// - `collect` waits for its end and gathers what it made; all of it stays, so that another process
///   can do so again as long as the end is not recorded;
/// - `dispose` removes every trace of it, once its end is recorded; `keep` keeps its files instead;
/// - `leave` lets go of it instead: it goes on, and is found again by `adopt`;
/// - `discard` removes one that nobody will ask for any more;
/// - `release` removes what the attempts of a run shared, when the run has ended.
package protocol JobExecutor: Sendable {
    func start(_ attempt: AttemptRequest) async throws(ExecutorError) -> AttemptHandle
    /// Finds an attempt that an earlier process began, running or ended. Nil when its program was
    /// never started, so that it may be started now, or when nothing of it is left.
    func adopt(_ attempt: AttemptRequest) async throws(ExecutorError) -> AttemptHandle?
    func logs(_ handle: AttemptHandle) -> AttemptLogs
    func cancel(_ handle: AttemptHandle, grace: Duration) async
    /// The same for one that ran too long: what it made is gathered all the same where it had ended
    /// before.
    func expire(_ handle: AttemptHandle, grace: Duration) async
    func collect(_ handle: AttemptHandle) async throws(ExecutorError) -> AttemptResult
    /// Removes every trace of an attempt whose end is recorded. Behind the caller.
    func dispose(_ id: AttemptID)
    /// Nobody here follows the attempt any more: what waits for it ends with `left`.
    func leave(_ id: AttemptID)
    /// Ends and removes what is left of an attempt whose process is gone.
    func discard(_ id: AttemptID) async
    /// Keeps the files of an attempt that was held, for somebody who looks into it. Behind the
    /// caller.
    func keep(_ attempt: KeptAttempt)
    /// Waits for what was asked for behind the caller so far.
    func settle() async
    /// Removes what the attempts of a run shared. Behind the caller.
    func release(_ run: RunID)
}

extension JobExecutor {
    package func expire(_ handle: AttemptHandle, grace: Duration) async {
        await cancel(handle, grace: grace)
    }

    package func settle() async {}
    package func dispose(_ id: AttemptID) {}
    package func leave(_ id: AttemptID) {}
    /// For executors that have no files to keep.
    package func keep(_ attempt: KeptAttempt) {}
}

/// What an attempt prints, in pieces; whoever reads it sets the pace.
package protocol LogSource: Sendable {
    /// Waits for more; empty when the attempt has ended and all was read. One reader.
    func next() async throws -> [LogChunk]
}

/// Names one attempt within a home; also its idempotency key (DESIGN §5, "Crash rules").
package struct AttemptID: Hashable, Sendable, CustomStringConvertible {
    package let run: RunID
    /// Index of the leg in the run's plan.
    package let leg: Int
    /// Counts from 1.
    package let number: Int

    package init(run: RunID, leg: Int, number: Int) {
        self.run = run
        self.leg = leg
        self.number = number
    }

    package init?(parsing text: some StringProtocol) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, let run = RunID(parsing: String(parts[0])), let leg = Int(parts[1]),
            let number = Int(parts[2]), leg >= 0, number > 0
        else { return nil }
        self.init(run: run, leg: leg, number: number)
    }

    /// `RUN-LEG-ATTEMPT`: safe as a file, cgroup and container name.
    package var description: String { "\(run.text)-\(leg)-\(number)" }
}

/// A started attempt.
package struct AttemptHandle: Sendable {
    package let id: AttemptID
    /// When its container was made, where the executor knows.
    package let startedAt: Timestamp?

    package init(id: AttemptID, startedAt: Timestamp?) {
        self.id = id
        self.startedAt = startedAt
    }
}

/// A piece of what an attempt printed.
package struct LogChunk: Sendable {
    package enum Stream: UInt8, Sendable {
        case output = 1
        case error = 2
    }

    package let stream: Stream
    package let time: Timestamp
    /// Raw bytes, without the line's end.
    package let bytes: [UInt8]
    /// False for a piece of a longer line that goes on in the next chunk of this stream.
    package let endsLine: Bool

    package init(stream: Stream, time: Timestamp, bytes: [UInt8], endsLine: Bool) {
        self.stream = stream
        self.time = time
        self.bytes = bytes
        self.endsLine = endsLine
    }
}

/// How an attempt ended, before anyone judged what it printed.
package struct AttemptResult: Sendable {
    package enum Ending: Hashable, Sendable {
        case exited(code: Int32)
        /// By a signal that nobody of ours sent.
        case killed(signal: Int32)
        /// The raw log reached its limit, so the executor ended the attempt.
        case logLimit
        /// What held the container is gone: nobody knows how it ended.
        case lost(String)
    }

    package let ending: Ending
    package let endedAt: Timestamp
    /// Content of `$T_RESULT_FILE`, at most 1 MiB + 1 byte; empty when none was written.
    package let resultFile: [UInt8]
    package let artifacts: [String: ArtifactRecord]
    /// Artifacts that could not be taken: name → why (missing, a link out, unreadable).
    package let artifactProblems: [String: String]
    /// Of the attempt's caches; `saved` is what it left, where its program succeeded.
    package let caches: [CacheUse]
    /// What lay below `$T_REPORTS`, sorted by path within each folder.
    package let reports: [CollectedReport]
    /// What a person should know, and what fails nothing.
    package let warnings: [String]
    /// Some of what it printed may be missing in `logs`: the disk was full meanwhile.
    package let mayLackOutput: Bool
    package let limits: ReachedLimits

    package init(
        ending: Ending, endedAt: Timestamp, resultFile: [UInt8],
        artifacts: [String: ArtifactRecord], artifactProblems: [String: String],
        caches: [CacheUse] = [], reports: [CollectedReport] = [], warnings: [String] = [],
        mayLackOutput: Bool = false, limits: ReachedLimits = ReachedLimits()
    ) {
        self.ending = ending
        self.endedAt = endedAt
        self.resultFile = resultFile
        self.artifacts = artifacts
        self.artifactProblems = artifactProblems
        self.caches = caches
        self.reports = reports
        self.warnings = warnings
        self.mayLackOutput = mayLackOutput
        self.limits = limits
    }
}
