package import Domain
package import OCI

/// Everything that can happen to a run; state is a fold over these (DESIGN §5).
///
/// Stages, jobs and legs are indexes of the run's `RunPlan`; attempts count from 1.
package enum RunEvent: Hashable, Sendable {
    case created(RunCreation)
    /// What an earlier run made of a job counts here too: the job is not run again.
    case jobReused(job: Int, ReusedJob)
    case started
    case stageStarted(stage: Int)
    case jobReady(job: Int)
    case conditionEvaluated(job: Int, HookOutcome)
    case jobSkipped(job: Int, reason: String)
    /// The references in a job's matrix were resolved, or could not be.
    case jobExpanded(job: Int, MatrixOutcome)
    case attemptStarting(leg: Int, attempt: Int)
    case beforeEvaluated(leg: Int, attempt: Int, HookOutcome)
    /// `since`: when its container began, where that is known; this is heard of a little later.
    case attemptStarted(leg: Int, attempt: Int, since: Timestamp? = nil)
    /// Somebody runs a command in the attempt's container, or in one of its services.
    case attemptEntered(leg: Int, attempt: Int, Entrance)
    case attemptTimedOut(leg: Int, attempt: Int)
    case attemptEnded(leg: Int, attempt: Int, AttemptReport)
    case afterEvaluated(leg: Int, attempt: Int, HookOutcome)
    /// The attempt did not succeed, and another one follows at `due`.
    case attemptRetried(leg: Int, attempt: Int, due: Timestamp, reason: String)
    case retryDue(leg: Int, attempt: Int)
    case legEnded(leg: Int, JobState, reason: String?)
    case jobEnded(job: Int, JobState, reason: String?)
    case stageConditionEvaluated(stage: Int, HookOutcome)
    case stageHookEvaluated(stage: Int, HookOutcome)
    case stageTimedOut(stage: Int)
    /// Somebody's word on a pause.
    case decided(stage: Int, Decision)
    case stageEnded(stage: Int, StageState, reason: String?)
    case cancelRequested(actor: String, reason: String)
    case endStagesTimedOut
    /// The run's clock reached `deadline`; another one was set since, after a pause, when it
    /// differs from the run's.
    case runTimedOut(deadline: Timestamp)
    case runEnded(RunPhase, reason: String?)
}

/// What a run is made of, fixed when it is created.
package struct RunCreation: Hashable, Sendable {
    package let id: RunID
    package let number: Int64
    package let workflow: String
    /// The workflow file's bytes, kept as a blob.
    package let definition: Digest
    /// Where the file stood: an absolute path. Runs of older versions have what the user typed.
    package let file: String
    package let actor: String
    /// The run's inputs; a secret never stands here.
    package let inputs: [String: JSONValue]
    /// Component as the file names it → manifest digest for this platform.
    package let images: [String: Digest]
    package let source: ArtifactRecord?
    /// The commit of the source's Git repository, and whether files differed from it.
    package let commit: String?
    package let isDirty: Bool
    /// The run that this one repeats; nil for one of its own.
    package let rerunOf: RunID?
    /// The attempt that called it; nil for a run of its own.
    package let calledBy: AttemptID?
    /// Where the workflow file is in its project.
    package let path: ProjectPath
    /// The other files that the workflow leads to, kept as blobs.
    package let files: [ProjectPath: Digest]

    package init(
        id: RunID, number: Int64, workflow: String, definition: Digest, file: String,
        actor: String, inputs: [String: JSONValue], images: [String: Digest],
        source: ArtifactRecord?, commit: String?, isDirty: Bool, rerunOf: RunID? = nil,
        calledBy: AttemptID? = nil, path: ProjectPath = .main, files: [ProjectPath: Digest] = [:]
    ) {
        self.id = id
        self.number = number
        self.workflow = workflow
        self.definition = definition
        self.file = file
        self.actor = actor
        self.inputs = inputs
        self.images = images
        self.source = source
        self.commit = commit
        self.isDirty = isDirty
        self.rerunOf = rerunOf
        self.calledBy = calledBy
        self.path = path
        self.files = files
    }

    /// Where another file of the project is on this machine.
    package func location(of other: ProjectPath) -> String {
        guard let project = PathText.folder(of: file, before: path.description),
            project.utf8.first == UInt8(ascii: "/")
        else { return other.description }
        return project == "/" ? "/\(other)" : "\(project)/\(other)"
    }
}

extension RunEvent {
    /// When an attempt began that was told of later; the machine's clock may have been moved
    /// between the two.
    package static func attemptStart(since: Timestamp?, told: Timestamp) -> Timestamp {
        min(since ?? told, told)
    }
}

