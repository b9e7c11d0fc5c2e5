import Domain
import OCI
import Testing
import Workflows

@testable import Runs
@testable import SlipwayCommands

/// A run that is advanced by hand: what follows from each event is applied and told as one commit,
/// as the loop does it.
struct LiveFixture {
    private(set) var state: RunState
    private(set) var view: LiveView
    private var sequence: Int64 = 0
    /// Seconds since the run was made.
    var seconds: Int64 = 0

    static func plan(_ text: String) throws -> RunPlan {
        let outcome = WorkflowFile.parse(Array(text.utf8))
        return RunPlan(try #require(outcome.definition))
    }

    /// Begins a run, and tells of it.
    init(_ text: String, columns: Int = 80, rows: Int = 24, hasKeyboard: Bool = true) throws {
        state = RunState(plan: try Self.plan(text))
        view = LiveView(hasKeyboard: hasKeyboard)
        view.resize(columns: columns, rows: rows)
        let creation = RunCreation(
            id: Self.run, number: 12, workflow: "demo", definition: Digest(of: []), file: "f",
            actor: "me", inputs: [:], images: [:], source: nil, commit: nil, isDirty: false)
        try commit(.created(creation))
    }

    static let run = RunID(at: Timestamp(microseconds: 0), random: (1, 2))

    /// One commit: the events, and what they record.
    mutating func commit(_ events: RunEvent...) throws {
        var stack: [RunEvent] = events.reversed()
        var recorded: [RecordedEvent] = []
        let time = Timestamp(microseconds: seconds * 1_000_000)
        while let event = stack.popLast() {
            let effects = try state.apply(event, at: time)
            sequence += 1
            recorded.append(RecordedEvent(sequence: sequence, time: time, event: event))
            let following: [RunEvent] = effects.compactMap {
                if case .record(let event) = $0 { event } else { nil }
            }
            stack += following.reversed()
        }
        view.run.take(recorded, state)
    }

    mutating func start(_ leg: Int, attempt: Int = 1) throws {
        try commit(
            .attemptStarting(leg: leg, attempt: attempt),
            .attemptStarted(leg: leg, attempt: attempt))
    }

    mutating func end(
        _ leg: Int, _ state: JobState = .succeeded, reason: String? = nil, attempt: Int = 1
    ) throws {
        try commit(
            .attemptEnded(
                leg: leg, attempt: attempt, AttemptReport(state: state, reason: reason)))
    }

    @discardableResult
    mutating func press(_ keys: Key...) -> LiveAction? {
        var action: LiveAction?
        for key in keys { action = view.take(key) }
        return action
    }

    mutating func resize(columns: Int, rows: Int) { view.resize(columns: columns, rows: rows) }
    mutating func set(tail: String, ofLeg leg: Int, attempt: Int = 1) {
        view.tails[leg] = LiveView.Tail(attempt: attempt, text: tail)
    }
    mutating func append(_ lines: [String]) { view.pane?.append(lines) }
    mutating func close() { view.isClosing = true }

    func lines(hasColour: Bool = false) -> [String] {
        var frame = LiveFrame(
            view, style: Style(hasColour: hasColour),
            now: Timestamp(microseconds: seconds * 1_000_000))
        return frame.lines()
    }

    static let five = """
        slipway: 1
        name: demo
        stages:
          - name: prepare
            jobs: [{name: fetch, component: b}]
          - name: test
            run: parallel
            jobs:
              - {name: lint, component: b}
              - {name: unit, component: b, retry: {attempts: 2, on: [failed]}}
              - {name: e2e, component: b}
          - name: deploy
            jobs: [{name: push, component: b}]
        """

    /// A stage of many legs between two small ones.
    static func large(_ legs: Int) -> String {
        """
        slipway: 1
        name: demo
        stages:
          - name: prepare
            jobs: [{name: fetch, component: b}]
          - name: test
            run: parallel
            fail-fast: false
            jobs:
              - {name: unit, component: b, shards: \(legs / 2)}
              - {name: check, component: b, shards: \(legs - legs / 2)}
          - name: deploy
            jobs: [{name: push, component: b}]
        """
    }

    static let paused = """
        slipway: 1
        name: demo
        stages:
          - {name: build, jobs: [{name: make, component: b}]}
          - {name: approve, type: pause, approvers: [ada, grace]}
          - {name: deploy, jobs: [{name: push, component: b}]}
        """
}
