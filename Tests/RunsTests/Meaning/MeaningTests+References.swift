import Domain
import OCI
import Testing
import Workflows

@testable import Runs

/// "Inputs of a job", "References", "`when`".
extension MeaningTests {
    // MARK: Inputs

    @Test("inputs of a job: env, matrix values, its own, what `before` sets; later wins")
    func order() async throws {
        let text = Self.file(
            """
              - name: one
                jobs:
                  - name: a
                    component: b
                    matrix: {B: [matrix], C: [matrix], D: [matrix]}
                    inputs: {C: own, D: own}
                    before: set()
            """, head: "env: {A: env, B: env, C: env, D: env}\n")
        let played = try await Self.play(text, hooks: Hooks(changes: ["set()": ["D": "hook"]]))
        #expect(played.inputs[0] == ["A": "env", "B": "matrix", "C": "own", "D": "hook"])
    }

    @Test("the run's inputs reach a job only by reference or through T_DATA")
    func onlyByReference() async throws {
        let text = Self.file(
            """
              - {name: begin, type: start, inputs: {T_N: {type: integer, default: 3}}}
              - name: one
                jobs:
                  - {name: a, component: b}
                  - {name: c, component: b, inputs: {T_MINE: "${inputs.T_N}"}}
            """)
        let played = try await Self.play(text)
        #expect(played.inputs[0] == [:])
        #expect(played.inputs[1] == ["T_MINE": "3"])
        let scope = ReferenceScope(state: played.state, secrets: [:])
        let request = try AttemptRequests(scope: scope).request(leg: 0, attempt: 1)
        let data = try #require(request.environment.first { $0.name == "T_DATA" })
        let json = try JSONParser.parse(data.value.reveal().utf8)
        #expect(json["inputs"] == ["T_N": 3])
    }

    @Test(
        "inputs of a run have a type, a default, may be required, and have choices",
        arguments: [
            ("type: string", "1.10", .string("1.10")), ("type: integer", "-7", .integer(-7)),
            ("type: integer", "1.5", nil), ("type: number", "2.5", .number(2.5)),
            ("type: number", "much", nil), ("type: boolean", "true", .boolean(true)),
            ("type: boolean", "yes", nil), ("type: json", "[1]", .array([.integer(1)])),
            ("type: json", "[", nil), ("enum: [low, high]", "high", .string("high")),
            ("enum: [low, high]", "mid", nil), ("default: x", nil, .string("x")),
            ("type: integer, default: 4", nil, .integer(4)), ("required: true", nil, nil),
        ] as [(String, String?, JSONValue?)])
    func types(declaration: String, text: String?, value: JSONValue?) throws {
        let file = Self.file(
            """
              - {name: begin, type: start, inputs: {T_X: {\(declaration)}}}
              - {name: one, jobs: [{name: a, component: b}]}
            """)
        let outcome = WorkflowFile.parse(Array(file.utf8))
        let definition = try #require(outcome.definition)
        let given = text.map { ["T_X": $0] } ?? [:]
        let inputs = RunInputs(given, declared: definition.inputs, over: [:])
        #expect(inputs.values["T_X"] == value)
        #expect(inputs.problems.isEmpty == (value != nil))
    }

    // MARK: References

    private static let everything = file(
        """
          - {name: begin, type: start, inputs: {T_N: {type: integer, default: 3}}}
          - name: one
            jobs: [{name: a, component: b, outputs: [X], produces: {app: bin/app}}]
          - name: many
            jobs: [{name: a, component: b, outputs: [X], shards: 2}]
          - name: two
            jobs:
              - name: z
                component: b
                matrix: {M: ["m-${inputs.T_N}"]}
                inputs:
                  IN: "${inputs.T_N}"
                  EN: "${env.E}"
                  OUT: "${one.a.X}"
                  ART: "${one.a.app}"
                  ALL: "${many.a.X}"
                  ONE: "${many.a[1].X}"
                  RUN: "${run.number} ${run.workflow} ${run.actor} ${run.state} ${run.commit:-none}"
                  MAT: "${matrix.M}"
                  TWO: "a ${inputs.T_N} b ${inputs.T_N}"
        """, head: "env: {E: \"e-${inputs.T_N}\"}\n")

    @Test("each reference has the value of what it names")
    func forms() async throws {
        let played = try await Self.play(
            Self.everything,
            outputs: [
                "one.a": ["X": "x"], "many.a[0]": ["X": "p"], "many.a[1]": ["X": "q"],
            ])
        #expect(played.state.phase == .succeeded)
        let leg = played.state.plan.jobs[2].legs.lowerBound
        var inputs = try #require(played.inputs[leg])
        // An artifact is its digest.
        let artifact = inputs.removeValue(forKey: "ART")
        _ = try Digest(parsing: try #require(artifact))
        #expect(
            inputs == [
                "E": "e-3", "M": "m-3", "IN": "3", "EN": "e-3", "OUT": "x",
                "ALL": #"["p","q"]"#, "ONE": "q", "RUN": "1 demo somebody succeeded none",
                "MAT": "m-3", "TWO": "a 3 b 3",
            ])
    }