/// What a hook said; journalled, so that it is never evaluated again.
package enum HookOutcome: Hashable, Sendable {
    /// A condition's truth, or the table that the hook may write (`input`, `output`) afterwards.
    case passed(JSONValue, log: [String])
    /// An error, a limit or `fail(msg)`.
    case failed(String, log: [String])
    /// Ours or the machine's fault: the sandbox was lost.
    case errored(String, log: [String])
    case skipped(String, log: [String])

    package var log: [String] {
        switch self {
        case .passed(_, let log), .failed(_, let log), .errored(_, let log),
            .skipped(_, let log):
            log
        }
    }
}

/// The lists of a matrix, in the order of its keys.
package enum MatrixOutcome: Hashable, Sendable {
    case values([[String]])
    case failed(String)
}

/// What the legs of a job gave in an earlier run.
package struct ReusedJob: Hashable, Sendable {
    package let run: RunID
    /// The number of that run, for messages; nil in what was recorded without it.
    package let number: Int64?
    /// The lists of its matrix, where they were resolved then.
    package let matrix: [[String]]?
    /// One a leg, in order.
    package let legs: [AttemptReport]

    package init(
        run: RunID, number: Int64? = nil, matrix: [[String]]?, legs: [AttemptReport]
    ) {
        self.run = run
        self.number = number
        self.matrix = matrix
        self.legs = legs
    }
}

/// An approval or a rejection, and what it was given for.
package struct Decision: Hashable, Sendable {
    package let actor: String
    package let isApproval: Bool
    package let comment: String
    /// `source`, and `stage.job.artifact` of everything made before the pause → digest.
    package let digests: [String: Digest]

    package init(actor: String, isApproval: Bool, comment: String, digests: [String: Digest]) {
        self.actor = actor
        self.isApproval = isApproval
        self.comment = comment
        self.digests = digests
    }
}

/// Somebody's command in a running attempt; it is recorded before it begins (docs/decisions/0021).
package struct Entrance: Hashable, Sendable {
    package let actor: String
    /// Program and arguments, without secrets.
    package let command: [String]
    /// Whom it runs as; nil for the user of the job.
    package let user: String?
    /// The service that is entered; nil for the job's own container.
    package let service: String?

    package init(actor: String, command: [String], user: String? = nil, service: String? = nil) {
        self.actor = actor
        self.command = command
        self.user = user
        self.service = service
    }
}

/// How one attempt ended, judged by what it printed and left.
package struct AttemptReport: Hashable, Sendable {
    /// `succeeded`, `failed` or `errored`; a stop that was asked for overrides it.
    package let state: JobState
    package var reason: String?
    package let exitCode: Int32?
    /// When what ran had ended; what it left may have been collected long after.
    package let endedAt: Timestamp?
    package let outputs: [String: String]
    package let artifacts: [String: ArtifactRecord]
    package var warnings: [String]
    package var caches: [CacheUse]
    package var reports: [ReportRecord]
    /// Of a job with `cache`.
    package var memo: Memo?

    package init(
        state: JobState, reason: String? = nil, exitCode: Int32? = nil,
        endedAt: Timestamp? = nil,
        outputs: [String: String] = [:], artifacts: [String: ArtifactRecord] = [:],
        warnings: [String] = [], caches: [CacheUse] = [],
        reports: [ReportRecord] = [], memo: Memo? = nil
    ) {
        self.state = state
        self.reason = reason
        self.exitCode = exitCode
        self.endedAt = endedAt
        self.outputs = outputs
        self.artifacts = artifacts
        self.warnings = warnings
        self.caches = caches
        self.reports = reports
        self.memo = memo
    }
}

/// The key of a memoised attempt, and where its result comes from (docs/decisions/0013).
package struct Memo: Hashable, Sendable {
    /// Of the document that says what decides the result; a blob.
    package let key: Digest
    /// The attempt that made the result; nil for one that ran itself.
    package let from: AttemptID?
    /// Number of that attempt's run.
    package let run: Int64?

    package init(key: Digest, from: AttemptID? = nil, run: Int64? = nil) {
        self.key = key
        self.from = from
        self.run = run
    }
}

/// What is to be done about an event, after it is committed.
package enum RunEffect: Hashable, Sendable {
    /// Follows at once, in the same commit.
    case record(RunEvent)
    /// The leg wants a slot; the scheduler answers with `attemptStarting`.
    case schedule(leg: Int)
    case evaluateCondition(job: Int)
    case evaluateStageCondition(stage: Int)
    case expandMatrix(job: Int)
    case evaluateBefore(leg: Int, attempt: Int)
    case start(leg: Int, attempt: Int)
    case cancel(leg: Int, attempt: Int)
    case evaluateAfter(leg: Int, attempt: Int)
    case evaluateStageHook(stage: Int)
    case wake(at: Timestamp, RunEvent)
    case finish
}

/// An event that does not fit the state; a defect of the caller, or a damaged store.
package struct IllegalTransition: Error, Sendable, CustomStringConvertible {
    package let event: RunEvent
    package let why: String

    package var description: String { "event \(event.name) does not fit the run's state: \(why)" }
}
