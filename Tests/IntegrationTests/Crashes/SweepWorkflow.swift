import Domain
import Storage
import TestSupport

/// The workflow of the kill sweep: a little of everything that a crash could hurt.
///
/// Each container appends `JOB LEG ATTEMPT start` and `… end` to a file in the folder that the jobs
/// share, so the file says what really ran. Of jobs that cannot share the folder the logs tell.
enum SweepWorkflow {
    static let token = "very-secret-token"

    /// Writes both files beside the home; gives the path of the main one.
    static func write(to home: TestHome) throws -> String {
        _ = try home.workflow(inner, name: "inner.yaml")
        return try home.workflow(main, name: "sweep.yaml")
    }

    private static func witnessed(_ script: String) -> String {
        """
        witness() {
          echo "$T_JOB ${T_SHARD_INDEX:-}${T_A:-}. $T_ATTEMPT $1" >>"$T_WORKSPACE/witness"
        }
        witness start
        \(script)
        witness end
        """
    }

    private static func job(_ name: String, _ script: String, _ keys: String = "") -> String {
        Flow.job(name, witnessed(script), keys)
    }

    private static let main = Flow.stages(
        [
            Flow.start("inputs: {T_POINT: {default: none}}"),
            Flow.stage(
                "make", "run: parallel",
                jobs: [
                    job(
                        "build",
                        """
                        mkdir made && echo built >made/file
                        for i in $(seq 60); do
                          echo "build $i"; echo "trouble $i" >&2
                          test $((i % 20)) != 0 || sleep 0.05
                        done
                        echo "the token is $T_TOKEN."
                        head -c 20000 /dev/zero | tr '\\0' x; echo
                        echo "[T_RESULT] VERSION = 7"
                        """,
                        """
                        inputs: {T_TOKEN: "${secrets.TOKEN}"}
                        outputs: [VERSION]
                        produces: {made: made}
                        """),
                    job(
                        "unit",
                        """
                        echo "$T_LEVEL $T_SHARD_INDEX"
                        echo "[T_RESULT] N = $((T_SHARD_INDEX + 1))"
                        """,
                        """
                        shards: 2
                        outputs: [N]
                        before: input.T_LEVEL = "full"
                        after: output.N = output.N .. "0"
                        """),
                    job(
                        "lint", "sleep 0.1; echo \"checks $T_A\"",
                        "matrix: {T_A: [x, y]}\nwhen: run.number > 0"),
                    job(
                        "flaky", "echo \"try $T_ATTEMPT\"\ntest \"$T_ATTEMPT\" -ge 2",
                        "retry: {attempts: 3, backoff: 50ms, on: [failed]}"),
                    job(
                        "served", "wget -q -O- http://db:8080/",
                        """
                        services:
                          db:
                            component: busybox
                            command:
                              - sh
                              - -ec
                              - |
                                mkdir /www && echo from the service >/www/index.html
                                echo serving
                                exec httpd -f -p 8080 -h /www
                            ready: wget -q -O /dev/null http://localhost:8080/
                        """),
                    Flow.job(
                        "again",
                        "echo remembered >kept; echo remembers\necho \"[T_RESULT] X = 1\"",
                        """
                        workspace: private
                        cache: true
                        inputs: {T_POINT: "${inputs.T_POINT}"}
                        outputs: [X]
                        produces: {kept: kept}
                        """),
                ]),
            "- name: call\n  jobs:\n    - name: it\n      workflow: inner.yaml\n"
                + "      inputs: {T_TEXT: \"${make.build.VERSION}\"}\n",
            Flow.stage(
                "use", "after: if jobs[\"make.again\"].X ~= \"1\" then fail(\"X is lost\") end",
                jobs: [
                    job(
                        "take",
                        """
                        test "$(cat "$T_ARTIFACTS/made/file")" = built
                        test "$(cat "$T_ARTIFACTS/kept")" = remembered
                        test "$(cat "$T_ARTIFACTS/length")" = 7
                        echo "[T_RESULT] ALL = $T_N $T_VERSION $T_LENGTH"
                        """,
                        """
                        inputs:
                          T_N: "${make.unit.N}"
                          T_VERSION: "${make.build.VERSION}"
                          T_LENGTH: "${call.it.LENGTH}"
                        consumes:
                          made: make.build.made
                          kept: make.again.kept
                          length: call.it.length
                        outputs: [ALL]
                        """)
                ]),
            "- name: finish\n  type: end\n  jobs:\n"
                + indented(
                    job(
                        "keep", "echo \"it has $T_STATE\"",
                        """
                        inputs: {T_STATE: "${run.state}"}
                        produces: {witness: witness}
                        """)),
        ], file: "workspace: shared\nsecrets: [TOKEN]")

