package import Domain

/// One case of a test file: a run with faked components, and what it must come to.
package struct TestCase: Sendable {
    package let name: String
    /// Where the case begins.
    package let position: TextPosition
    /// Texts of the run's inputs.
    package let inputs: [String: String]
    package let secrets: [String: Secret]
    package let actor: String?
    package let commit: String?
    /// Job, or leg as `test.unit[2]` or by its name → its attempts in order; the last one repeats.
    package let components: [String: [FakedAttempt]]
    /// Pause stage → what people say; the others are approved.
    package let approvals: [String: FakedDecision]
    package let expectation: TestExpectation
}

/// What one attempt of a faked component does.
package struct FakedAttempt: Hashable, Sendable {
    package enum State: String, Hashable, Sendable, CaseIterable {
        case succeeded, failed, errored
        /// It runs until its timeout.
        case timedOut = "timed-out"
    }

    package var state = State.succeeded
    /// Of one that succeeded or failed.
    package var exitCode: Int32 = 0
    package var outputs: [String: String] = [:]
    /// Artifacts that it leaves; nil for all that the job declares.
    package var artifacts: [String]?
    package var takes = Duration.seconds(1)

    package init() {}
}

/// What is said to a pause.
package enum FakedDecision: String, Hashable, Sendable, CaseIterable {
    case approve, reject, expire
}

/// What must hold after a case; what is not named is not looked at.
package struct TestExpectation: Sendable {
    /// A value that is expected of something with a name.
    package struct Named<Value: Sendable>: Sendable {
        package let name: String
        package let value: Located<Value>
    }

    package internal(set) var state: Located<RunPhase>?
    /// A part of the run's reason.
    package internal(set) var reason: Located<String>?
    /// Of jobs or legs.
    package internal(set) var jobs: [Named<JobState>] = []
    /// Parts of the reasons of jobs or legs.
    package internal(set) var reasons: [Named<String>] = []
    /// `stage.job.NAME`; nil for an output that must be absent.
    package internal(set) var outputs: [Named<String?>] = []
    /// `stage.job` or a leg, and the inputs that it must be given.
    package internal(set) var inputs: [(job: String, value: Named<String>)] = []
    /// Jobs in the order in which they begin; others may stand between them.
    package internal(set) var order: Located<[String]>?

    package var isEmpty: Bool {
        state == nil && reason == nil && jobs.isEmpty && reasons.isEmpty && outputs.isEmpty
            && inputs.isEmpty && order == nil
    }
}
