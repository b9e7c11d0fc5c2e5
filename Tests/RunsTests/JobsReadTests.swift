import Domain
import OCI
import Testing
import Workflows

@testable import Runs

/// A hook is handed the outputs of the jobs that it can look at, and no others.
struct JobsReadTests {
    @Test(
        "a text that writes its jobs out reads those; any other may read all",
        arguments: [
            ("inputs.T_A == \"x\"", []),
            ("jobs[\"a.b\"].X == \"1\"", ["a.b"]),
            ("jobs[\"a.b\"] ~= nil and jobs['c.d'].Y", ["a.b", "c.d"]),
            ("-- jobs\n\"jobs\" == inputs.T_A", []),
            ("jobs[inputs.T_A].X", nil),
            ("for k in pairs(jobs) do log(k) end", nil),
            ("local j = jobs return j", nil),
            ("jobs[\"a\\46b\"].X", nil),
            ("jobs[ [[a.b]] ].X", nil),
            ("_G.jobs[\"a.b\"].X", nil),
            ("_ENV[\"jo\" .. \"bs\"]", nil),
            ("f(jobs)", nil),
            ("#jobs", nil),
            ("", []),
        ] as [(String, Set<String>?)])
    func keys(source: String, expected: Set<String>?) {
        #expect(JobsRead.keys(in: source) == expected)
    }

    private static let text = """
        slipway: 1
        name: demo
        stages:
          - name: a
            run: parallel
            jobs:
              - {name: b, component: c, outputs: [X]}
              - {name: c, component: c, outputs: [Y]}
              - {name: d, component: c}
          - name: e
            jobs:
              - {name: f, component: c, when: 'jobs["a.b"] ~= nil and jobs["a.d"] == nil'}
              - {name: g, component: c, when: 'next(jobs) ~= nil'}
              - {name: h, component: c, when: 'jobs["e.g"] == nil and jobs["no.such"] == nil'}
        """

    /// As the machine leaves it when the first stage has ended.
    private static func requests() throws -> HookRequests {
        let definition = try #require(WorkflowFile.parse(Array(text.utf8)).definition)
        var state = RunState(plan: RunPlan(definition))
        let start = Timestamp(microseconds: 0)
        let creation = RunCreation(
            id: RunID(at: start, random: (0, 0)), number: 1, workflow: "demo",
            definition: Digest(of: []), file: "f", actor: "me", inputs: [:], images: [:],
            source: nil, commit: nil, isDirty: false)
        var stack: [RunEvent] = [.created(creation)]
        while let event = stack.popLast() {
            guard state.awaits(event) else { continue }
            var following: [RunEvent] = []
            for effect in try state.apply(event, at: start) {
                switch effect {
                case .record(let event): following.append(event)
                case .schedule(let leg): following.append(.attemptStarting(leg: leg, attempt: 1))
                case .start(let leg, let attempt):
                    let report = AttemptReport(state: .succeeded, outputs: ["X": "1"])
                    following += [
                        .attemptStarted(leg: leg, attempt: attempt),
                        .attemptEnded(leg: leg, attempt: attempt, report),
                    ]
                default: break
                }
            }
            stack += following.reversed()
        }
        return HookRequests(scope: ReferenceScope(state: state, secrets: [:]))
    }

    @Test("what is handed over is what all of it would have said of those jobs")
    func handedOver() throws {
        let requests = try Self.requests()
        #expect(try requests.condition(job: 3).readOnly["jobs"] == ["a.b": ["X": "1"]])
        #expect(
            try requests.condition(job: 4).readOnly["jobs"] == ["a.b": ["X": "1"], "a.c": [:]])
        #expect(try requests.condition(job: 5).readOnly["jobs"] == .object([:]))
    }
}
