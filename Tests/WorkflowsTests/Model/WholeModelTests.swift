import Domain
import Testing
import Workflows

/// Random workflows through random outcomes, held against a small model of the rules: matrices
/// from outputs, shards, retries by cause, fail-fast, allowed failures, conditions of jobs and
/// stages, consumers of what was skipped, called workflows, pauses, limits, cancels at any
/// moment, end stages.
///
/// A failure names its seed, and shows the smallest flow that still fails.
struct WholeModelTests {
    /// What the two disagree about; nil when they agree.
    private static func difference(_ flow: ModelFlow) throws -> String? {
        var run = try ModelRun(flow)
        try run.play()
        let state = run.state
        let labels = state.plan.legs.indices.map(state.plan.label)
        var model = SmallModel(flow) { label in labels.firstIndex(of: label) ?? 0 }
        model.play()
        let jobs = zip(state.plan.jobs, state.jobs).map { "\($0.key) \($1.state.rawValue)" }
        let expected = state.plan.jobs.map {
            "\($0.key) \(model.jobs[$0.key]?.rawValue ?? "nothing")"
        }
        let elapsed = state.endedAt.map { $0.since(Timeline.start).microseconds }
        var found: [String] = []
        func compare<Value: Equatable>(_ what: String, _ machine: Value, _ model: Value) {
            if machine != model { found.append("\(what): machine \(machine), model \(model)") }
        }
        compare("jobs", jobs, expected)
        compare("stages", state.stages.map(\.state.rawValue), model.stages.map(\.rawValue))
        compare("run", state.phase, model.verdict)
        compare("attempts", run.attempts(), model.attempts)
        compare("microseconds", elapsed, model.now)
        return found.isEmpty ? nil : found.joined(separator: "\n")
    }

    /// Takes things away as long as the difference stays.
    private static func shrink(
        _ flow: ModelFlow, _ found: String
    ) -> (flow: ModelFlow, found: String) {
        for smaller in flow.smaller {
            do {
                if let found = try difference(smaller) { return shrink(smaller, found) }
            } catch {
                // Not every smaller flow is sound; it is no answer then.
                continue
            }
        }
        return (flow, found)
    }

    @Test("the machine and the model of all rules agree", arguments: 0..<60)
    func agrees(seed: UInt64) throws {
        for round in 0..<25 as Range<UInt64> {
            var maker = ModelMaker(seed: seed << 8 | round)
            let flow = maker.flow()
            guard let found = try Self.difference(flow) else { continue }
            let least = Self.shrink(flow, found)
            Issue.record(
                """
                seed \(seed), round \(round): \(least.found)
                cancels \(least.flow.cancels)
                \(least.flow.text)
                """)
            return
        }
    }

    @Test(
        "the stored events of any run fold to the same state",
        arguments: 0..<20)
    func folds(seed: UInt64) throws {
        for round in 0..<5 as Range<UInt64> {
            var maker = ModelMaker(seed: seed << 8 | round | 1 << 32)
            var run = try ModelRun(maker.flow())
            try run.play()
            var copy = RunState(plan: RunPlan(run.state.plan.definition))
            for (time, event) in run.records {
                let stored = try JSONParser.parse(event.json.canonicalBytes)
                _ = try copy.apply(try RunEvent(json: stored), at: time)
            }
            #expect(copy.phase == run.state.phase, "seed \(seed), round \(round)")
            #expect(copy.jobs.map(\.state) == run.state.jobs.map(\.state))
            #expect(copy.legs.map(\.state) == run.state.legs.map(\.state))
            #expect(copy.endedAt == run.state.endedAt)
        }
    }

    @Test("the flows have everything that the rules speak of")
    func variety() throws {
        var seen: Set<String> = []
        for seed in 0..<1500 as Range<UInt64> {
            var maker = ModelMaker(seed: seed)
            var run = try ModelRun(maker.flow())
            try run.play()
            seen.formUnion(run.records.map(\.event.name))
            seen.formUnion(run.state.jobs.map(\.state.rawValue))
            seen.formUnion(run.state.stages.map { "stage \($0.state.rawValue)" })
            seen.insert("run \(run.state.phase.rawValue)")
        }
        let wanted = [
            "job-expanded", "attempt-retried", "attempt-timed-out", "stage-timed-out",
            "run-timed-out", "end-stages-timed-out", "cancel-requested", "decided",
            "condition-evaluated", "stage-condition-evaluated", "skipped", "cancelled",
            "timed-out", "errored", "stage errored", "stage cancelled", "stage skipped",
            "run succeeded", "run failed", "run errored", "run cancelled",
        ]
        #expect(wanted.filter { !seen.contains($0) } == [])
    }
}