    @Test("a default stands in where a value is absent, not where it is empty")
    func defaults() async throws {
        let text = Self.file(
            """
              - {name: begin, type: start, inputs: {T_E: {default: ""}, T_NO: {}}}
              - {name: one, jobs: [{name: a, component: b, outputs: [X, Y]}]}
              - name: two
                jobs:
                  - name: z
                    component: b
                    inputs:
                      EMPTY: "${inputs.T_E:-text}"
                      ABSENT: "${inputs.T_NO:-text}"
                      GIVEN: "${one.a.X:-text}"
                      MISSING: "${one.a.Y:-text}"
                      NOTHING: "${one.a.Y:-}"
            """)
        let played = try await Self.play(text, outputs: ["one.a": ["X": "x"]])
        #expect(
            played.inputs[1] == [
                "EMPTY": "", "ABSENT": "text", "GIVEN": "x", "MISSING": "text", "NOTHING": "",
            ])
    }

    @Test("`$${` is a literal `${`")
    func escaped() async throws {
        let text = Self.file(
            "  - {name: one, jobs: [{name: a, component: b, inputs: {A: \"$${inputs.X} $$ $\"}}]}")
        #expect(try await Self.play(text).inputs[0] == ["A": "${inputs.X} $$ $"])
    }

    @Test("scripts, commands and Lua are literal: no reference expands in them")
    func literal() async throws {
        let text = Self.file(
            """
              - {name: begin, type: start, inputs: {T_N: {default: x}}}
              - name: one
                jobs:
                  - {name: a, component: b, script: "echo ${inputs.T_N}", before: "f('${inputs.T_N}')"}
                  - {name: c, component: b, command: ["${inputs.T_N}"], when: "'${inputs.T_N}' ~= 1"}
            """)
        let hooks = Hooks()
        let played = try await Self.play(text, hooks: hooks)
        let jobs = played.state.plan.jobs.map(\.definition)
        #expect(
            jobs[0].program == .script("echo ${inputs.T_N}", shell: Program.defaultShell))
        #expect(jobs[1].program == .command(["${inputs.T_N}"]))
        #expect(hooks.asked.map(\.source) == ["f('${inputs.T_N}')", "'${inputs.T_N}' ~= 1"])
    }

    @Test("a declared output that is missing fails its consumer with that reason, or has a default")
    func missing() async throws {
        let text = Self.file(
            """
              - {name: one, jobs: [{name: a, component: b, outputs: [X]}]}
              - name: two
                run: parallel
                jobs:
                  - {name: y, component: b, inputs: {P: "${one.a.X}"}}
                  - {name: z, component: b, inputs: {P: "${one.a.X:-none}"}}
            """)
        let played = try await Self.play(text)
        #expect(played.state.jobs.map(\.state) == [.succeeded, .failed, .succeeded])
        #expect(played.state.jobs[1].reason?.hasPrefix("missing-value: one.a.X") == true)
        #expect(played.inputs[2] == ["P": "none"])
    }

    // MARK: when

    @Test("`when` sees inputs, jobs and run")
    func tables() async throws {
        let text = Self.file(
            """
              - {name: begin, type: start, inputs: {T_N: {type: integer, default: 3}}}
              - {name: one, jobs: [{name: a, component: b, outputs: [X]}]}
              - {name: two, jobs: [{name: z, component: b, when: ask(jobs)}]}
            """)
        let hooks = Hooks()
        _ = try await Self.play(text, hooks: hooks, outputs: ["one.a": ["X": "x"]])
        let asked = try #require(hooks.asked.first)
        #expect(hooks.asked.count == 1)
        #expect(asked.readOnly["inputs"] == ["T_N": 3])
        #expect(asked.readOnly["jobs"] == ["one.a": ["X": "x"]])
        #expect(asked.readOnly["run"]?["workflow"] == "demo")
        #expect(asked.readOnly["run"]?["state"] == "succeeded")
        #expect(asked.kind == .condition)
    }

    @Test("of a skipped job a default applies, Lua finds nothing, and lists hold null")
    func skipped() async throws {
        let text = Self.file(
            """
              - name: one
                run: parallel
                jobs:
                  - {name: a, component: b, outputs: [X], when: no()}
                  - {name: c, component: b, outputs: [X], shards: 2, before: 'skip_first()'}
              - name: two
                run: parallel
                jobs:
                  - {name: y, component: b, inputs: {P: "${one.a.X:-none}"}, when: ask(jobs)}
                  - {name: z, component: b, inputs: {P: "${one.a.X}"}}
            """)
        let hooks = Hooks(outcomes: ["no()": .passed(false, log: [])])
        let played = try await Self.play(
            text, hooks: hooks, outputs: ["one.c[1]": ["X": "x"]])
        #expect(
            played.state.jobs.map(\.state) == [.skipped, .succeeded, .succeeded, .failed])
        let leg = played.state.plan.jobs[2].legs.lowerBound
        #expect(played.inputs[leg] == ["P": "none"])
        #expect(played.state.jobs[3].reason?.contains("one.a was skipped") == true)
        let asked = try #require(hooks.asked.first { $0.source == "ask(jobs)" })
        #expect(asked.readOnly["jobs"] == ["one.a": [:], "one.c": ["X": [.null, "x"]]])
    }
}
