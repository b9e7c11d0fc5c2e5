import Glibc
import Storage
import TestSupport
import Testing

/// Jobs that call workflows, in real containers (docs/decisions/0008).
struct CallTests {
    private static let main = """
        slipway: 1
        name: outer
        secrets: [TOKEN]
        stages:
          - name: ask
            run: parallel
            jobs:
              - {name: it, workflow: parts/inner.yaml, matrix: {T_N: [1, 2]}}
          - name: use
            jobs:
              - name: it
                component: library/busybox:latest
                consumes: {made: ask.it.made}
                inputs: {T_V: "${ask.it.V}"}
                script: test "$T_V" = '["1","2"]' && test "$(cat $T_ARTIFACTS/made/1)" = 2
        """

    private static let inner = """
        slipway: 1
        name: inner
        secrets: [TOKEN]
        outputs: {V: "${make.it.V}"}
        produces: {made: make.it.made}
        stages:
          - {name: begin, type: start, inputs: {T_N: {type: integer, required: true}}}
          - name: make
            jobs:
              - name: it
                component: library/busybox:latest
                inputs: {T_N: "${inputs.T_N}", T_TOKEN: "${secrets.TOKEN}"}
                outputs: [V]
                produces: {made: made}
                script: |
                  echo "the token is $T_TOKEN"
                  echo -n $T_N > made
                  echo "[T_RESULT] V = $T_N"
        """

    @Test("legs of a matrix call runs of their own, with inputs, secrets, outputs, artifacts")
    func calls() async throws {
        try await TestHome.busy { home in
            let file = try home.workflow(Self.main, name: "outer.yaml")
            let folder = file.dropLast("/outer.yaml".utf8.count)
            try Files.makeFolders("\(folder)/parts")
            _ = try home.workflow(Self.inner, name: "parts/inner.yaml")
            let token = try home.workflow("very-secret", name: "token")
            let secret = ["--secret", "TOKEN=file:\(token)"]
            let result = try await home.slipway(["run", file] + secret)
            #expect(result.code == 0, "\(result.error)")
            let log = try await home.slipway(["logs", "2"])
            #expect(log.output.contains("the token is ***"))
            let shown = try await home.slipway(["show", "3"])
            #expect(shown.output.contains("called by run 1"))
            // What runs is what was recorded: the file may be gone.
            try Files.remove("\(folder)/parts/inner.yaml")
            let again = try await home.slipway(["rerun", "1"] + secret)
            #expect(again.code == 0, "\(again.error)")
            let current = try await home.slipway(["rerun", "1", "--current"] + secret)
            #expect(current.code == 64)
            #expect(current.error.contains("missing-file"))
        }
    }

    @Test("Ctrl-C ends called runs too, and their end stages run")
    func cancels() async throws {
        try await TestHome.busy { home in
            _ = try home.workflow(
                Flow.stages([
                    Flow.stage("work", jobs: [Flow.job("it", MeaningTests.untilTold)]),
                    Flow.stage("last", "type: end", jobs: [Flow.job("tell", "echo ended")]),
                ]), name: "inner.yaml")
            let file = try home.workflow(
                """
                slipway: 1
                name: outer
                stages:
                  - {name: ask, jobs: [{name: it, workflow: inner.yaml}]}
                """, name: "outer.yaml")
            let program = try home.start(["run", file])
            let isReady = try await eventually {
                try await home.slipway(["logs", "2", "work.it"]).output.contains("ready")
                    ? true : nil
            }
            #expect(isReady == true)
            program.signal(SIGINT)
            #expect(try await program.wait().code == 7)
            #expect(try await home.slipway(["logs", "2", "last.tell"]).output == "ended\n")
            #expect(try await home.slipway(["show", "2"]).output.contains("of test, cancelled"))
        }
    }
}