    private static let inner = Flow.stages(
        [
            Flow.start("inputs: {T_TEXT: {required: true}}"),
            Flow.stage(
                "count",
                jobs: [
                    Flow.job(
                        "it",
                        """
                        echo "counts $T_TEXT"
                        echo -n "$T_TEXT" >length; sleep 0.05
                        echo "[T_RESULT] LENGTH = 1"
                        """,
                        """
                        inputs: {T_TEXT: "${inputs.T_TEXT}"}
                        outputs: [LENGTH]
                        produces: {length: length}
                        """)
                ]),
        ], file: "outputs: {LENGTH: \"${count.it.LENGTH}\"}\nproduces: {length: count.it.length}")

    private static func indented(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false)
            .map { $0.isEmpty ? "" : "    \($0)\n" }.joined()
    }

    // MARK: What must come of it

    /// Sorted lines of the witness, the same for every run.
    static let witness: [String] = {
        let attempts = [
            "build . 1", "unit 0. 1", "unit 1. 1", "lint x. 1", "lint y. 1", "flaky . 1",
            "flaky . 2", "served . 1", "take . 1", "keep . 1",
        ]
        return attempts.flatMap { attempt in
            // The first try of `flaky` fails before its end.
            attempt == "flaky . 1" ? ["\(attempt) start"] : ["\(attempt) start", "\(attempt) end"]
        }.sorted()
    }()

    /// Label → attempts that it takes.
    static let attempts: [String: Int64] = [
        "make.build": 1, "make.unit[0]": 1, "make.unit[1]": 1, "make.lint x": 1, "make.lint y": 1,
        "make.flaky": 2, "make.served": 1, "make.again": 1, "call.it": 1, "use.take": 1,
        "finish.keep": 1,
    ]

    static let answer = "[\"10\",\"20\"] 7 1"

    /// `LABEL ATTEMPT STREAM` → lines in their order.
    static let logs: [String: [String]] = [
        "make.build 1 stdout": (1...60).map { "build \($0)" }
            + [
                "the token is ***.", String(repeating: "x", count: 20000), "[T_RESULT] VERSION = 7",
            ],
        "make.build 1 stderr": (1...60).map { "trouble \($0)" },
        "make.unit[0] 1 stdout": ["full 0", "[T_RESULT] N = 1"],
        "make.unit[1] 1 stdout": ["full 1", "[T_RESULT] N = 2"],
        "make.lint[T_A=x] 1 stdout": ["checks x"], "make.lint[T_A=y] 1 stdout": ["checks y"],
        "make.flaky 2 stdout": ["try 2"], "make.served 1 stdout": ["from the service"],
        "make.served/db 1 stdout": ["serving"],
        "use.take 1 stdout": ["[T_RESULT] ALL = \(answer)"],
        "finish.keep 1 stdout": ["it has succeeded"],
    ]
    /// Of a run that did not take it from an earlier one.
    static let againLog = ["make.again 1 stdout": ["remembers", "[T_RESULT] X = 1"]]
    static let firstTryLog = ["make.flaky 1 stdout": ["try 1"]]
    static let innerLog = ["count.it 1 stdout": ["counts 7", "[T_RESULT] LENGTH = 1"]]
}
