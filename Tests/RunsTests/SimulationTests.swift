import Domain
import TestSupport
import Testing
import Workflows

@testable import Runs

/// Runs that are only played: the engine's rules, in virtual time.
struct SimulationTests {
    /// Hooks by their source; what is not given passes.
    private struct SourceHooks: HookEvaluator {
        var outcomes: [String: HookOutcome] = [:]

        func evaluate(_ request: HookRequest) async -> HookOutcome {
            if let outcome = outcomes[request.source] { return outcome }
            // As Lua does where it comes to a place that is not known.
            if let range = request.source.firstRange(of: "skip(\"") {
                let message = request.source[range.upperBound...].prefix { $0 != "\"" }
                return .skipped(String(message), log: [])
            }
            return .passed(
                request.kind == .condition ? true : .object(request.writable?.value ?? [:]),
                log: [])
        }
    }

    private struct PlainMasking: Masking {
        var isEmpty: Bool { true }
        func mask(_ text: String) -> String { text }
        func secret(in text: String) -> String? { nil }
        func logMask() -> any LogMask { NoMask() }
    }

    private static func play(
        _ text: String, unknown: Bool = false, inputs: [String: String] = [:],
        hooks: [String: HookOutcome] = [:], decision: SimulatedDecision = .approve,
        attempts: [String: [SimulatedAttempt]] = [:]
    ) async throws -> SimulationResult {
        let outcome = WorkflowFile.parse(Array(text.utf8))
        #expect(outcome.diagnostics.map { $0.rendered(file: "f") } == [])
        var request = SimulationRequest(definition: try #require(outcome.definition))
        request.inputs = inputs
        request.leavesOutputsUnknown = unknown
        return try await Simulation.run(
            request,
            world: SimulationWorld(
                attempt: { call in
                    let given = attempts[call.label] ?? attempts[call.job] ?? [SimulatedAttempt()]
                    return given[min(call.attempt, given.count) - 1]
                }, decision: { _ in decision }),
            hooks: SourceHooks(outcomes: hooks), masking: { _ in PlainMasking() })
    }

    private static func attempt(
        _ ending: SimulatedAttempt.Ending = .exited(0), outputs: [String: String] = [:],
        artifacts: Set<String>? = nil
    ) -> SimulatedAttempt {
        var attempt = SimulatedAttempt()
        attempt.ending = ending
        attempt.outputs = outputs
        attempt.artifacts = artifacts
        return attempt
    }

    private static func jobs(_ result: SimulationResult) -> [String] {
        zip(result.state.plan.jobs, result.state.jobs).map { "\($0.key) \($1.state.rawValue)" }
    }

    private static let chain = """
        slipway: 1
        name: chain
        stages:
          - name: build
            jobs:
              - {name: compile, component: b, outputs: [VERSION], produces: {binary: app}}
              - {name: check, component: b, inputs: {T_V: "v${build.compile.VERSION}"}}
          - name: ship
            jobs:
              - {name: it, component: b, consumes: {app: build.compile.binary}}
          - {name: finish, type: end, jobs: [{name: tell, component: b}]}
        """

    @Test("outputs and artifacts go from job to job, and inputs are what a container would get")
    func succeeds() async throws {
        let result = try await Self.play(
            Self.chain, attempts: ["build.compile": [Self.attempt(outputs: ["VERSION": "7"])]])
        #expect(result.state.phase == .succeeded)
        #expect(result.inputs[1] == ["T_V": "v7"])
        #expect(result.events.map(\.sequence) == Array(1...Int64(result.events.count)))
    }

    @Test("an output that nobody gave is absent, so who needs it fails as in a real run")
    func absent() async throws {
        let result = try await Self.play(Self.chain)
        #expect(
            Self.jobs(result) == [
                "build.compile succeeded", "build.check failed", "ship.it skipped",
                "finish.tell succeeded",
            ])
        #expect(
            result.state.jobs[1].reason
                == "missing-value: build.compile.VERSION: build.compile declares it but did not "
                + "give it; give a default with ':-'")
    }

    @Test("an artifact that was not made fails its maker")
    func noArtifact() async throws {
        let made = Self.attempt(outputs: ["VERSION": "7"], artifacts: [])
        let result = try await Self.play(Self.chain, attempts: ["build.compile": [made]])
        #expect(result.state.jobs[0].state == .failed)
        #expect(result.state.jobs[0].reason == "produces binary: 'app' is not there")
    }

    @Test(
        "an attempt ends as the world says, in the judge's words",
        arguments: [
            (SimulatedAttempt.Ending.exited(3), JobState.failed, "exit code 3"),
            (.exited(127), .failed, "exit code 127: a command was not found"),
            (.lost("the node went away"), .errored, "lost: the node went away"),
            (.hangs, .timedOut, "it ran longer than 10m"),
        ])
    func endings(ending: SimulatedAttempt.Ending, state: JobState, reason: String) async throws {
        let text =
            "slipway: 1\nname: a\nstages: [{name: s, jobs: [{name: j, component: b, "
            + "timeout: 10m}]}]\n"
        let result = try await Self.play(text, attempts: ["s.j": [Self.attempt(ending)]])
        #expect(result.state.jobs[0].state == state)
        #expect(result.state.jobs[0].reason == reason)
    }

    @Test("attempts are tried again by the job's policy")
    func retries() async throws {
        let text =
            "slipway: 1\nname: a\nstages: [{name: s, jobs: [{name: j, component: b, "
            + "retry: {attempts: 3, on: [failed]}}]}]\n"
        let result = try await Self.play(
            text, attempts: ["s.j": [Self.attempt(.exited(1)), Self.attempt()]])
        #expect(result.state.phase == .succeeded)
        #expect(result.state.legs[0].attempt == 2)
    }

    @Test(
        "a pause ends as people say",
        arguments: [
            (SimulatedDecision.approve, RunPhase.succeeded, "approved by ada, approver-2"),
            (.reject, .failed, "rejected by ada"),
            (.expire, .failed, "timed-out: nobody decided within 24h"),
        ])
    func pauses(decision: SimulatedDecision, phase: RunPhase, reason: String) async throws {
        let text = """
            slipway: 1
            name: a
            stages:
              - {name: agree, type: pause, approvers: [ada], approvals: 2, timeout: 24h}
              - {name: s, jobs: [{name: j, component: b}]}
            """
        let result = try await Self.play(text, decision: decision)
        #expect(result.state.phase == phase)
        #expect(result.state.stages[0].reason == reason)
    }

    @Test("what depends on an unknown output is told, and taken to go well")
    func unknown() async throws {
        let text = """
            slipway: 1
            name: a
            stages:
              - name: build
                jobs: [{name: plan, component: b, outputs: [LIST, MODE]}]
              - name: ship
                run: parallel
                jobs:
                  - {name: to, component: b, matrix: {T_R: "${build.plan.LIST}"}}
                  - {name: maybe, component: b, when: 'jobs["build.plan"].MODE == "x"'}
                  - {name: sure, component: b, when: 'inputs.X == nil'}
                  - {name: takes, component: b, inputs: {T_M: "${build.plan.MODE}"}}
            """
        let result = try await Self.play(text, unknown: true)
        #expect(result.state.phase == .succeeded)
        #expect(result.unknownMatrices == [1: ["build.plan.LIST"]])
        #expect(result.state.plan.jobs[1].legs.count == 1)
        #expect(result.hooks.map(\.unknown) == [["build.plan.MODE"], []])
        let reads = result.hooks.map { $0.values.map { value in value.name } }
        #expect(reads == [["jobs[\"build.plan\"].MODE"], ["inputs.X"]])
        let leg = result.state.plan.jobs[4].legs.lowerBound
        #expect(result.inputs[leg] == ["T_M": "${build.plan.MODE}"])
    }

    @Test("given outputs are known, also where others are not")
    func known() async throws {
        let text = """
            slipway: 1
            name: a
            stages:
              - name: build
                jobs: [{name: plan, component: b, outputs: [LIST, MODE]}]
              - name: ship
                jobs: [{name: to, component: b, matrix: {T_R: "${build.plan.LIST}"}}]
            """
        let given = Self.attempt(outputs: ["LIST": "[\"a\",\"b\"]"])
        let result = try await Self.play(
            text, unknown: true, attempts: ["build.plan": [given]])
        #expect(result.unknownMatrices.isEmpty)
        #expect(result.state.plan.jobs[1].legs.count == 2)
    }

    @Test("inputs that do not fit refuse the run, as they refuse a real one")
    func refuses() async {
        let text =
            "slipway: 1\nname: a\nstages: [{name: b, type: start, inputs: {N: {type: integer}}}, "
            + "{name: s, jobs: [{name: j, component: b}]}]\n"
        await #expect(throws: RunRefusal.self) {
            try await Self.play(text, inputs: ["N": "three"])
        }
    }

    @Test("the same run is played the same way each time")
    func repeats() async throws {
        let first = try await Self.play(Self.chain, unknown: true)
        let second = try await Self.play(Self.chain, unknown: true)
        #expect(first.events.map(\.event) == second.events.map(\.event))
        #expect(first.events.map(\.time) == second.events.map(\.time))
    }

    @Test("events come by time, and equal times in the order of arrival")
    func queue() {
        var random = SeededGenerator(seed: 7)
        var queue = EventQueue()
        let times = (0..<500).map { _ in Int64.random(in: 0..<50, using: &random) }
        for (index, time) in times.enumerated() {
            queue.add(.jobReady(job: index), at: Timestamp(microseconds: time))
        }
        var taken: [Int] = []
        while let next = queue.takeNext() { taken += next.events.compactMap(\.job) }
        #expect(taken == times.indices.sorted { (times[$0], $0) < (times[$1], $1) })
    }
}
