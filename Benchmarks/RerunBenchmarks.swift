import Domain
import Storage

/// A workflow whose jobs were all done before, run again: build, tests in shards, a report, with
/// artifacts handed on. The second run is timed as a whole process.
enum RerunBenchmarks {
    private static let rounds = 10

    static func run(program: String, archive: String) async throws {
        print("\na run of memoised jobs (whole process, \(rounds) rounds)")
        let folder = try Files.makeTemporaryFolder(prefix: "/tmp/slipway-bench")
        do {
            try await measure(program, archive, folder)
            try clean(folder)
        } catch {
            try clean(folder)
            throw error
        }
    }

    private static func clean(_ folder: String) throws {
        let home = "\(folder)/home"
        if Files.exists(home) { try Files.removeTree(try Home(path: home).runtimePath) }
        try Files.removeTree(folder)
    }

    private static func measure(_ program: String, _ archive: String, _ folder: String) async throws
    {
        let environment = ["SLIPWAY_HOME=\(folder)/home", "HOME=\(folder)"]
        let file = "\(folder)/w.yaml"
        try Files.writeFile(file, workflow.utf8)
        guard try Spawning.capture(program, ["lint", file], limit: 1 << 20).result.code == 0 else {
            // Said, so that nobody takes a missing figure for a good one.
            return report("the same run again", "not measured: lint refuses it", budget: "≤ 200 ms")
        }
        try Measuring.process(
            [program, "image", "import", archive, "bench:latest"], environment: environment)
        let words = [program, "run", file, "--progress", "quiet", "-o", "json"]
        let first = try await Measuring.time {
            try Measuring.process(words, environment: environment)
        }
        let answer = try Spawning.capture(
            program, Array(words.dropFirst()), environment: environment, limit: 16 << 20)
        try check(answer.output)
        let series = try await Measuring.inTurn(
            rounds: rounds,
            [("again", { try Measuring.process(words, environment: environment) })])
        report("the run, nothing known", "\(rounded(first)) ms", budget: "-")
        report(
            "the same run again, all of its jobs memoised",
            "\(rounded(series[0].median)) ms (p99 \(rounded(series[0].p99)))",
            budget: "≤ 200 ms")
    }

    /// A figure counts only when every job took its result from an earlier run.
    private static func check(_ output: [UInt8]) throws {
        let document = try JSONParser.parse(output)
        let jobs = document["jobs"]?.arrayValue ?? []
        let ran = jobs.filter { $0["memo"]?["run"]?.integerValue == nil }
        guard document["state"] == "succeeded", !jobs.isEmpty, ran.isEmpty else {
            throw BenchmarkError(
                what: "\(ran.count) of \(jobs.count) jobs of the second run were not memoised")
        }
    }

    /// The shape of Examples/build-and-test.yaml, in busybox.
    private static let workflow = """
        slipway: 1
        name: memoised
        stages:
          - name: build
            jobs:
              - name: compile
                component: bench
                cache: true
                script: |
                  mkdir out && echo program >out/app
                  echo "[T_RESULT] VERSION = 7"
                outputs: [VERSION]
                produces: {built: out}
          - name: test
            run: parallel
            jobs:
              - name: suite
                component: bench
                cache: true
                shards: 5
                consumes: {built: build.compile.built}
                script: |
                  grep -q program "$T_ARTIFACTS/built/app"
                  echo "[T_RESULT] PASSED = 20"
                outputs: [PASSED]
              - name: compare
                component: bench
                cache: true
                consumes: {built: build.compile.built}
                script: cmp "$T_ARTIFACTS/built/app" "$T_ARTIFACTS/built/app"
          - name: report
            jobs:
              - name: tell
                component: bench
                cache: true
                inputs: {T_PASSED: "${test.suite.PASSED}", T_VERSION: "${build.compile.VERSION}"}
                script: echo "$T_VERSION passed $T_PASSED"

        """
}
