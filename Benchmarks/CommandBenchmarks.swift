import Storage

/// Start-up and lint, as whole processes.
enum CommandBenchmarks {
    static func run(program: String) async throws {
        print("\ncommands (whole process, 20 rounds)")
        let folder = try Files.makeTemporaryFolder(prefix: "/tmp/slipway-bench")
        let file = "\(folder)/large.yaml"
        try Files.writeFile(file, workflow(jobs: 1000).utf8)
        let series = try await Measuring.inTurn(
            rounds: 20,
            [
                ("true", { try Measuring.process(["/bin/true"]) }),
                ("slipway --version", { try Measuring.process([program, "--version"]) }),
                ("lint", { try Measuring.process([program, "lint", file]) }),
            ])
        let start = series[1]
        report(
            "slipway --version",
            "\(rounded(start.median)) ms (p99 \(rounded(start.p99)); "
                + "/bin/true \(rounded(series[0].median)))", budget: "≤ 25 ms")
        report(
            "slipway lint, 1,000 jobs",
            "\(rounded(series[2].median)) ms "
                + "(p99 \(rounded(series[2].p99)))", budget: "≤ 100 ms")
        try Files.removeTree(folder)
    }

    /// Ten stages of jobs that refer to each other, with what real files have.
    static func workflow(jobs: Int) -> String {
        var text = "slipway: 1\nname: large\nenv: {T_APP: demo}\nstages:\n"
        for stage in 0..<10 {
            text += "  - name: s\(stage)\n    run: parallel\n    jobs:\n"
            for job in 0..<(jobs / 10) {
                text += "      - name: j\(job)\n        component: library/busybox\n"
                text += "        script: |\n          echo \"[T_RESULT] X = $T_A\"\n"
                text += "        outputs: [X]\n        timeout: 10m\n"
                if stage > 0 {
                    text += "        inputs: {T_A: \"${s\(stage - 1).j\(job).X:-none}\"}\n"
                    text += "        when: jobs[\"s\(stage - 1).j\(job)\"] ~= nil\n"
                }
            }
        }
        return text
    }
}
